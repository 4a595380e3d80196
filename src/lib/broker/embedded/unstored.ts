import { clearImmediate, setImmediate } from 'node:timers'
import { encodePubacks, Receipts } from '../../mqtt/receipts.ts'

export interface UnstoredOptions {
  /** Bytes of PUBACK packets for the device. */
  readonly write: (bytes: Buffer) => void
  /** Called when so much waits that no more is to be read, and again when there is room. */
  readonly onFull: (full: boolean) => void
  /** A message could not be stored: only a new connection makes its device send it again. */
  readonly onFailure: () => void
}

/** Of one connection: enough for 20 000 messages a second with a store that commits every 100 ms. */
const MESSAGES = 2000
const BYTES = 256 * 1024

/**
 * The telemetry of one connection between PUBLISH and the store. A message is acknowledged when it is stored, in the
 * order of arrival (MQTT-4.6.0-2), many in one write; everything else on the connection (PING, commands) goes on.
 */
export class Unstored {
  readonly #options: UnstoredOptions
  readonly #receipts = new Receipts()
  readonly #idle = new Set<() => void>()
  #messages = 0
  #bytes = 0
  #full = false
  #writing: NodeJS.Immediate | undefined

  constructor(options: UnstoredOptions) {
    this.#options = options
  }

  /**
   * @param packetId 0 for QoS 0
   * @param stored settles with the store; rejected: the message is never acknowledged
   */
  async add(packetId: number, bytes: number, stored: Promise<void>): Promise<void> {
    const receipt = this.#receipts.add(packetId)
    this.#count(1, bytes)
    try {
      await stored
      if (receipt === undefined) return
      this.#receipts.finish(receipt)
      this.#writing ??= setImmediate(() => this.#acknowledge())
    } catch {
      this.#options.onFailure()
    } finally {
      this.#count(-1, -bytes)
    }
  }

  /** Resolves when nothing waits for the store and what is stored is acknowledged. */
  async idle(): Promise<void> {
    if (this.#messages > 0) await new Promise<void>((resolve) => this.#idle.add(resolve))
    this.#acknowledge()
  }

  #acknowledge(): void {
    clearImmediate(this.#writing)
    this.#writing = undefined
    const ids = this.#receipts.take()
    if (ids.length > 0) this.#options.write(encodePubacks(ids))
  }

  #count(messages: number, bytes: number): void {
    this.#messages += messages
    this.#bytes += bytes
    const full = this.#messages >= MESSAGES || this.#bytes >= BYTES
    if (full !== this.#full) this.#options.onFull((this.#full = full))
    if (this.#messages > 0) return
    for (const resolve of this.#idle) resolve()
    this.#idle.clear()
  }
}
