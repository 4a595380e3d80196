import { formatDuration } from '../base/duration.ts'
import { formatSize } from '../base/size.ts'
import { type Diagnosis, healthy, ill } from './diagnosis.ts'

const NODE: readonly [number, number] = [24, 15]

/** @param version as in process.versions.node: `24.21.0` */
export function diagnoseNode(version: string): Diagnosis {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const isEnough = major > NODE[0] || (major === NODE[0] && minor >= NODE[1])
  if (isEnough) return healthy('node', `Node ${version}`)
  const wanted = NODE.join('.')
  return ill(
    'node',
    'bad',
    'NODE_OLD',
    `Node ${version} is older than ${wanted}.`,
    `Install Node ${wanted} or later.`,
  )
}

const MEBIBYTE = 1024 * 1024
/** Below it a day of telemetry of a small fleet does not fit. */
const LITTLE = 1024 * MEBIBYTE
/** Below it the write-ahead logs may not fit. */
const NOTHING = 100 * MEBIBYTE

/** Below it not even the notes of services fit. */
const NOT_A_NOTE = MEBIBYTE

/** Soon nothing can be stored. */
export function isDiskFull(free: number): boolean {
  return free < NOTHING
}

/** Nothing can be, and services cannot even say so. */
export function isDiskExhausted(free: number): boolean {
  return free < NOT_A_NOTE
}

/** @param free bytes that this user may write */
export function diagnoseDisk(free: number, folder: string): Diagnosis {
  const left = `${formatSize(free)} are free at ${folder}`
  const fix = 'Make room, or shorten retention.measurements in fleet.yaml.'
  if (isDiskFull(free))
    return ill('disk', 'bad', 'DISK_FULL', `Only ${left}: soon nothing can be stored.`, fix)
  if (free < LITTLE) return ill('disk', 'warn', 'DISK_LOW', `Only ${left}.`, fix)
  return healthy('disk', `${left}.`)
}

/** A moment that lies in the past, if the clock is right, and how that is known. Milliseconds since 1970. */
export interface PastMoment {
  readonly what: string
  readonly at: number
}

/** Machines agree to within this, and file systems round. */
const TOLERANCE = 60_000

/** Without a network: what has happened cannot lie in the future. */
export function diagnoseClock(now: number, past: readonly PastMoment[]): Diagnosis {
  const latest = past.toSorted((a, b) => b.at - a.at)[0]
  const says = new Date(now).toISOString()
  if (latest === undefined || latest.at <= now + TOLERANCE)
    return healthy('clock', `${says}, behind nothing that has happened.`)
  const behind = formatDuration(latest.at - now)
  return ill(
    'clock',
    'bad',
    'CLOCK_BEHIND',
    `The clock says ${says}; ${latest.what} is ${behind} ahead of it.`,
    'Set the clock, best by NTP. Until then certificates seem not yet valid, and readings are refused.',
  )
}
