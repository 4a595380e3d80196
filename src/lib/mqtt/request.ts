import { randomUUID } from 'node:crypto'
import { clearTimeout, setTimeout } from 'node:timers'
import { looseObject, object, optional, parse, string } from 'valibot'
import { RefusedError, TimedOutError } from '../base/errors.ts'
import type { Connection, Message } from './connection.ts'
import { controlTopic } from './topics.ts'

export interface RequestOptions {
  readonly fleet: string
  /** The service's role: `broker`, `ingest`. */
  readonly role: string
  readonly verb: string
  /** JSON beside the correlation id. */
  readonly body?: Readonly<Record<string, unknown>>
  /** Milliseconds; default 10 000. */
  readonly within?: number
}

/** What a service answers: the request's `id`, and either `error` or its result. */
export interface ControlAnswer {
  readonly id: string
  readonly error?: { readonly code: string; readonly message: string } | undefined
  readonly [field: string]: unknown
}

/**
 * Asks a service over `ctl/<fleet>/<role>/<verb>/request` and resolves with the answer that carries the same id.
 * Several may ask at once: answers to others are passed over.
 * @throws TimedOutError `SERVICE_SILENT`; RefusedError with the service's code when it says no
 */
export async function request(connection: Connection, options: RequestOptions): Promise<ControlAnswer> {
  const { fleet, role, verb, body = {}, within = 10_000 } = options
  const id = randomUUID()
  const { promise, resolve, reject } = Promise.withResolvers<ControlAnswer>()
  const timer = setTimeout(() => reject(silent(role, verb, within)), within)
  promise.catch(() => {}) // the subscription may fail first
  void connection.closed.then((failure) => failure && reject(failure))
  try {
    await connection.subscribe([controlTopic(fleet, role, verb, 'response')], (message) => {
      const answer = parseAnswer(message)
      if (answer?.id === id) resolve(answer)
    })
    await connection.publish(controlTopic(fleet, role, verb, 'request'), JSON.stringify({ ...body, id }))
    return accepted(await promise)
  } finally {
    clearTimeout(timer)
  }
}

const error = object({ code: string(), message: string() })
const answer = looseObject({ id: string(), error: optional(error) })

function parseAnswer({ payload }: Message): ControlAnswer | undefined {
  try {
    return parse(answer, JSON.parse(Buffer.from(payload).toString()))
  } catch {
    return undefined // not from a service of ours
  }
}

function accepted(answer: ControlAnswer): ControlAnswer {
  const { error } = answer
  if (error === undefined) return answer
  throw new RefusedError(error.code, error.message, { layer: 'mqtt' })
}

function silent(role: string, verb: string, within: number): TimedOutError {
  const message = `The ${role} service did not answer "${verb}" within ${Math.round(within / 100) / 10} s.`
  return new TimedOutError('SERVICE_SILENT', message, {
    layer: 'mqtt',
    hint: `Is it running? flotilla up, or flotilla serve --role ${role}`,
  })
}
