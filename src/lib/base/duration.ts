import { UsageError } from './errors.ts'

const UNITS = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 31_536_000_000,
} as const
type Unit = keyof typeof UNITS

/**
 * `500ms`, `10s`, `5m`, `2h`, `30d`, `2w`, `10y` (365 days each), also joined (`1h30m`), in milliseconds.
 * @throws UsageError `DURATION`
 */
export function parseDuration(text: string): number {
  const parts = [...text.trim().matchAll(/(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w|y)/gy)]
  const whole = parts.map((part) => part[0]).join('')
  if (parts.length === 0 || whole.length !== text.trim().length) {
    throw new UsageError('DURATION', `${JSON.stringify(text)} is not a duration.`, {
      hint: 'Write it like 500ms, 10s, 5m, 2h, 30d or 10y.',
    })
  }
  let sum = 0
  for (const [, amount, unit] of parts) sum += Number(amount) * UNITS[unit as Unit]
  return sum
}

/** The two largest units that say something: `0.4 s`, `12 s`, `5 min`, `2 h 7 min`, `2 d 7 h`. */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds) / 1000
  if (seconds < 0.95) return `${seconds.toFixed(1)} s`
  if (seconds < 59.5) return `${Math.round(seconds)} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 60) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return join(hours, 'h', minutes % 60, 'min')
  return join(Math.floor(hours / 24), 'd', hours % 24, 'h')
}

function join(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`
}
