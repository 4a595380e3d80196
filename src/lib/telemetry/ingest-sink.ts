/** Where ingest leaves what is no measurement. The registry's state fits; telemetry does not know it. */
export interface IngestSink {
  /**
   * Keeps messages that could not be stored; resolves when they survive `kill -9`.
   * @param again they may have been added before: those that are kept already are not kept twice
   */
  addDeadLetters(letters: readonly IngestDeadLetter[], options?: { readonly again: boolean }): Promise<void>
  /** Notes when devices were heard; the same note again must change nothing. */
  noteSeen(seen: readonly IngestSeen[]): Promise<void>
}

export interface IngestDeadLetter {
  readonly topic: string
  readonly payload: Uint8Array
  readonly reason: string
  readonly detail: string
  readonly device: string | undefined
  /** Arrival, milliseconds since 1970. */
  readonly at: number
}

export interface IngestSeen {
  readonly device: string
  /** Milliseconds since 1970. */
  readonly at: number
  readonly messages: number
}
