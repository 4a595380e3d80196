import { UsageError } from '../base/errors.ts'
import type { Reading } from './agent.ts'
import { noiseAt, seedOf } from './noise.ts'

/** What simulated devices can have wrong with them. */
export const FAULTS = ['stuck', 'spike', 'silent', 'clock', 'flap', 'duplicate'] as const
export type Fault = (typeof FAULTS)[number]

/** A fault, and the share of the devices that have it (0 … 1]. */
export interface FaultChoice {
  readonly fault: Fault
  readonly share: number
}

/** `stuck`, `stuck:0.3`; without a share a tenth. @throws UsageError `FAULT` */
export function parseFault(text: string): FaultChoice {
  const [name = '', share = '0.1', ...rest] = text.split(':')
  const fault = FAULTS.find((one) => one === name)
  const part = Number(share)
  if (fault !== undefined && part > 0 && part <= 1 && rest.length === 0) return { fault, share: part }
  throw new UsageError('FAULT', `${JSON.stringify(text)} is not a fault.`, {
    hint: `Give one of ${FAULTS.join(', ')}, and behind a colon the share of the devices: stuck:0.3`,
  })
}

export interface Report {
  readonly reading: Reading
  /** What the device takes for the time, milliseconds since 1970. */
  readonly at: number
}

/** Healthy readings before a device gets stuck or falls silent: enough to have a rhythm and a course. */
const HEALTHY = 10
/** One reading in so many is a spike. */
const SPIKES = 20
/** A flapping link breaks about once in so many milliseconds. */
const FLAPS = 8000
const HOUR = 3_600_000

/**
 * Who has which faults. The same ids always get the same ones: a share is never rounded down to nobody, and a device
 * may have several.
 */
export function faultsOf(
  ids: readonly string[],
  choices: readonly FaultChoice[],
): ReadonlyMap<string, ReadonlySet<Fault>> {
  const faults = new Map<string, Set<Fault>>()
  for (const { fault, share } of choices) {
    const place = FAULTS.indexOf(fault)
    const drawn = ids.map((id) => ({ id, lot: noiseAt(seedOf(id), place) })).toSorted((a, b) => a.lot - b.lot)
    for (const { id } of drawn.slice(0, Math.ceil(share * ids.length)))
      faults.set(id, (faults.get(id) ?? new Set()).add(fault))
  }
  return faults
}

/**
 * What a device with faults sends when it is its turn: nothing, or one report, or the same twice.
 * @param turn how many turns it had before
 * @param frozen its reading when it got stuck; the caller keeps {@link FaultyTurn.frozen} for the next turn
 */
export function faultyTurn(
  id: string,
  faults: ReadonlySet<Fault>,
  turn: number,
  healthy: Report,
  frozen: Reading | undefined,
): FaultyTurn {
  const isAffected = turn >= HEALTHY
  if (faults.has('silent') && isAffected) return { reports: [], frozen }
  const stuck = faults.has('stuck') && isAffected ? (frozen ?? healthy.reading) : undefined
  const reading = stuck ?? healthy.reading
  const report = {
    reading: faults.has('spike') && isSpike(id, turn) ? spiked(reading) : reading,
    at: faults.has('clock') ? wrongTime(id, healthy.at) : healthy.at,
  }
  return { reports: faults.has('duplicate') ? [report, report] : [report], frozen: stuck }
}

export interface FaultyTurn {
  readonly reports: readonly Report[]
  readonly frozen: Reading | undefined
}

/** Whether the link of a flapping device breaks in the time until its next look, both in milliseconds. */
export function breaks(id: string, now: number, until: number): boolean {
  const phase = noiseAt(seedOf(id), -FAULTS.length) * FLAPS
  return Math.floor((now + phase) / FLAPS) !== Math.floor((until + phase) / FLAPS)
}

/** Never in the first readings: a device is fine until it is not. */
function isSpike(id: string, turn: number): boolean {
  return turn > 0 && turn % SPIKES === Math.floor(noiseAt(seedOf(id), turn - (turn % SPIKES)) * SPIKES)
}

function spiked(reading: Reading): Reading {
  return Object.fromEntries(
    Object.entries(reading).map(([metric, value]) => [
      metric,
      typeof value === 'number' ? value * 10 + 100 : value,
    ]),
  )
}

/** Half of such devices have no clock at all and count from 1970, the others are two hours ahead. */
function wrongTime(id: string, at: number): number {
  return noiseAt(seedOf(id), 99) < 0.5 ? at % (365 * 24 * HOUR) : at + 2 * HOUR
}
