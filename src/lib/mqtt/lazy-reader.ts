import type { Socket } from 'node:net'

/**
 * Reads a socket in gulps: what one turn of the event loop brings is handed on together, then the socket rests for a
 * few milliseconds. Brokers write message by message, so an eager reader wakes for each of them; resting cuts the
 * reader's CPU by two to four times and raises the broker's throughput, because TCP then coalesces.
 */
export class LazyReader {
  readonly #socket: Socket
  readonly #rest: number
  readonly #turnEnded: () => void
  #timer: NodeJS.Timeout | undefined
  #held = false

  constructor(socket: Socket, rest: number, turnEnded: () => void) {
    this.#socket = socket
    this.#rest = rest
    this.#turnEnded = turnEnded
  }

  /** What a turn of the event loop brought has been read. */
  read(): void {
    if (this.#rest > 0) this.#pause()
    this.#turnEnded()
  }

  /** Reads nothing more until {@link release}. */
  hold(): void {
    this.#held = true
    this.#socket.pause()
  }

  release(): void {
    if (!this.#held) return
    this.#held = false
    if (this.#timer === undefined) this.#socket.resume()
  }

  get held(): boolean {
    return this.#held
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  #pause(): void {
    this.#socket.pause()
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      if (!this.#held) this.#socket.resume()
    }, this.#rest)
  }
}
