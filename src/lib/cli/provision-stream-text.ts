import { PartialError, UsageError } from '../base/errors.ts'
import type { StreamTally } from '../fleet/stream-answer.ts'
import { counted, countText } from '../ui/number-text.ts'
import type { Paint } from '../ui/paint.ts'

/** Flags that need all rows at once, which a stream never has; and the input that it takes for itself. */
const NEED_ALL = ['batch', 'packs', 'check', 'results', 'dry-run', 'abort-on-errors'] as const

/** @throws UsageError `USAGE` what cannot go with `--from -` */
export function refuseStreamFlags(
  ids: readonly string[],
  flags: Readonly<Partial<Record<(typeof NEED_ALL)[number] | 'passphrase-file', unknown>>>,
): void {
  const wrong = NEED_ALL.filter((name) => flags[name] !== undefined && flags[name] !== false)
  const all = [...ids.map((id) => JSON.stringify(id)), ...wrong.map((name) => `--${name}`)]
  if (flags['passphrase-file'] === '-') all.push('--passphrase-file -')
  if (all.length === 0) return
  throw new UsageError('USAGE', `${all.join(' and ')} cannot be given together with --from -.`, {
    hint: 'flotilla device provision --help',
  })
}

/** What stands below the answers. */
export function streamText({ issued, already, delivered, failed }: StreamTally, paint: Paint): string {
  const parts = [
    paint.good(`${countText(issued)} issued`),
    already > 0 ? `${countText(already)} had a certificate already` : undefined,
    delivered > 0 ? `${countText(delivered)} delivered` : undefined,
    failed > 0 ? paint.bad(`${countText(failed)} failed`) : undefined,
  ]
  return parts.filter((part) => part !== undefined).join(' · ')
}

/** @throws PartialError `PROVISION_PARTIAL` */
export function refuseFailed({ failed, issued, already, delivered }: StreamTally): void {
  if (failed === 0) return
  throw new PartialError('PROVISION_PARTIAL', `${counted(failed, 'line')} failed; each answer says why.`, {
    hint: 'The others are done. Send these again when they are mended.',
    details: { issued, already, delivered, failed },
  })
}
