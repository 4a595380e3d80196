import { clearInterval, setInterval } from 'node:timers'
import { aborted } from '../base/aborted.ts'
import { type Clock, systemClock } from '../base/clock.ts'
import type { RefusedError } from '../base/errors.ts'
import type { Backoff } from '../base/retry.ts'
import type { BrokerAddress, ClientCredential, ProtocolLevel } from '../mqtt/broker-address.ts'
import { type AgentState, DeviceAgent } from './agent.ts'
import { type FaultChoice, faultsOf } from './faults.ts'
import { FaultyDevice } from './faulty-device.ts'
import { MemoryQueue, type OutgoingQueue } from './outgoing-queue.ts'
import { Pace } from './pace.ts'
import { type Profile, readingOf } from './profiles.ts'
import { Turnstile } from './turnstile.ts'

export interface SimulatedDevice {
  readonly id: string
  readonly credential: ClientCredential
}

export interface SimulateOptions {
  readonly devices: readonly SimulatedDevice[]
  readonly broker: BrokerAddress
  readonly fleet: string
  readonly profile: Profile
  /** Messages a second of each device; 0.1: one in ten seconds. */
  readonly rate: number
  /** Ends the simulation in good order. */
  readonly signal: AbortSignal
  readonly protocol?: ProtocolLevel
  /** How many connect at the same time; default 100. */
  readonly connecting?: number
  /** Where a device keeps its messages while it is offline; default: the newest 100 in memory. */
  readonly queueOf?: (device: string) => OutgoingQueue
  /** What is wrong with some of them. */
  readonly faults?: readonly FaultChoice[]
  readonly backoff?: Backoff
  readonly clock?: Clock
  /** Called once a second, and at the end. */
  readonly onStats?: (stats: SimulationStats) => void
  readonly onState?: (device: string, event: AgentState) => void
}

export interface SimulationStats {
  readonly devices: number
  readonly connected: number
  readonly published: number
  readonly acknowledged: number
  readonly denied: number
  readonly dropped: number
  /** Kept by their devices until they are acknowledged. */
  readonly waiting: number
  readonly reconnects: number
  /** Devices that the broker refuses now, and why. */
  readonly refused: ReadonlyMap<string, RefusedError>
}

/** Milliseconds between two looks at whose turn it is. */
const TICK = 20
const REPORT_EVERY = 1000

/**
 * Runs reference devices in this process until the signal, each with its own certificate; answers what they did.
 * A device begins to report once it has been online, and keeps its messages while it is offline afterwards.
 */
export async function simulate(options: SimulateOptions): Promise<SimulationStats> {
  const simulation = new Simulation(options)
  if (!options.signal.aborted) simulation.start()
  await aborted(options.signal)
  return simulation.stop()
}

class Simulation {
  readonly #options: SimulateOptions
  readonly #clock: Clock
  readonly #agents: readonly DeviceAgent[]
  readonly #moments = new Map<string, number>()
  readonly #seen = new Set<string>()
  readonly #refused = new Map<string, RefusedError>()
  readonly #faulty: ReadonlyMap<string, FaultyDevice>
  #timers: NodeJS.Timeout[] = []

  constructor(options: SimulateOptions) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
    const gate = new Turnstile(options.connecting ?? 100)
    this.#agents = options.devices.map((device) => this.#agent(device, gate))
    this.#faulty = this.#faultyDevices(options.faults ?? [])
  }

  start(): void {
    const pace = new Pace(this.#agents.length, this.#options.rate, performance.now())
    for (const agent of this.#agents) agent.start()
    this.#timers = [setInterval(() => this.#tick(pace), TICK), setInterval(() => this.#tell(), REPORT_EVERY)]
  }

  async stop(): Promise<SimulationStats> {
    for (const timer of this.#timers) clearInterval(timer)
    await Promise.all(this.#agents.map((agent) => agent.close()))
    return this.#tell()
  }

  #agent({ id, credential }: SimulatedDevice, gate: Turnstile): DeviceAgent {
    const { broker, fleet, protocol = 4, queueOf, backoff } = this.#options
    return new DeviceAgent({
      id,
      fleet,
      broker,
      credential,
      protocol,
      gate,
      queue: queueOf?.(id) ?? new MemoryQueue(100),
      onState: (event) => this.#note(id, event),
      ...(backoff && { backoff }),
    })
  }

  #tick(pace: Pace): void {
    for (const index of pace.due(performance.now())) {
      const agent = this.#agents[index]!
      if (!this.#seen.has(agent.id)) continue
      const at = this.#momentOf(agent.id)
      const reading = readingOf(this.#options.profile, agent.id, at)
      const faulty = this.#faulty.get(agent.id)
      if (faulty === undefined) agent.report(reading, at)
      else faulty.report({ reading, at })
    }
    for (const faulty of this.#faulty.values()) faulty.flap(this.#clock.now())
  }

  /** One of its own for each message: two of one moment would be one row. */
  #momentOf(id: string): number {
    const at = Math.max(this.#clock.now(), (this.#moments.get(id) ?? 0) + 1)
    this.#moments.set(id, at)
    return at
  }

  #faultyDevices(choices: readonly FaultChoice[]): ReadonlyMap<string, FaultyDevice> {
    const agents = new Map(this.#agents.map((agent) => [agent.id, agent]))
    const faults = faultsOf([...agents.keys()], choices)
    return new Map(Array.from(faults, ([id, own]) => [id, new FaultyDevice(agents.get(id)!, own)]))
  }

  #note(id: string, event: AgentState): void {
    if (event.state === 'online') this.#seen.add(id)
    if (event.state === 'refused') this.#refused.set(id, event.failure)
    if (event.state === 'online') this.#refused.delete(id)
    this.#options.onState?.(id, event)
  }

  #tell(): SimulationStats {
    const stats = this.#stats()
    this.#options.onStats?.(stats)
    return stats
  }

  #stats(): SimulationStats {
    const sums = {
      connected: 0,
      published: 0,
      acknowledged: 0,
      denied: 0,
      dropped: 0,
      waiting: 0,
      reconnects: 0,
    }
    for (const { stats } of this.#agents) {
      if (stats.online) sums.connected++
      sums.published += stats.published
      sums.acknowledged += stats.acknowledged
      sums.denied += stats.denied
      sums.dropped += stats.dropped
      sums.waiting += stats.waiting
      sums.reconnects += stats.reconnects
    }
    return { devices: this.#agents.length, ...sums, refused: new Map(this.#refused) }
  }
}
