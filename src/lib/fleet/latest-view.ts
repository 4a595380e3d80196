import type { Measurement } from '../telemetry/measurement.ts'

/** What a device reported, as `--json` shows it. */
export type Reported = number | string | boolean | null

/** A measurement as `--json` shows it; `at` in ISO 8601 with microseconds. */
export interface LatestView {
  readonly device: string
  readonly metric: string
  readonly at: string
  readonly value: Reported
}

export function latestView(measurement: Measurement): LatestView {
  const { device, metric, at } = measurement
  return { device, metric, at: isoMicroseconds(at), value: reportedValue(measurement) }
}

/** A boolean is stored as text and as 0 or 1 (design §5), everything else as one of them. */
export function reportedValue({ value, text }: Pick<Measurement, 'value' | 'text'>): Reported {
  if (value !== undefined && text !== undefined) return text === 'true'
  return value ?? text ?? null
}

/** Integer microseconds since 1970 as ISO 8601: `2026-11-24T14:27:38.123456Z`. */
export function isoMicroseconds(at: number): string {
  const milliseconds = Math.floor(at / 1000)
  const rest = String(at - milliseconds * 1000).padStart(3, '0')
  return `${new Date(milliseconds).toISOString().slice(0, -1)}${rest}Z`
}
