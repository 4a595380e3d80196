import { boolean, custom, integer, string } from '@oclif/core/flags'
import { parseDuration } from '../base/duration.ts'
import { UsageError } from '../base/errors.ts'

/** Flags that mean the same everywhere are defined once. */

/** A duration in milliseconds: `10s`, `5m`. */
export const duration = custom<number>({
  helpValue: 'TIME',
  parse: async (text) => parseDuration(text),
})

export const within = duration({
  description: 'Give up after this long.',
  default: 10_000,
  defaultHelp: async () => '10s',
})

export const yes = boolean({ char: 'y', description: 'Do not ask for confirmation.' })

export const passphraseFile = string({
  description: 'File with the passphrase of the CA keys, - for standard input; else FLOTILLA_CA_PASSPHRASE.',
  helpValue: 'FILE',
})

export const maxAffected = integer({
  description: 'Refuse to change more devices than this.',
  default: 100,
  min: 1,
  helpValue: 'N',
})

export const limit = integer({ description: 'At most this many.', min: 1, helpValue: 'N' })

/** `--metric flow`, as often as wanted; none means all. */
export const metrics = string({
  char: 'm',
  description: 'Only this metric; may be given many times.',
  helpValue: 'METRIC',
  multiple: true,
  multipleNonGreedy: true, // else it takes the words behind its value, too
})

export const letterDevice = string({ description: 'Only those of this device.', helpValue: 'ID' })

export const letterReason = string({
  description: 'Only those with this reason: clock, json, …',
  helpValue: 'WORD',
})

/** `--tag key=value`, as often as wanted. */
export const tags = string({
  char: 't',
  description: 'A tag for the device; may be given many times.',
  helpValue: 'KEY=VALUE',
  multiple: true,
  multipleNonGreedy: true,
})

/** `['hall=B', 'line=3']` as an object. @throws UsageError `TAG` */
export function parseTags(pairs: readonly string[] = []): Record<string, string> {
  const tags: Record<string, string> = {}
  for (const pair of pairs) {
    const [, key, value] = /^([^=]+)=(.+)$/s.exec(pair) ?? []
    if (key === undefined || value === undefined) {
      throw new UsageError('TAG', `${JSON.stringify(pair)} is not a tag.`, { hint: 'Write it like hall=B.' })
    }
    tags[key] = value
  }
  return tags
}
