import { closeSync, mkdirSync, openSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { messageOf, UnreachableError } from '../base/errors.ts'
import { PRIVATE_FILE, PRIVATE_FOLDER } from '../base/files.ts'
import type { Outgoing, OutgoingQueue } from './outgoing-queue.ts'

export interface DiskQueueOptions {
  /** Messages of each device that wait at most. */
  readonly bound: number
  /** What stays when there are more: the end of a long outage, or its beginning. */
  readonly keep: 'newest' | 'oldest'
  /** Told when the disk stops taking messages, and when it takes them again. */
  readonly onState?: (state: DiskState) => void
}

export type DiskState = { readonly state: 'ok' } | { readonly state: 'failing'; readonly message: string }

/** Messages of each device that are held in memory while the disk takes none. */
const SPARE = 100

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS outgoing (
    device TEXT NOT NULL,
    id INTEGER NOT NULL,
    topic TEXT NOT NULL,
    payload TEXT NOT NULL,
    PRIMARY KEY (device, id)
  ) STRICT, WITHOUT ROWID`

/**
 * What devices have not yet got acknowledged, in one SQLite file for all devices of a process. A message that was added
 * survives `kill -9`; of power loss, the messages of the last moments may go with it, and never the file. What was in
 * flight when the process died is sent again: at least once.
 */
export class DiskQueues implements Disposable {
  readonly #database: DatabaseSync
  readonly #options: DiskQueueOptions
  readonly #queues: DiskQueue[] = []
  readonly #disk: Disk
  #failing = false

  /** @throws UnreachableError `QUEUE_FILE` */
  constructor(file: string, options: DiskQueueOptions) {
    this.#options = options
    this.#database = openQueueFile(file)
    this.#disk = { ...statementsOf(this.#database), attempt: (step) => this.#attempt(step) }
  }

  /** The queue of one device, with what an earlier process left in it. */
  of(device: string): OutgoingQueue {
    const queue = new DiskQueue(device, this.#disk, this.#options)
    this.#queues.push(queue)
    return queue
  }

  [Symbol.dispose](): void {
    for (const queue of this.#queues) queue.flush()
    this.#database.close()
  }

  /** A disk that is full or broken is no reason to stop measuring: what it refuses stays in memory. */
  #attempt<T>(step: () => T): T | undefined {
    try {
      const result = step()
      if (this.#failing) this.#options.onState?.({ state: 'ok' })
      this.#failing = false
      return result
    } catch (error) {
      if (!this.#failing) this.#options.onState?.({ state: 'failing', message: messageOf(error) })
      this.#failing = true
      return undefined
    }
  }
}

interface Disk {
  readonly insert: StatementSync
  readonly remove: StatementSync
  readonly next: StatementSync
  readonly extent: StatementSync
  /** Does a step on the disk; undefined when the disk refuses. */
  attempt<T>(step: () => T): T | undefined
}

class DiskQueue implements OutgoingQueue {
  readonly #device: string
  readonly #disk: Disk
  readonly #bound: number
  readonly #keep: DiskQueueOptions['keep']
  /** On the disk, and not in flight. */
  #stored: number
  /** The last message from the disk that is in flight, settled or dropped. */
  #taken = 0
  #lastId: number
  #spare: Outgoing[] = []
  /** Messages that are in flight, by their number on the disk; undefined: it is not there. */
  readonly #inFlight = new Map<Outgoing, number | undefined>()
  /** Numbers that are done with and that the disk would not let go of. */
  #leftovers: number[] = []

  constructor(device: string, disk: Disk, { bound, keep }: DiskQueueOptions) {
    this.#device = device
    this.#disk = disk
    this.#bound = bound
    this.#keep = keep
    const { count, last } = disk.extent.get(device) as { count: number; last: number | null }
    this.#stored = count
    this.#lastId = last ?? 0
  }

  add(message: Outgoing): boolean {
    const isFull = this.#stored + this.#spare.length >= this.#bound
    if (isFull && this.#keep === 'oldest') return false
    if (isFull) this.#dropOldest()
    this.#spare.push(message)
    this.flush()
    const isLost = this.#spare.length > SPARE
    if (isLost && this.#keep === 'oldest') this.#spare.pop()
    else if (isLost) this.#spare.shift()
    return !isFull && !isLost
  }

  take(): Outgoing | undefined {
    const row = this.#stored === 0 ? undefined : this.#next()
    if (row !== undefined) {
      const { id, topic, payload } = row
      const message = { topic, payload }
      this.#leave(id)
      this.#inFlight.set(message, id)
      return message
    }
    // What the disk refused is younger than all that it took.
    const spare = this.#stored === 0 ? this.#spare.shift() : undefined
    if (spare !== undefined) this.#inFlight.set(spare, undefined)
    return spare
  }

  settle(message: Outgoing): void {
    const id = this.#inFlight.get(message)
    this.#inFlight.delete(message)
    if (id !== undefined) this.#remove(id)
  }

  get size(): number {
    return this.#stored + this.#spare.length + this.#inFlight.size
  }

  /** Brings to the disk what it refused before, in order, as far as it takes it. */
  flush(): void {
    while (this.#spare.length > 0) {
      const { topic, payload } = this.#spare[0]!
      const id = this.#lastId + 1
      if (this.#disk.attempt(() => this.#disk.insert.run(this.#device, id, topic, payload)) === undefined)
        return
      this.#lastId = id
      this.#stored++
      this.#spare.shift()
    }
  }

  #dropOldest(): void {
    const row = this.#stored === 0 ? undefined : this.#next()
    if (row === undefined) this.#spare.shift()
    else {
      this.#leave(row.id)
      this.#remove(row.id)
    }
  }

  #next(): (Outgoing & { readonly id: number }) | undefined {
    return this.#disk.attempt(() => this.#disk.next.get(this.#device, this.#taken)) as
      | (Outgoing & { readonly id: number })
      | undefined
  }

  #leave(id: number): void {
    this.#taken = id
    this.#stored--
  }

  /** To delete needs room, too. What cannot be deleted is sent again by the next process, or deleted before. */
  #remove(id: number): void {
    this.#leftovers.push(id)
    while (this.#leftovers.length > 0) {
      const first = this.#leftovers[0]!
      if (this.#disk.attempt(() => this.#disk.remove.run(this.#device, first)) === undefined) return
      this.#leftovers.shift()
    }
  }
}

function statementsOf(database: DatabaseSync): Omit<Disk, 'attempt'> {
  return {
    insert: database.prepare('INSERT INTO outgoing (device, id, topic, payload) VALUES (?, ?, ?, ?)'),
    remove: database.prepare('DELETE FROM outgoing WHERE device = ? AND id = ?'),
    next: database.prepare(
      'SELECT id, topic, payload FROM outgoing WHERE device = ? AND id > ? ORDER BY id LIMIT 1',
    ),
    extent: database.prepare('SELECT count(*) AS count, max(id) AS last FROM outgoing WHERE device = ?'),
  }
}

function openQueueFile(file: string): DatabaseSync {
  try {
    mkdirSync(path.dirname(path.resolve(file)), { recursive: true, mode: PRIVATE_FOLDER })
    // Telemetry lies in it, and the logs beside it get its mode.
    closeSync(openSync(file, 'a', PRIVATE_FILE))
    const database = new DatabaseSync(file, { timeout: 1000 })
    try {
      database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; ${SCHEMA}`)
      return database
    } catch (error) {
      database.close()
      throw error
    }
  } catch (error) {
    throw new UnreachableError('QUEUE_FILE', `The queue cannot be kept in ${file}: ${messageOf(error)}.`, {
      hint: 'Name a file in a folder that can be written, on a local disk.',
      layer: 'file',
      cause: error,
    })
  }
}
