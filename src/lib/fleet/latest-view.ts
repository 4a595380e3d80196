import type { Measurement } from '../telemetry/measurement.ts'

/** A measurement as `--json` shows it; `at` in ISO 8601 with microseconds. */
export interface LatestView {
  readonly device: string
  readonly metric: string
  readonly at: string
  readonly value: number | string | null
}

export function latestView({ device, metric, at, value, text }: Measurement): LatestView {
  return { device, metric, at: isoMicroseconds(at), value: value ?? text ?? null }
}

/** Integer microseconds since 1970 as ISO 8601: `2026-11-24T14:27:38.123456Z`. */
export function isoMicroseconds(at: number): string {
  const milliseconds = Math.floor(at / 1000)
  const rest = String(at - milliseconds * 1000).padStart(3, '0')
  return new Date(milliseconds).toISOString().replace('Z', `${rest}Z`)
}
