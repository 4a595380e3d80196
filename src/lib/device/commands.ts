import { looseObject, maxLength, number, optional, parse, pipe, string, union } from 'valibot'
import { eventTime } from '../telemetry/event-time.ts'

/** What a device does for an operator: answers what is sent back, or throws. */
export type CommandHandler = (args: unknown) => unknown

/** A command's answer on `cmd/<fleet>/<id>/<name>/response`, with the id of its request. */
export type CommandAnswer =
  | { readonly id: string; readonly result: unknown }
  | { readonly id: string; readonly error: { readonly code: CommandError; readonly message: string } }

export type CommandError = 'EXPIRED' | 'UNKNOWN_COMMAND' | 'FAILED'

/** An id is echoed: one that is longer is nobody's honest correlation id. */
const LONGEST_ID = 64

const schema = looseObject({
  id: pipe(string(), maxLength(LONGEST_ID)),
  expires: union([number(), string()]),
})
const withArguments = looseObject({ args: optional(looseObject({})) })

/**
 * Answers a request `{id, expires, args}` (design §5). A session that is kept may bring a request days later: what has
 * expired is refused, not done. Undefined for what is no request: without an id nobody waits for an answer, and without
 * a time nobody knows how long it is meant.
 * @param now milliseconds since 1970
 */
export function answerCommand(
  handlers: Readonly<Record<string, CommandHandler>>,
  name: string,
  payload: Uint8Array,
  now: number,
): CommandAnswer | undefined {
  const request = parseRequest(payload)
  if (request === undefined) return undefined
  const { id, expires, args } = request
  const failed = (code: CommandError, message: string): CommandAnswer => ({ id, error: { code, message } })
  if (expires <= now) return failed('EXPIRED', `It was to be done before ${new Date(expires).toISOString()}.`)
  const handler = Object.hasOwn(handlers, name) ? handlers[name] : undefined
  if (handler === undefined) return failed('UNKNOWN_COMMAND', 'This device does not know that command.')
  try {
    return { id, result: handler(args) ?? null }
  } catch (error) {
    return failed('FAILED', error instanceof Error ? error.message : String(error))
  }
}

interface CommandRequest {
  readonly id: string
  /** Milliseconds since 1970. */
  readonly expires: number
  readonly args: unknown
}

/** `expires` may be written as every event time: s, ms or µs since 1970, or ISO 8601. */
function parseRequest(payload: Uint8Array): CommandRequest | undefined {
  try {
    const document: unknown = JSON.parse(Buffer.from(payload).toString())
    const { id, expires } = parse(schema, document)
    const { args } = parse(withArguments, document)
    const at = eventTime(expires)
    // A date ends at 8.64e15 ms; a moment behind it could not be shown.
    return at === undefined || Math.abs(at) > 8.64e18 ? undefined : { id, expires: at / 1000, args }
  } catch {
    return undefined
  }
}
