import type { DeadLetter, DeadLetterFilter, KeptDeadLetter, State } from '../registry/state.ts'
import { isoTime } from './device-view.ts'

/** A letter as `--json` and `export` show it: the payload as it came, in base64. */
export interface DeadLetterView {
  readonly arrivedAt: string
  /** null: the topic names none. */
  readonly device: string | null
  readonly topic: string
  readonly reason: string
  readonly detail: string
  readonly payload: string
}

/** What `telemetry deadletters list` prints with --json. */
export interface DeadLetterListing {
  /** The latest first. */
  readonly letters: readonly DeadLetterView[]
  /** How many there are; more than `letters` when --limit cut them. */
  readonly total: number
}

export interface ListDeadLetters extends DeadLetterFilter {
  readonly limit: number
}

export async function listDeadLetters(state: State, request: ListDeadLetters): Promise<DeadLetterListing> {
  const letters = await state.deadLetters(request)
  return { letters: letters.map(deadLetterView), total: await state.countDeadLetters(request) }
}

/** Letters of one page: each may be a megabyte. */
const PAGE = 50

/** All letters, the oldest first; those that come meanwhile too. */
export async function* everyDeadLetter(
  state: State,
  filter: DeadLetterFilter,
): AsyncGenerator<DeadLetterView & { readonly id: number }> {
  for (let after = 0; ; ) {
    const page: readonly KeptDeadLetter[] = await state.deadLetterPage({ ...filter, after, limit: PAGE })
    for (const letter of page) yield { id: letter.id, ...deadLetterView(letter) }
    if (page.length < PAGE) return
    after = page.at(-1)!.id
  }
}

function deadLetterView({ at, device, topic, reason, detail, payload }: DeadLetter): DeadLetterView {
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength)
  return {
    arrivedAt: isoTime(at),
    device: device ?? null,
    topic,
    reason,
    detail,
    payload: bytes.toString('base64'),
  }
}
