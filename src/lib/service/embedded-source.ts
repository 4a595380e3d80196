import type { IncomingMessage, TelemetrySource } from '../telemetry/source.ts'

/**
 * Telemetry from the broker in this process. The broker withholds a device's PUBACK until the promise of `offer`
 * settles, so a message is acknowledged only once it is stored; the broker bounds what waits per connection.
 */
export class EmbeddedSource implements TelemetrySource {
  #receive: ((messages: readonly IncomingMessage[]) => void) | undefined

  async start(receive: (messages: readonly IncomingMessage[]) => void): Promise<void> {
    this.#receive = receive
  }

  /** One message from the broker's hook; resolves when ingest has acknowledged it. */
  offer(message: Omit<IncomingMessage, 'acknowledge'>): Promise<void> {
    const receive = this.#receive
    if (receive === undefined)
      return Promise.reject(new Error('Nothing ingests: the message stays with its device.'))
    return new Promise((resolve) => receive([{ ...message, acknowledge: resolve }]))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#receive = undefined
  }
}
