import type { DeviceAgent, Reading } from './agent.ts'
import { breaks, type Fault, faultyTurn, type Report } from './faults.ts'

/** A device that has something wrong with it, between its sensors and its agent. */
export class FaultyDevice {
  readonly #agent: DeviceAgent
  readonly #faults: ReadonlySet<Fault>
  #turn = 0
  #frozen: Reading | undefined
  #lookedAt: number | undefined

  constructor(agent: DeviceAgent, faults: ReadonlySet<Fault>) {
    this.#agent = agent
    this.#faults = faults
  }

  /** Sends what is left of a healthy report. */
  report(healthy: Report): void {
    const { reports, frozen } = faultyTurn(this.#agent.id, this.#faults, this.#turn++, healthy, this.#frozen)
    this.#frozen = frozen
    for (const { reading, at } of reports) this.#agent.report(reading, at)
  }

  /** Cuts the link when it is time. @param now milliseconds since 1970 */
  flap(now: number): void {
    if (!this.#faults.has('flap')) return
    const before = this.#lookedAt ?? now
    this.#lookedAt = now
    if (breaks(this.#agent.id, before, now)) this.#agent.cut()
  }
}
