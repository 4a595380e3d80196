import { looseObject, parse, string } from 'valibot'
import { FlotillaError, messageOf } from '../base/errors.ts'
import type { BrokerAddress, ClientCredential } from '../mqtt/broker-address.ts'
import { type Connection, type ConnectOptions, connect, type Message } from '../mqtt/connection.ts'
import { controlTopic, parseControlRequest, serviceStatusTopic } from '../mqtt/topics.ts'

export interface ControlOptions {
  readonly fleet: string
  readonly role: string
  readonly broker: BrokerAddress
  readonly credential: ClientCredential
  /** How its connection is kept, where more than answers depends on it. */
  readonly keeping?: Pick<ConnectOptions, 'keepalive' | 'within' | 'backoff' | 'onState'>
  /** What the role can be asked for. The answer's fields go back beside the request's id. */
  readonly verbs: Readonly<Record<string, (body: ControlBody) => Promise<Record<string, unknown>>>>
}

export interface ControlBody {
  readonly id: string
  readonly [field: string]: unknown
}

const schema = looseObject({ id: string() })
/** An id is echoed: one of this length is nobody's honest correlation id. */
const LONGEST_ID = 64

/**
 * Answers operators on `ctl/<fleet>/<role>/<verb>/request` and says on the retained status topic that the role is
 * here; the will says when it is gone. It reconnects for as long as it lives.
 */
export async function serveControl(options: ControlOptions): Promise<AsyncDisposable> {
  const { fleet, role, broker, credential, keeping, verbs } = options
  const topic = serviceStatusTopic(fleet, role)
  const status = (state: 'online' | 'offline') => JSON.stringify({ state, pid: process.pid, ts: Date.now() })
  let again: Connection | undefined
  const connection = await connect({
    ...keeping,
    broker,
    credential,
    clientId: `svc.${role}`,
    reconnect: true,
    will: { topic, payload: status('offline'), qos: 1, retain: true },
    onState: (change) => {
      keeping?.onState?.(change)
      // The first time it is said below: `connect` has not returned by then.
      if (change.state === 'online')
        void again?.publish(topic, status('online'), { retain: true }).catch(() => {})
    },
  })
  again = connection
  const filters = Object.keys(verbs).map((verb) => controlTopic(fleet, role, verb, 'request'))
  await connection.subscribe(filters, (message) => void answer(connection, options, message))
  await connection.publish(topic, status('online'), { retain: true })
  return {
    async [Symbol.asyncDispose]() {
      await connection.publish(topic, status('offline'), { retain: true }).catch(() => {})
      await connection.close()
    },
  }
}

async function answer(connection: Connection, { fleet, role, verbs }: ControlOptions, message: Message) {
  const verb = parseControlRequest(message.topic)?.verb ?? ''
  const body = parseBody(message.payload)
  const perform = verbs[verb]
  if (body === undefined || perform === undefined) return // nobody waits for an answer without an id
  const result = await perform(body).catch((error: unknown) => ({ error: failureOf(error) }))
  const topic = controlTopic(fleet, role, verb, 'response')
  // The asker has a deadline of its own; a lost answer is its time-out.
  await connection.publish(topic, JSON.stringify({ ...result, id: body.id })).catch(() => {})
}

function parseBody(payload: Uint8Array): ControlBody | undefined {
  try {
    const body = parse(schema, JSON.parse(Buffer.from(payload).toString()))
    return body.id.length <= LONGEST_ID ? body : undefined
  } catch {
    return undefined
  }
}

function failureOf(error: unknown): { readonly code: string; readonly message: string } {
  return { code: error instanceof FlotillaError ? error.code : 'UNEXPECTED', message: messageOf(error) }
}
