import { clearTimeout, setTimeout } from 'node:timers'
import { messageOf } from '../base/errors.ts'
import type { Admission, ServedBroker } from '../broker/broker.ts'
import { trustStamp } from '../fleet/broker-trust.ts'
import type { Fleet } from '../fleet/fleet.ts'
import { readAdmission } from '../fleet/reload-broker.ts'
import type { EmitEvent } from './events.ts'

export interface Applied {
  readonly barred: number
  readonly evicted: readonly string[]
}

/** How often the registry is asked whether it has changed, in milliseconds: a fraction of the five seconds promised. */
const EVERY = 1000
/** Longer than a command takes from its change to its question, in milliseconds. */
const JUST_NOW = 5000

/**
 * Keeps the broker's admission what registry and directory say: at once when somebody asks, and within a second when
 * another process has changed the registry and could not ask. Applications run one after the other.
 */
export class AdmissionWatch implements AsyncDisposable {
  readonly #fleet: Fleet
  readonly #broker: ServedBroker
  readonly #emit: EmitEvent
  #last: string
  #stamp: string | undefined
  #timer: NodeJS.Timeout | undefined
  #applying: Promise<unknown> = Promise.resolve()
  #stopped = false
  #evictedByLook: readonly { readonly ids: readonly string[]; readonly at: number }[] = []

  /** @param applied what the broker has started with */
  constructor(fleet: Fleet, broker: ServedBroker, applied: Admission, emit: EmitEvent) {
    this.#fleet = fleet
    this.#broker = broker
    this.#emit = emit
    this.#last = fingerprint(applied)
    this.#schedule()
  }

  /**
   * Applies what is true now, changed or not. Who asks has just changed it, and the look may have come first: the
   * sessions that it ended a moment ago are told to whoever asks then.
   */
  async apply(): Promise<Applied> {
    const { barred, evicted } = await this.#inTurn()
    const since = performance.now() - JUST_NOW
    const before = this.#evictedByLook.filter(({ at }) => at >= since).flatMap(({ ids }) => ids)
    this.#evictedByLook = []
    return { barred, evicted: [...before, ...evicted] }
  }

  #inTurn(): Promise<Applied> {
    const applying = this.#applying.then(() => this.#apply())
    this.#applying = applying.catch(() => {})
    return applying
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    await this.#applying
  }

  async #apply(): Promise<Applied> {
    const admission = await readAdmission(this.#fleet)
    const evicted = await this.#broker.apply(admission)
    this.#last = fingerprint(admission)
    this.#emit({ event: 'reloaded', barred: admission.barred.length, evicted })
    return { barred: admission.barred.length, evicted }
  }

  #schedule(): void {
    if (!this.#stopped) this.#timer = setTimeout(() => void this.#look(), EVERY)
  }

  async #look(): Promise<void> {
    try {
      const registry = await this.#fleet.registry()
      const stamp = `${await registry.version()} ${await trustStamp(this.#fleet.directory)}`
      if (stamp !== this.#stamp) {
        const changed = fingerprint(await readAdmission(this.#fleet)) !== this.#last
        if (changed) {
          const { evicted } = await this.#inTurn()
          this.#evictedByLook = [{ ids: evicted, at: performance.now() }]
        }
        this.#stamp = stamp
      }
    } catch (error) {
      this.#emit({ event: 'log', message: `Who may come in could not be read: ${messageOf(error)}` })
    }
    this.#schedule()
  }
}

function fingerprint({ trust, barred, operators, revoked }: Admission): string {
  return JSON.stringify([barred, operators, revoked, trust.devices, trust.staff, trust.server.chain])
}
