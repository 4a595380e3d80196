/** A named piece of work over many devices: killed and typed again, it goes on where it stopped. */
export interface BatchSummary {
  /** Unique without regard to case. */
  readonly name: string
  /** What is done to each row: `device.provision`. */
  readonly action: string
  /** CN of the operator who began it. */
  readonly actor: string
  /** Milliseconds since 1970. */
  readonly startedAt: number
  /** When a run last came to its end; undefined: it is at work, or was stopped. */
  readonly finishedAt: number | undefined
  readonly rows: number
  /** SHA-256 over the fingerprints of the rows, lower-case hex: the same input has the same. */
  readonly digest: string
  /** Rows that this batch has done, over all its runs. */
  readonly done: number
  /** Rows that failed in the run that ended last, by code. */
  readonly failed: Readonly<Record<string, number>>
}

export interface Batch extends BatchSummary {
  /** Eight bytes a row, in ascending order: what a changed input differs from. */
  readonly fingerprints: Uint8Array
}

export type NewBatch = Pick<Batch, 'name' | 'action' | 'actor' | 'rows' | 'digest' | 'fingerprints'>
