import type { Reading } from './agent.ts'
import { jitterAt, noiseAt, seedOf } from './noise.ts'

/** What a simulated device pretends to be. */
export const PROFILES = ['pump', 'meter', 'tracker'] as const
export type Profile = (typeof PROFILES)[number]

/**
 * A device's reading at a moment (milliseconds since 1970): a pure function of profile, id and time, so that a
 * simulation that starts again goes on where it stopped (a meter never counts backwards), and costs no memory.
 */
export function readingOf(profile: Profile, id: string, at: number): Reading {
  return READINGS[profile](seedOf(id), at)
}

const READINGS: Readonly<Record<Profile, (seed: number, at: number) => Reading>> = { pump, meter, tracker }

const DAY = 86_400_000
const TURN = 2 * Math.PI

/** flow l/s, pressure bar, temperature °C, rpm 1/min, vibration mm/s, running. Rests a few minutes a day. */
function pump(seed: number, at: number): Reading {
  const running = at % DAY > (0.005 + trait(seed, 1) * 0.01) * DAY
  const load = running ? 0.75 + 0.15 * daily(seed, at) + 0.1 * drift(seed, at) : 0
  const around = sensor(seed, at)
  return {
    flow: round(load === 0 ? 0 : 4.2 * load * (0.9 + 0.2 * trait(seed, 2)) + 0.05 * around(1), 3),
    pressure: round(0.8 + 3.4 * load + 0.03 * around(2), 3),
    temperature: round(18 + 6 * trait(seed, 3) + 28 * load + 3 * daily(seed, at) + 0.2 * around(3), 2),
    rpm: Math.round(load === 0 ? 0 : 2900 * (0.6 + 0.4 * load) + 6 * around(4)),
    vibration: round(load === 0 ? 0 : 1.1 + 1.4 * load * trait(seed, 4) + 0.15 * around(5), 3),
    running,
  }
}

/** energy kWh (a counter), power W, voltage V, current A, frequency Hz, power_factor. */
function meter(seed: number, at: number): Reading {
  const around = sensor(seed, at)
  const power = meanPower(seed) * (1 + SWING * daily(seed, at)) * (1 + 0.05 * around(1))
  const voltage = 230 + 4 * (trait(seed, 2) - 0.5) + 1.5 * daily(seed, at) + 0.4 * around(2)
  const factor = Math.min(1, 0.93 + 0.04 * trait(seed, 3) + 0.01 * around(3))
  return {
    energy: round(energy(seed, at), 4),
    power: round(power, 1),
    voltage: round(voltage, 2),
    current: round(power / voltage / factor, 3),
    frequency: round(50 + 0.02 * drift(0, at) + 0.005 * around(4), 3), // one grid: the drift is everybody's
    power_factor: round(factor, 3),
  }
}

const SWING = 0.6
const METER_EPOCH = Date.UTC(2024, 0, 1)

function meanPower(seed: number): number {
  return 300 + 900 * trait(seed, 1)
}

/** The integral of mean power and its daily swing, in kWh: grows for ever, because the swing is below 1. */
function energy(seed: number, at: number): number {
  const hours = (at - METER_EPOCH) / 3_600_000
  const swing = (SWING * 24 * (1 - Math.cos(dayPhase(seed, at)))) / TURN
  const before = (SWING * 24 * (1 - Math.cos(dayPhase(seed, METER_EPOCH)))) / TURN
  return 5000 * trait(seed, 5) + (meanPower(seed) / 1000) * (hours + swing - before)
}

/** lat °, lon °, speed km/h, heading °, battery %, rssi dBm. Drives loops around its depot. */
function tracker(seed: number, at: number): Reading {
  const around = sensor(seed, at)
  const here = position(seed, at)
  const { north, east } = metresBetween(here, position(seed, at + 1000))
  return {
    lat: round(here.lat, 6),
    lon: round(here.lon, 6),
    speed: round(Math.hypot(north, east) * 3.6, 1),
    heading: round((Math.atan2(east, north) * 360) / TURN + (east < 0 ? 360 : 0), 1) % 360,
    battery: round(100 - 60 * fraction(at / DAY + trait(seed, 5)), 1),
    rssi: Math.round(-78 + 14 * drift(seed, at) + 3 * around(6)),
  }
}

interface Position {
  readonly lat: number
  readonly lon: number
}

/** A loop of about 40 minutes whose two axes swing at different speeds; depots lie around 48° N, 11° E. */
function position(seed: number, at: number): Position {
  const loop = (at / (2_400_000 * (0.8 + 0.4 * trait(seed, 1)))) * TURN
  return {
    lat: 48 + trait(seed, 2) + 0.02 * Math.sin(loop),
    lon: 11 + trait(seed, 3) + 0.03 * Math.sin(loop * 0.7 + trait(seed, 4) * TURN),
  }
}

const METRES_PER_DEGREE = 111_320

function metresBetween(from: Position, to: Position): { readonly north: number; readonly east: number } {
  const shrink = Math.cos((from.lat / 360) * TURN)
  return {
    north: (to.lat - from.lat) * METRES_PER_DEGREE,
    east: (to.lon - from.lon) * METRES_PER_DEGREE * shrink,
  }
}

/** What distinguishes this device from its siblings, for life: [0, 1). */
function trait(seed: number, which: number): number {
  return noiseAt(seed, -which)
}

/** -1 … 1, highest in the device's own afternoon. */
function daily(seed: number, at: number): number {
  return Math.sin(dayPhase(seed, at))
}

function dayPhase(seed: number, at: number): number {
  return (at / DAY + 0.1 * trait(seed, 6) - 0.35) * TURN
}

/** -1 … 1 over hours and days, never the same twice. */
function drift(seed: number, at: number): number {
  const phase = trait(seed, 7) * TURN
  return (
    0.6 * Math.sin((at / (3.7 * DAY)) * TURN + phase) + 0.4 * Math.sin((at / (0.31 * DAY)) * TURN + 2 * phase)
  )
}

/** The noise of each of the device's sensors at a moment: -1 … 1. */
function sensor(seed: number, at: number): (which: number) => number {
  return (which) => jitterAt(seed + which, at)
}

function fraction(x: number): number {
  return x - Math.floor(x)
}

function round(value: number, digits: number): number {
  const factor = 10 ** digits
  return Math.round(value * factor) / factor
}
