import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '../base/clock.ts'
import { FlotillaError, messageOf } from '../base/errors.ts'
import type { BrokerEvent } from '../broker/broker.ts'
import type { Fleet } from '../fleet/fleet.ts'
import { openEvents } from '../fleet/open-telemetry.ts'
import type { State } from '../registry/state.ts'
import type { EventStore } from '../telemetry/events.ts'
import { ConnectionEvents } from './connection-events.ts'
import type { EmitEvent } from './events.ts'
import type { RoleState } from './heartbeat.ts'
import { LifeEvents } from './life-events.ts'

export interface RunningStoreRole extends AsyncDisposable {
  /** What the broker sees; costs nothing and waits for nothing. */
  take(event: BrokerEvent): void
  role(): RoleState
}

/** Pause between two rounds, in milliseconds. Each looks at the store, so that `status` knows of it without a message. */
const EVERY = 2000
/** Events of one request. */
const STEP = 2000
/** For what waits when the end comes, in milliseconds. */
const LAST = 2000

/**
 * Watches a store that runs elsewhere, and writes what is no telemetry: the events of devices. It stands beside
 * ingest, not before it: no message, acknowledgement or connection ever waits for it.
 * @returns undefined: the store is a part of this process, and keeps no events
 */
export async function startStoreRole(
  fleet: Pick<Fleet, 'config' | 'registry'>,
  { state, emit }: { readonly state: State; readonly emit: EmitEvent },
): Promise<RunningStoreRole | undefined> {
  const store = await openEvents(fleet)
  if (store === undefined) return undefined
  const registry = await fleet.registry()
  return new StoreRole(store, new LifeEvents({ registry, state, store }), {
    connections: new ConnectionEvents(() => fleet.registry()),
    emit,
  })
}

/** What it says of itself. */
export function storeRoles(store: RunningStoreRole | undefined): readonly RoleState[] {
  return store === undefined ? [] : [store.role()]
}

class StoreRole implements RunningStoreRole {
  readonly #store: EventStore
  readonly #life: LifeEvents
  readonly #connections: ConnectionEvents
  readonly #emit: EmitEvent
  readonly #closing = new AbortController()
  readonly #running: Promise<void>
  #failing: string | undefined
  #told = 0

  constructor(
    store: EventStore,
    life: LifeEvents,
    { connections, emit }: { readonly connections: ConnectionEvents; readonly emit: EmitEvent },
  ) {
    this.#store = store
    this.#life = life
    this.#connections = connections
    this.#emit = emit
    this.#running = this.#run()
  }

  take(event: BrokerEvent): void {
    if (!this.#closing.signal.aborted) this.#connections.take(event, systemClock.now())
  }

  role(): RoleState {
    return { role: 'store', lag: 0, failing: this.#failing, lost: this.#connections.queue.lost }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort()
    await Promise.race([this.#running, sleep(LAST, undefined, { ref: false })])
    const { size } = this.#connections.queue
    if (size > 0)
      this.#emit({ event: 'log', message: `The store did not take the last ${size} events of connections.` })
    await this.#store[Symbol.asyncDispose]()
  }

  /** Until the end, and once more then. */
  async #run(): Promise<void> {
    const { signal } = this.#closing
    for (;;) {
      await sleep(EVERY, undefined, { signal }).catch(() => {})
      const isLast = signal.aborted
      await this.#round()
      if (isLast) return
    }
  }

  async #round(): Promise<void> {
    try {
      await this.#store.check()
      await this.#life.follow()
      await this.#write()
      this.#failing = undefined
    } catch (error) {
      this.#failing = reasonOf(error)
    }
    this.#tellLost()
  }

  async #write(): Promise<void> {
    await this.#connections.lookUp()
    for (;;) {
      const events = this.#connections.queue.first(STEP)
      if (events.length === 0) return
      await this.#store.write(events)
      this.#connections.queue.remove(events.length)
    }
  }

  #tellLost(): void {
    const { count = 0 } = this.#connections.queue.lost ?? {}
    if (count === this.#told) return
    const more = count - this.#told
    this.#told = count
    this.#emit({
      event: 'log',
      message: `${more} events of connections are lost: too many wait for the store.`,
    })
  }
}

/** As sentences: what a server says ends as it likes. */
function reasonOf(error: unknown): string {
  const message = messageOf(error)
  const hint = error instanceof FlotillaError ? (error.hint ?? '') : ''
  return `${message}${message.endsWith('.') ? '' : '.'} ${hint}`.trim()
}
