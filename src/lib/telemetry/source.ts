/**
 * Where telemetry comes from: the embedded broker's hook, or a durable consumer on any other broker. A message is
 * acknowledged to its device only after `acknowledge`, which ingest calls once the store has it.
 */
export interface TelemetrySource extends AsyncDisposable {
  /**
   * Starts delivery. `receive` must return at once; it may be called with one message or with many. The source itself
   * bounds what is unacknowledged and stops reading at its bound.
   */
  start(receive: (messages: readonly IncomingMessage[]) => void): Promise<void>
}

export interface IncomingMessage {
  readonly topic: string
  readonly payload: Uint8Array
  /** Arrival, milliseconds since 1970. */
  readonly arrivedAt: number
  /** Stored: tell the device (MQTT PUBACK). Does nothing for QoS 0, and nothing when the connection is another by now. */
  acknowledge(): void
}
