import { custom } from '@oclif/core/flags'
import { parseDuration } from '../base/duration.ts'
import { UsageError } from '../base/errors.ts'

/** A moment in milliseconds since 1970: ISO 8601 (local without a zone), or a duration that lies back: `2h`. */
export const moment = custom<number>({
  helpValue: 'TIME',
  parse: async (text) => parseMoment(text, Date.now()),
})

/** @throws UsageError `MOMENT` */
export function parseMoment(text: string, now: number): number {
  if (/^\d{4}-\d{2}-\d{2}/.test(text)) {
    const at = Date.parse(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00` : text.replace(' ', 'T'))
    if (!Number.isNaN(at)) return at
  } else if (/^\d+(?:\.\d+)?[a-z]/.test(text)) return now - parseDuration(text)
  throw new UsageError('MOMENT', `${JSON.stringify(text)} is not a moment.`, {
    hint: 'Write it like 2026-11-25T14:00, 2026-11-25T13:00Z, or 2h for two hours ago.',
  })
}
