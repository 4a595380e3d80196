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
import { WaitingEvents } from './waiting-events.ts'

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
  fleet: Pick<Fleet, 'config' | 'registry' | 'directory'>,
  { state, emit }: { readonly state: State; readonly emit: EmitEvent },
): Promise<RunningStoreRole | undefined> {
  const store = await openEvents(fleet)
  if (store === undefined) return undefined
  const registry = await fleet.registry()
  const connections = new ConnectionEvents(() => fleet.registry())
  const waiting = new WaitingEvents(fleet.directory.waitingEvents)
  const restored = await restore(waiting, connections, emit)
  const life = new LifeEvents({ registry, state, store })
  return new StoreRole(store, life, { connections, waiting, restored, emit })
}

/** @returns how many were left; a file that cannot be read holds nothing up */
async function restore(
  waiting: WaitingEvents,
  { queue }: ConnectionEvents,
  emit: EmitEvent,
): Promise<number> {
  try {
    const { events, damaged } = await waiting.read()
    queue.restore(events)
    if (damaged > 0)
      emit({ event: 'log', message: `${damaged} lines of ${waiting.file} are no events: left out.` })
    return events.length
  } catch (error) {
    emit({ event: 'log', message: `Events that waited cannot be read: ${messageOf(error)}` })
    return 0
  }
}

/** What it says of itself. */
export function storeRoles(store: RunningStoreRole | undefined): readonly RoleState[] {
  return store === undefined ? [] : [store.role()]
}

interface StoreRoleOptions {
  readonly connections: ConnectionEvents
  readonly waiting: WaitingEvents
  /** How many events stand on the disk. */
  readonly restored: number
  readonly emit: EmitEvent
}

class StoreRole implements RunningStoreRole {
  readonly #store: EventStore
  readonly #life: LifeEvents
  readonly #connections: ConnectionEvents
  readonly #waiting: WaitingEvents
  readonly #emit: EmitEvent
  readonly #closing = new AbortController()
  readonly #running: Promise<void>
  #failing: string | undefined
  #told = 0
  /** Of those that wait the first ones, which stand on the disk. */
  #onDisk: number

  constructor(store: EventStore, life: LifeEvents, options: StoreRoleOptions) {
    const { connections, waiting, restored, emit } = options
    this.#store = store
    this.#life = life
    this.#connections = connections
    this.#waiting = waiting
    this.#onDisk = restored
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
    await this.#leave()
    await this.#store[Symbol.asyncDispose]()
  }

  /** What the store did not take goes to the disk; a request that is still under way may store it twice as one row. */
  async #leave(): Promise<void> {
    try {
      await this.#connections.lookUp()
      const events = this.#connections.queue.all()
      if (events.length > 0) await this.#waiting.save(events)
      else if (this.#onDisk > 0) await this.#waiting.clear()
    } catch (error) {
      const { size } = this.#connections.queue
      const message = `The last ${size} events of connections are lost, ${this.#waiting.file} cannot be written: ${messageOf(error)}`
      this.#emit({ event: 'log', message })
    }
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
      await this.#forget(events.length)
    }
  }

  /** What stands on the disk goes when the last of it is in the store, not before: until then this process may be killed. */
  async #forget(stored: number): Promise<void> {
    if (this.#onDisk === 0 || this.#closing.signal.aborted) return
    this.#onDisk = Math.max(0, this.#onDisk - stored)
    if (this.#onDisk === 0) await this.#waiting.clear()
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
