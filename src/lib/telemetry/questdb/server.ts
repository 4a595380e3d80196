import { Pool } from 'undici'
import { array, number, object, parseJson, pipe, safeParse, string } from 'valibot'
import { answerFailure, badStatement, connectionFailure, cutAnswer, type RefusedRequest } from './failure.ts'

export interface QuestdbAddress {
  /** `http://host:9000`, or https behind a proxy. */
  readonly url: string
  readonly user: string | undefined
  readonly password: string | undefined
  /** Milliseconds without a byte after which a request is given up; a full batch takes well under one second. */
  readonly timeout?: number
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

/** A QuestDB server over HTTP: statements and line protocol, every failure in our words. */
export class QuestdbServer implements AsyncDisposable {
  readonly address: string
  #pool: Pool
  readonly #origin: string
  readonly #timeout: number
  readonly #headers: Record<string, string>

  constructor({ url, user, password, timeout = TIMEOUT }: QuestdbAddress) {
    this.#timeout = timeout
    this.address = new URL(url).host
    this.#origin = new URL(url).origin
    this.#pool = this.#connect()
    const login = Buffer.from(`${user ?? 'admin'}:${password ?? ''}`).toString('base64')
    this.#headers = password === undefined ? {} : { authorization: `Basic ${login}` }
  }

  /**
   * Runs a statement.
   * @param rows which rows of the answer, [from, to), LONGs as text so that none is rounded; else all, as numbers
   * @throws UnreachableError `STORE_…` · RefusedError `STORE_REFUSED` · UsageError `STORE_QUERY`
   */
  async query(statement: string, rows?: { readonly from: number; readonly to: number }): Promise<Answer> {
    // The server counts from 1.
    const limit = rows === undefined ? '' : `&limit=${rows.from + 1},${rows.to}&quoteLargeNum=true`
    const path = `/exec?query=${encodeURIComponent(statement)}${limit}`
    const { status, body } = await this.#request({ method: 'GET', path, statementTimeout: this.#timeout })
    if (status === 200) return this.#parse(body)
    const refused = { status, message: said(body, 'error') }
    throw status === 400 ? badStatement(refused.message) : answerFailure(refused, this.address)
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
    await this.#pool.destroy()
  }

  #connect(): Pool {
    return new Pool(this.#origin, {
      connections: CONNECTIONS,
      connectTimeout: 5000,
      headersTimeout: this.#timeout,
      bodyTimeout: this.#timeout,
    })
  }

  async #request({ method, path, body, statementTimeout }: Request): Promise<Response> {
    const headers = { ...this.#headers }
    if (statementTimeout !== undefined) headers['statement-timeout'] = String(statementTimeout)
    let status: number | undefined
    try {
      const answer = await this.#pool.request({ method, path, headers, body: body ?? null })
      status = answer.statusCode
      return { status, body: await answer.body.text() }
    } catch (error) {
      throw status === 200 ? cutAnswer(error, this.address) : connectionFailure(error, this.address)
    }
  }

  #parse(body: string): Answer {
    try {
      // A NUL in a text comes as it is, which JSON does not allow; elsewhere there is none.
      const { columns = [], dataset = [] } = JSON.parse(
        body.replaceAll('\u0000', '\\u0000'),
      ) as Partial<Answer>
      return { columns, dataset }
    } catch (error) {
      throw cutAnswer(error, this.address)
    }
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
