import {
  type FailureDetails,
  RefusedError,
  systemCode,
  UnreachableError,
  UsageError,
} from '../../base/errors.ts'
import { printable } from '../../base/printable.ts'

/** What the server answered that was no success. */
export interface RefusedRequest {
  readonly status: number
  readonly message: string
}

/** No answer came: what stood in the way, in our words; anything else (a bug) as it came. */
export function connectionFailure(cause: unknown, server: string): unknown {
  const code = systemCode(cause) ?? ''
  const details = { cause, layer: 'store' } as const
  if (TIMED_OUT.has(code)) return silent(server, cause)
  if (CUT.has(code))
    return new UnreachableError('STORE_RESET', `QuestDB at ${server} broke the connection off.`, {
      ...details,
      hint: 'It was probably restarted.',
    })
  if (code === '') return cause
  return new UnreachableError('STORE_DOWN', `QuestDB at ${server} cannot be reached (${code}).`, {
    ...details,
    hint: 'Start it, or correct store.url in fleet.yaml.',
  })
}

/** It takes connections, and nothing comes: it hangs, or has too much to do. */
export function silent(server: string, cause?: unknown): Error {
  return new UnreachableError('STORE_TIMEOUT', `QuestDB at ${server} did not answer in time.`, {
    layer: 'store',
    cause,
    hint: 'Look at its process, its load and its disk.',
  })
}

const TIMED_OUT = new Set([
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'ETIMEDOUT',
])
const CUT = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'])

/** An answer that is neither a success nor about a row or a statement. */
export function answerFailure({ status, message }: RefusedRequest, server: string): Error {
  const said = printable(message.trim().slice(0, 300))
  if (status === 401 || status === 403)
    return new RefusedError('STORE_REFUSED', `QuestDB at ${server} does not let us in (${status}).`, {
      layer: 'store',
      hint: 'Set store.user in fleet.yaml, and FLOTILLA_STORE_PASSWORD or FLOTILLA_STORE_PASSWORD_FILE.',
    })
  if (isFull(message)) return full(`QuestDB at ${server} has no room left: ${said}`)
  return new UnreachableError('STORE_FAILED', `QuestDB at ${server} failed (${status}): ${said}`, {
    layer: 'store',
    hint: 'Its log says more.',
  })
}

/** What becomes of it all while the table of events takes nothing: messages have nothing to do with it. */
export const EVENTS_WAIT =
  'Telemetry is stored all the same. Events wait: of connections ten thousand in memory, all others on the disk.'

/**
 * The table takes rows and does not show them: its server stopped applying what it wrote down.
 * @param meanwhile what that means until it is mended, as a sentence
 */
export function suspended(table: string, tag: string, message: string, meanwhile?: string): Error {
  const said = printable(message.trim().slice(0, 300))
  if (isFull(`${tag} ${message}`))
    return full(`QuestDB suspended ${table}, no room left: ${said}`, table, meanwhile)
  const why = said === '' ? '' : `: ${said}`
  return new UnreachableError('STORE_SUSPENDED', `QuestDB has suspended the table ${table}${why}.`, {
    layer: 'store',
    hint: withMeanwhile(`Mend the cause, then run there: ALTER TABLE ${table} RESUME WAL.`, meanwhile),
  })
}

const withMeanwhile = (hint: string, meanwhile?: string): string =>
  meanwhile === undefined ? hint : `${hint} ${meanwhile}`

function full(message: string, table?: string, meanwhile?: string): Error {
  const resume = table === undefined ? '' : `, then run there: ALTER TABLE ${table} RESUME WAL`
  return new UnreachableError('STORE_FULL', message, {
    layer: 'store',
    hint: withMeanwhile(`Make room on its disk${resume}.`, meanwhile),
  })
}

/** ENOSPC is 28; QuestDB's own tag of a suspension is DISK FULL. */
export function isFull(message: string): boolean {
  return /no space left|disk full|errno[=:]\s?28\b/i.test(message)
}

/** An answer that breaks off in the middle: the server fails after its headers are sent. */
export function cutAnswer(cause: unknown, server: string): Error {
  return new UnreachableError('STORE_CUT', `The answer of QuestDB at ${server} is not whole.`, {
    layer: 'store',
    cause,
    hint: 'Try again, or ask for less.',
  })
}

/** A statement that the server does not take. */
export function badStatement(message: string, details: FailureDetails = {}): UsageError {
  return new UsageError('STORE_QUERY', `QuestDB does not take the query: ${printable(message)}`, {
    layer: 'store',
    ...details,
  })
}
