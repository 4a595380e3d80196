import type { BrokerEvent, EndReason, RefusedReason } from '../broker.ts'
import { isOwnAddress } from './own-address.ts'

/** A client that is connected, by mosquitto's log. */
export interface LiveClient {
  readonly kind: 'device' | 'staff'
  /** CN. */
  readonly name: string
  readonly clientId: string
}

export type LogEntry =
  | { readonly entry: 'running' }
  | { readonly entry: 'reloading' }
  | { readonly entry: 'error'; readonly message: string }
  | BrokerEvent

const NEW = /^New connection from (.+):(\d+) on port (\d+)\.$/
const CONNECTED = /^New client connected from (.+):(\d+) as (.*) \(p\d, c[01], k\d+(?:, u'(.*)')?\)\.$/
const UNKNOWN = /^Client <unknown> /
const ENDED =
  /^Client (.*) (disconnected.*|closed its connection|has exceeded timeout, disconnecting|already connected, closing old connection)\.$/
const TLS_ERROR = /^OpenSSL Error\[0\]: (.*)$/
const REFUSED = /^Client connection from (.+) failed: (.*)$/
const TIMESTAMP = /^(?:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d|\d+): /

/** Connections of which no more than the address is known; a port scan must not fill the memory. */
const PENDING = 1000

/**
 * Reads mosquitto's log line by line for what it says about clients. It is meant for people and differs between
 * versions: a line that is not understood says nothing.
 */
export class MosquittoLog {
  readonly #devicePort: number
  readonly #pending = new Map<string, number>()
  readonly #live = new Map<string, LiveClient>()
  #fault: string | undefined

  constructor(devicePort: number) {
    this.#devicePort = devicePort
  }

  live(): readonly LiveClient[] {
    return [...this.#live.values()]
  }

  /** The process has ended, and every connection with it. */
  ended(): readonly BrokerEvent[] {
    const events = this.live().map(({ name, kind }) => ({
      event: 'disconnected' as const,
      client: name,
      kind,
      reason: 'broker' as const,
    }))
    this.#live.clear()
    this.#pending.clear()
    return events
  }

  take(line: string): LogEntry | undefined {
    const text = line.replace(TIMESTAMP, '')
    if (/^mosquitto version \S+ running$/.test(text)) return { entry: 'running' }
    if (text === 'Reloading config.') return { entry: 'reloading' }
    if (text.startsWith('Error: ')) return { entry: 'error', message: text.slice('Error: '.length) }
    return this.#connection(text) ?? this.#refusal(text) ?? this.#end(text)
  }

  #connection(text: string): LogEntry | undefined {
    const [, address, port, listener] = NEW.exec(text) ?? []
    if (address !== undefined) {
      this.#note(`${address}:${port}`, Number(listener))
      return undefined
    }
    const [, from, fromPort, clientId, name = ''] = CONNECTED.exec(text) ?? []
    if (from === undefined) return undefined
    const endpoint = `${from}:${fromPort}`
    const kind = this.#pending.get(endpoint) === this.#devicePort ? 'device' : 'staff'
    this.#pending.delete(endpoint)
    this.#live.set(clientId!, { kind, name, clientId: clientId! })
    return { event: 'connected', client: name, kind }
  }

  #note(endpoint: string, port: number): void {
    this.#pending.set(endpoint, port)
    if (this.#pending.size <= PENDING) return
    const [oldest] = this.#pending.keys()
    this.#pending.delete(oldest!)
  }

  /** A handshake that failed names nobody, and its address only sometimes: then it is the last one that came. */
  #refusal(text: string): LogEntry | undefined {
    const [, direct, why] = REFUSED.exec(text) ?? []
    if (direct !== undefined) return refused(direct, why!)
    const fault = TLS_ERROR.exec(text)?.[1]
    if (fault !== undefined) this.#fault = fault
    if (!UNKNOWN.test(text)) return undefined
    const endpoint = [...this.#pending.keys()].at(-1) ?? ''
    this.#pending.delete(endpoint)
    const known = this.#fault
    this.#fault = undefined
    return known === undefined ? undefined : refused(endpoint.replace(/:\d+$/, ''), known)
  }

  #end(text: string): LogEntry | undefined {
    const [, clientId, how = ''] = ENDED.exec(text) ?? []
    const client = clientId === undefined ? undefined : this.#live.get(clientId)
    if (client === undefined) return undefined
    this.#live.delete(clientId!)
    return { event: 'disconnected', client: client.name, kind: client.kind, reason: endOf(how) }
  }
}

function endOf(how: string): EndReason {
  if (how === 'disconnected') return 'goodbye'
  if (how.startsWith('has exceeded timeout')) return 'keep-alive'
  if (how.startsWith('already connected')) return 'taken-over'
  return /protocol|malformed|oversize/i.test(how) ? 'protocol' : 'lost'
}

function refused(address: string, fault: string): BrokerEvent | undefined {
  // Who leaves in the middle of a handshake on this machine is ours (a command, a service, `simulate`) and could wait
  // no longer: nobody turned it away. From elsewhere it may be a device that does not trust the broker.
  if (/unexpected eof/.test(fault) && isOwnAddress(address)) return undefined
  return { event: 'refused', identity: address, reason: reasonOf(fault), address, source: 'log' }
}

/** OpenSSL's words for the log say no more: which check has failed stays with mosquitto. */
function reasonOf(fault: string): RefusedReason {
  if (/did not return a certificate/.test(fault)) return 'no-certificate'
  return /certificate verify failed/.test(fault) ? 'bad-certificate' : 'protocol'
}
