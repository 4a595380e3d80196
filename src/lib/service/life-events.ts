import type { AuditRow, Registry } from '../registry/registry.ts'
import type { First, State } from '../registry/state.ts'
import { CHANGE_KINDS, type DeviceEvent, type EventStore } from '../telemetry/events.ts'
import { changeEvents } from './change-events.ts'

/** Rows of one step. */
const STEP = 500
/** Events of one request. */
const BATCH = 5000

export interface LifeEventsOptions {
  readonly registry: Pick<Registry, 'auditLog' | 'version'>
  readonly state: Pick<State, 'firsts' | 'removeFirsts'>
  readonly store: EventStore
}

/**
 * Brings what happened in the lives of devices into the store: what operators did, from the audit log, and what
 * devices did for the first time, from the state. Both are on the disk already, so nothing waits in memory, nothing is
 * lost while the store or this process is away, and no command has to know the store.
 */
export class LifeEvents {
  readonly #options: LifeEventsOptions
  #after: number | undefined
  #version: number | undefined

  constructor(options: LifeEventsOptions) {
    this.#options = options
  }

  /** Writes what is new; what fails comes again the next time. */
  async follow(): Promise<void> {
    await this.#changes()
    await this.#firsts()
  }

  async #changes(): Promise<void> {
    const { registry, store } = this.#options
    const version = await registry.version()
    if (version === this.#version) return
    this.#after ??= (await store.newest(CHANGE_KINDS)) ?? 0
    let rows: readonly AuditRow[]
    do {
      rows = await registry.auditLog({ after: this.#after, limit: STEP })
      await this.#write(rows.flatMap(changeEvents))
      this.#after = rows.at(-1)?.sequence ?? this.#after
    } while (rows.length === STEP)
    this.#version = version
  }

  /** A row of the log may be about every device of the fleet. */
  async #write(events: readonly DeviceEvent[]): Promise<void> {
    for (let start = 0; start < events.length; start += BATCH)
      await this.#options.store.write(events.slice(start, start + BATCH))
  }

  async #firsts(): Promise<void> {
    const { state, store } = this.#options
    for (;;) {
      const firsts = await state.firsts({ limit: STEP })
      const last = firsts.at(-1)
      if (last === undefined) return
      await store.write(firsts.map(firstEvent))
      await state.removeFirsts(last.sequence)
    }
  }
}

function firstEvent({ sequence, device, kind, at }: First): DeviceEvent {
  return { at: at * 1000, device, kind, seq: sequence, body: {} }
}
