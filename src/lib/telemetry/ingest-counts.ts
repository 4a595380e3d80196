import { CollapseCounter } from './collapsed.ts'
import type { IngestBatch } from './ingest-batch.ts'
import type { Measurements } from './measurements.ts'
import type { SpoolStats } from './spool/spool.ts'

/** What ingest did since it started. */
export interface IngestStats {
  /** Messages that came. */
  readonly messages: number
  /** Messages that are acknowledged. */
  readonly acknowledged: number
  /** Measurements in the store. */
  readonly stored: number
  /** Messages that became dead letters. */
  readonly deadLetters: number
  /** The same by reason. */
  readonly rejected: Readonly<Record<string, number>>
  /** Measurements that another of the same device, metric and time replaced within a batch. */
  readonly collapsed: number
  /** Values left out: arrays, and numbers beyond what a double holds. */
  readonly ignored: number
  /** Integers past 2^53, stored as the nearest double. */
  readonly rounded: number
  /** Age of the oldest message that is not yet acknowledged, in milliseconds. */
  readonly lag: number
  /** What keeps the store from taking anything, or undefined. */
  readonly storeFailing: string | undefined
  /** What is acknowledged and waits on the disk for the store; undefined: there is no spool. */
  readonly spool: SpoolStats | undefined
  /** Since when nothing is acknowledged, and why; undefined: what arrives is. */
  readonly holding: Holding | undefined
}

export interface Holding {
  /** Milliseconds since 1970. */
  readonly since: number
  readonly message: string
}

/** The part of the statistics that only grows. */
export class IngestCounts {
  messages = 0
  acknowledged = 0
  stored = 0
  deadLetters = 0
  collapsed = 0
  ignored = 0
  rounded = 0
  readonly rejected: Record<string, number> = {}
  readonly #collapses = new CollapseCounter()

  /** The messages of a batch are stored, spooled or dead letters: they are acknowledged. */
  addAcknowledged(batch: IngestBatch): void {
    this.acknowledged += batch.messages.length
    this.ignored += batch.ignored
    this.rounded += batch.rounded
    this.addLetters(batch)
  }

  /** The rows are in the store. */
  addStored(rows: Measurements): void {
    this.stored += rows.length
    this.collapsed += this.#collapses.count(rows)
  }

  addLetters(batch: IngestBatch): void {
    this.deadLetters += batch.letters.length
    for (const [reason, count] of batch.rejected) this.rejected[reason] = (this.rejected[reason] ?? 0) + count
  }
}
