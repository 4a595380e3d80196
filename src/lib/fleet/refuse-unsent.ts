import { PartialError } from '../base/errors.ts'
import type { SimulationCounts } from './simulate-fleet.ts'

/**
 * A simulation that ran its time and did not get all of it through has not done what was asked for.
 * @param queue the file that keeps what waits
 * @throws PartialError `UNSENT`
 */
export function refuseUnsent(counts: SimulationCounts, queue: string | undefined): void {
  const { waiting, dropped, denied, acknowledged } = counts
  const parts = [
    ...(waiting > 0 ? [`${waiting} not`] : []),
    ...(dropped > 0 ? [`${dropped} dropped because too many waited`] : []),
    ...(denied > 0 ? [`${denied} denied by the broker`] : []),
  ]
  if (parts.length === 0) return
  throw new PartialError(
    'UNSENT',
    `Not everything got through: ${acknowledged} messages acknowledged, ${parts.join(', ')}.`,
    {
      hint: hintFor(counts, queue),
      details: { ...counts },
    },
  )
}

function hintFor({ waiting, dropped }: SimulationCounts, queue: string | undefined): string {
  if (dropped > 0 && queue !== undefined) return 'Lower --rate, or let more wait: --queue-limit N'
  if (waiting > 0 && queue !== undefined) return `What waits is in ${queue}: the same line sends it.`
  if (dropped + waiting > 0) return 'Lower --rate, or keep what waits for the next run: --queue FILE'
  return 'Who is denied, and why: flotilla broker refused'
}
