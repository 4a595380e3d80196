import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { Sender, type SenderOptions } from '@questdb/nodejs-client'
import { systemCode, UnreachableError } from '../../base/errors.ts'
import type { DeviceEvent, EventStore } from '../events.ts'
import { answerFailure, connectionFailure, EVENTS_WAIT } from './failure.ts'
import { textLiteral } from './literal.ts'
import { type TableNames, tableNames } from './names.ts'
import { ensureEvents } from './schema.ts'
import { type QuestdbAddress, QuestdbServer } from './server.ts'
import { progress } from './visibility.ts'

export interface QuestdbEventsOptions extends QuestdbAddress {
  readonly fleet: string
  /** Milliseconds that events are kept. */
  readonly retention: number
}

/** For a look, and for a write, in milliseconds: nobody waits for either, and the next one comes in seconds. */
const DEADLINE = 5000

/** Events in QuestDB, by its official client. docs/decisions/questdb.md says what that one needs around it. */
export function openQuestdbEvents(options: QuestdbEventsOptions): EventStore {
  const address = { timeout: DEADLINE, ...options }
  return new QuestdbEvents(new QuestdbServer(address), tableNames(options.fleet), address)
}

class QuestdbEvents implements EventStore {
  readonly #server: QuestdbServer
  readonly #names: TableNames
  readonly #options: QuestdbEventsOptions & { readonly timeout: number }
  #ready = false

  constructor(
    server: QuestdbServer,
    names: TableNames,
    options: QuestdbEventsOptions & { readonly timeout: number },
  ) {
    this.#server = server
    this.#names = names
    this.#options = options
  }

  async check(): Promise<void> {
    const { measurements, series, events } = this.#names
    const found = await progress(this.#server, [measurements, series, events], { [events]: EVENTS_WAIT })
    if (this.#ready && found.some(({ name }) => name === events)) return
    await ensureEvents(this.#server, this.#names, this.#options.retention)
    this.#ready = true
  }

  /** The client tries nothing again and keeps nothing: a batch is one sender, whole or thrown away. */
  async write(events: readonly DeviceEvent[]): Promise<void> {
    if (events.length === 0) return
    await this.check()
    const sender = new Sender(senderOptions(this.#options))
    try {
      for (const event of events) await addRow(sender, this.#names.events, event)
      await within(this.#options.timeout, sender.flush(), this.#server.address)
    } catch (error) {
      this.#ready = false
      throw ofClient(error, this.#server.address)
    } finally {
      sender.reset()
      await sender.close()
    }
  }

  async newest(kinds: readonly string[]): Promise<number | undefined> {
    const list = kinds.map(textLiteral).join(',')
    const { dataset } = await this.#server.query(
      `SELECT max(seq) FROM ${this.#names.events} WHERE kind IN (${list})`,
    )
    const newest = dataset[0]?.[0]
    return typeof newest === 'number' ? newest : undefined
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]()
  }
}

/**
 * Node's own HTTP, because the client's other transport neither settles while the server is away nor heeds its
 * time-outs; no configuration string, whose mistakes are told with the password in them; and a connection for each
 * batch: on one that is kept the server goes on acknowledging rows for a table that was dropped since.
 */
function senderOptions({
  url,
  user,
  password,
  timeout,
}: QuestdbAddress & { timeout: number }): SenderOptions {
  const { protocol, hostname, port } = new URL(url)
  const secure = protocol === 'https:'
  const options: Partial<SenderOptions> = {
    protocol: secure ? 'https' : 'http',
    host: hostname.replaceAll(/[[\]]/g, ''),
    port: port === '' ? (secure ? 443 : 80) : Number(port),
    protocol_version: '1',
    auto_flush: false,
    stdlib_http: true,
    agent: secure ? new HttpsAgent() : new HttpAgent(),
    request_timeout: timeout,
    retry_timeout: 0,
    log: () => {},
    ...(password === undefined ? {} : { username: user ?? 'admin', password }),
  }
  return options as SenderOptions
}

function addRow(sender: Sender, table: string, { at, device, kind, seq, body }: DeviceEvent): Promise<void> {
  sender.table(table)
  if (device !== undefined) sender.symbol('device', device)
  sender.symbol('kind', kind).intColumn('seq', seq)
  if (Object.keys(body).length > 0) sender.stringColumn('body', JSON.stringify(body))
  return sender.at(at, 'us')
}

/** The client's time-out is one of silence: a server that answers a byte at a time would hold it for ever. */
async function within(milliseconds: number, sending: Promise<unknown>, server: string): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(tooLate(server)), milliseconds * 2)
  sending.catch(() => {})
  try {
    await Promise.race([sending, promise])
  } finally {
    clearTimeout(timer)
  }
}

/** It speaks in sentences; only an error of the system has a code. */
function ofClient(error: unknown, server: string): unknown {
  if (!(error instanceof Error) || error instanceof UnreachableError) return error
  const [, status, message = ''] = /statusCode=(\d+), error=([^]*)$/.exec(error.message) ?? []
  if (status !== undefined) return answerFailure({ status: Number(status), message }, server)
  if (/timeout/i.test(error.message)) return tooLate(server)
  return systemCode(error) === undefined ? error : connectionFailure(error, server)
}

function tooLate(server: string): unknown {
  return connectionFailure(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' }), server)
}
