import { clearTimeout, setTimeout } from 'node:timers'
import { type FlotillaError, InterruptedError, TimedOutError } from '../base/errors.ts'
import type { AgentState } from '../device/agent.ts'
import type { DiskQueues } from '../device/disk-queue.ts'
import type { FaultChoice } from '../device/faults.ts'
import type { Profile } from '../device/profiles.ts'
import type { SimulationStats } from '../device/simulate.ts'
import { addressText, type BrokerAddress } from '../mqtt/broker-address.ts'
import type { Fleet } from './fleet.ts'
import { refuseUnsent } from './refuse-unsent.ts'
import { type SimulationChoice, simulatedDevices } from './simulated-devices.ts'

export interface SimulateRequest extends SimulationChoice {
  readonly profile: Profile
  /** Messages a second of each device. */
  readonly rate: number
  readonly faults: readonly FaultChoice[]
  /** undefined: devices keep a hundred messages in memory. */
  readonly queue: QueueChoice | undefined
  /** Milliseconds; undefined: until the signal. */
  readonly lasting: number | undefined
  /** Milliseconds in which one device at least must have connected. */
  readonly within: number
  readonly signal: AbortSignal
  readonly emit: (event: SimulationEvent) => void
}

/** Where devices keep what is not acknowledged. */
export interface QueueChoice {
  readonly file: string
  /** Messages of each device. */
  readonly bound: number
  readonly keep: 'newest' | 'oldest'
}

/** What a simulation says while it runs. */
export type SimulationEvent =
  | {
      readonly event: 'started'
      readonly devices: number
      readonly broker: string
      readonly profile: Profile
    }
  | ({ readonly event: 'stats' } & SimulationCounts)
  /** Once for each device, until it has been let in. */
  | { readonly event: 'refused'; readonly device: string; readonly code: string; readonly message: string }
  /** Once for each reason, until a device is connected again. */
  | { readonly event: 'offline'; readonly device: string; readonly code: string; readonly message: string }
  /** The first one back. */
  | { readonly event: 'online'; readonly device: string }
  /** Whether the disk takes what devices keep. */
  | { readonly event: 'queue'; readonly state: 'ok' | 'failing'; readonly message?: string }
  | ({ readonly event: 'stopped' } & SimulationCounts)

export type SimulationCounts = Omit<SimulationStats, 'refused'> & {
  /** Devices that the broker turns away now. */
  readonly refused: number
}

/**
 * Runs devices of this fleet on the credentials that lie here, until the time is over or the signal.
 * @throws NotFoundError `CREDENTIAL_MISSING`, `DEVICE_UNKNOWN` · UsageError `DESCRIPTORS_FEW`
 * @throws PartialError `UNSENT` when the time was over before all was acknowledged
 * @throws the failure of the last attempt when no device was ever connected; InterruptedError before the time was over
 */
export async function simulateFleet(fleet: Fleet, request: SimulateRequest): Promise<SimulationCounts> {
  const { profile, rate, faults, lasting, within, signal, emit } = request
  const devices = await simulatedDevices(fleet, request)
  const broker = await fleet.address('devices')
  const { simulate } = await import('../device/simulate.ts')
  using queues = await openQueues(request)
  emit({ event: 'started', devices: devices.length, broker: addressText(broker), profile })

  const watch = new ConnectionWatch(emit)
  const end = new AbortController()
  const deadline = setTimeout(() => watch.isHopeless && end.abort(), within)
  const timer = lasting === undefined ? undefined : setTimeout(() => end.abort(), lasting)
  try {
    const stats = await simulate({
      devices,
      broker,
      fleet: fleet.name,
      profile,
      rate,
      faults,
      ...(queues && { queueOf: (device: string) => queues.of(device) }),
      signal: AbortSignal.any([signal, end.signal]),
      onStats: (now) => emit({ event: 'stats', ...countsOf(now) }),
      onState: (device, state) => watch.note(device, state),
    })
    const counts = countsOf(stats)
    emit({ event: 'stopped', ...counts })
    if (signal.aborted && lasting !== undefined) throw new InterruptedError()
    if (watch.isHopeless && !signal.aborted) throw watch.failure ?? nobodyConnected(within, broker)
    if (lasting !== undefined) refuseUnsent(counts, request.queue?.file)
    return counts
  } finally {
    clearTimeout(deadline)
    clearTimeout(timer)
  }
}

async function openQueues({ queue, emit }: SimulateRequest): Promise<DiskQueues | undefined> {
  if (queue === undefined) return undefined
  const { DiskQueues } = await import('../device/disk-queue.ts')
  const { file, ...bounds } = queue
  return new DiskQueues(file, { ...bounds, onState: (state) => emit({ event: 'queue', ...state }) })
}

/** Turns what ten thousand devices live through into the few lines that say something new. */
class ConnectionWatch {
  readonly #emit: SimulateRequest['emit']
  readonly #refused = new Set<string>()
  readonly #reasons = new Set<string>()
  #connected = false
  failure: FlotillaError | undefined

  constructor(emit: SimulateRequest['emit']) {
    this.#emit = emit
  }

  /** No device was ever connected. */
  get isHopeless(): boolean {
    return !this.#connected
  }

  note(device: string, event: AgentState): void {
    if (event.state === 'connecting') return
    if (event.state === 'online') {
      const wasRefused = this.#refused.delete(device)
      if (wasRefused || this.#reasons.size > 0) this.#emit({ event: 'online', device })
      this.#connected = true
      this.#reasons.clear()
      return
    }
    if (event.failure === undefined) return
    const { code, message } = event.failure
    this.failure = event.failure
    const said = event.state === 'refused' ? this.#refused : this.#reasons
    const what = event.state === 'refused' ? device : code
    if (said.has(what)) return
    said.add(what)
    this.#emit({ event: event.state, device, code, message })
  }
}

function countsOf({ refused, ...counts }: SimulationStats): SimulationCounts {
  return { ...counts, refused: refused.size }
}

function nobodyConnected(within: number, { start }: BrokerAddress): FlotillaError {
  return new TimedOutError('NOBODY_CONNECTED', `No device could connect within ${within / 1000} s.`, {
    ...(start && { hint: start }),
  })
}
