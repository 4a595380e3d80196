import type { Measurement } from '../../src/lib/telemetry/measurement.ts'

const DAY = 86_400_000_000
const START = Date.parse('2026-11-20T00:00:00Z') * 1000

/** The rows of a batch: known series and new ones, the day of today and earlier days; their value is its number. */
export function batchOf(number: number): readonly Measurement[] {
  const row = (device: string, at: number): Measurement => ({
    device,
    metric: 'm',
    at,
    value: number,
    text: undefined,
  })
  const recent = Array.from({ length: 7000 }, (_, n) =>
    row(`device-${n % 500}`, START + 6 * DAY + number * 100 + Math.floor(n / 500)),
  )
  const late = Array.from({ length: 6 }, (_, day) => row('late', START + day * DAY + number))
  return [...recent, ...late, row(`new-${number}`, START + number)]
}
