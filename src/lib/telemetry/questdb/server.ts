import { Client, type Dispatcher, Pool } from 'undici'
import { array, number, object, parseJson, pipe, safeParse, string } from 'valibot'
import { FlotillaError } from '../../base/errors.ts'
import { type AnswerPage, answerPages, parseAnswer } from './answer-pages.ts'
import {
  answerFailure,
  badStatement,
  connectionFailure,
  cutAnswer,
  type RefusedRequest,
  silent,
} from './failure.ts'
import { Pulse } from './pulse.ts'

export interface QuestdbAddress {
  /** `http://host:9000`, or https behind a proxy. */
  readonly url: string
  readonly user: string | undefined
  readonly password: string | undefined
  /** Milliseconds without a byte after which a request is given up; a full batch takes well under one second. */
  readonly timeout?: number
  /** Whether a request is given up before that when the server shows no sign of life; see pulse.ts. */
  readonly pulse?: boolean
}

export type Cell = string | number | boolean | null

/** What a statement answers: its columns, and its rows as JSON has them. */
export interface Answer {
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  readonly dataset: readonly (readonly Cell[])[]
}

/** Requests at a time; more would wait in the server instead. */
const CONNECTIONS = 4
const TIMEOUT = 30_000
const CONNECT = 5000

/** A QuestDB server over HTTP: statements and line protocol, every failure in our words. */
export class QuestdbServer implements AsyncDisposable {
  readonly address: string
  #pool: Pool
  readonly #origin: string
  readonly #timeout: number
  readonly #headers: Record<string, string>
  readonly #pulse: Pulse | undefined
  readonly #closing = new AbortController()

  constructor({ url, user, password, timeout = TIMEOUT, pulse = false }: QuestdbAddress) {
    this.#timeout = timeout
    this.address = new URL(url).host
    this.#origin = new URL(url).origin
    this.#pool = this.#connect()
    const login = Buffer.from(`${user ?? 'admin'}:${password ?? ''}`).toString('base64')
    this.#headers = password === undefined ? {} : { authorization: `Basic ${login}` }
    if (pulse)
      this.#pulse = new Pulse({ ask: (within) => this.#pings(within), silence: () => silent(this.address) })
  }

  /**
   * Runs a statement; numbers are what JSON makes of them.
   * @throws UnreachableError `STORE_…` · RefusedError `STORE_REFUSED` · UsageError `STORE_QUERY`
   */
  async query(statement: string): Promise<Answer> {
    const { status, body } = await this.#request(this.#asking(statement))
    if (status !== 200) throw this.#refusal(status, body)
    try {
      return parseAnswer(body)
    } catch (error) {
      throw this.#unreadable(error)
    }
  }

  /**
   * Runs a statement and passes its rows on as they come, at the pace of whoever reads: the server keeps one cursor
   * open, so a page goes on where the last one ended, whatever is stored meanwhile.
   * @param rows which rows of the answer, [from, to). LONGs are text so that none is rounded
   * @throws UnreachableError `STORE_…` · RefusedError `STORE_REFUSED` · UsageError `STORE_QUERY`
   */
  async *pages(
    statement: string,
    { from, to }: { readonly from: number; readonly to: number },
  ): AsyncGenerator<AnswerPage> {
    // The server counts from 1.
    const asking = this.#asking(statement, `&limit=${from + 1},${to}&quoteLargeNum=true`)
    const { statusCode, body } = await this.#open(asking)
    if (statusCode !== 200) throw this.#refusal(statusCode, await this.#whole(statusCode, body))
    try {
      yield* answerPages(body.setEncoding('utf8'))
    } catch (error) {
      throw this.#unreadable(error)
    }
  }

  /**
   * Writes lines, all or none. Undefined: they survive the death of the server's process; else which line
   * (0-based) is refused and why.
   * @throws UnreachableError `STORE_…` · RefusedError `STORE_REFUSED`
   */
  async write(lines: Uint8Array): Promise<RefusedLine | undefined> {
    const { status, body } = await this.#request({ method: 'POST', path: '/write?precision=u', body: lines })
    if (status === 204) return undefined
    const message = said(body, 'message')
    const line = status === 400 ? lineOf(body) : undefined
    if (line === undefined) throw answerFailure({ status, message }, this.address)
    return { line: line - 1, message }
  }

  /**
   * Leaves its connections for new ones. The server keeps a table open for a connection that writes, and goes on
   * answering 204 on it when the table is dropped, also when there is another of that name.
   */
  reconnect(): void {
    if (this.#pool.destroyed) return // what was on its way fails behind the end
    void this.#pool.close()
    this.#pool = this.#connect()
  }

  /** Versions of the line protocol that it reads; a server before 9.0 says nothing of it. */
  async lineVersions(): Promise<readonly number[]> {
    const { status, body } = await this.#request({ method: 'GET', path: '/settings' })
    if (status !== 200) throw answerFailure({ status, message: body }, this.address)
    return parseLineVersions(body)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort()
    await this.#pool.destroy()
  }

  #connect(): Pool {
    return new Pool(this.#origin, {
      connections: CONNECTIONS,
      connectTimeout: Math.min(CONNECT, this.#timeout),
      headersTimeout: this.#timeout,
      bodyTimeout: this.#timeout,
    })
  }

  #asking(statement: string, more = ''): Request {
    const path = `/exec?query=${encodeURIComponent(statement)}${more}`
    return { method: 'GET', path, statementTimeout: this.#timeout }
  }

  async #request(request: Request): Promise<Response> {
    const answered = async (signal?: AbortSignal): Promise<Response> => {
      const { statusCode: status, body } = await this.#open(request, signal)
      return { status, body: await this.#whole(status, body) }
    }
    return this.#pulse === undefined ? answered() : this.#pulse.during(answered)
  }

  /** Any answer will do. It asks for no login and no table; a connection of its own, because all others may be busy. */
  async #pings(within: number): Promise<boolean> {
    const client = new Client(this.#origin, { connectTimeout: within })
    try {
      const signal = AbortSignal.any([AbortSignal.timeout(within), this.#closing.signal])
      await client.request({ method: 'GET', path: '/ping', headers: this.#headers, signal })
      return true
    } catch {
      return false
    } finally {
      await client.destroy()
    }
  }

  async #open(
    { method, path, body, statementTimeout }: Request,
    signal?: AbortSignal,
  ): Promise<Dispatcher.ResponseData> {
    const headers = { ...this.#headers }
    if (statementTimeout !== undefined) headers['statement-timeout'] = String(statementTimeout)
    try {
      return await this.#pool.request({
        method,
        path,
        headers,
        body: body ?? null,
        ...(signal && { signal }),
      })
    } catch (error) {
      throw connectionFailure(error, this.address)
    }
  }

  async #whole(status: number, body: Dispatcher.ResponseData['body']): Promise<string> {
    try {
      return await body.text()
    } catch (error) {
      throw status === 200 ? cutAnswer(error, this.address) : connectionFailure(error, this.address)
    }
  }

  #refusal(status: number, body: string): Error {
    const refused = { status, message: said(body, 'error') }
    return status === 400 ? badStatement(refused.message) : answerFailure(refused, this.address)
  }

  #unreadable(error: unknown): unknown {
    return error instanceof FlotillaError ? error : cutAnswer(error, this.address)
  }
}

const settings = object({ config: object({ 'line.proto.support.versions': array(number()) }) })

function parseLineVersions(body: string): readonly number[] {
  const { success, output } = safeParse(pipe(string(), parseJson(), settings), body)
  return success ? output.config['line.proto.support.versions'] : [1]
}

/** A line that the server will never take. */
export interface RefusedLine {
  readonly line: number
  readonly message: string
}

interface Request {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body?: Uint8Array
  readonly statementTimeout?: number
}

interface Response {
  readonly status: number
  readonly body: string
}

/** The reason in a JSON body, or the body where it is none. */
function said(body: string, key: 'error' | 'message'): RefusedRequest['message'] {
  const reason = fieldOf(body, key)
  return typeof reason === 'string' ? reason : body
}

function lineOf(body: string): number | undefined {
  const line = fieldOf(body, 'line')
  return typeof line === 'number' && line >= 1 ? line : undefined
}

function fieldOf(body: string, key: string): unknown {
  try {
    return (JSON.parse(body) as Readonly<Record<string, unknown>> | null)?.[key]
  } catch {
    return undefined
  }
}
