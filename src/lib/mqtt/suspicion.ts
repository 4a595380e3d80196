/** What a broker had held back comes as soon as the connection stands, within so many milliseconds. */
const AT_ONCE = 1000

/**
 * A connection that was opened anew because nothing came (watchdog.ts): was its broker at fault, or was the fleet
 * just quiet? Only what the new connection brings tells. Until then there is nothing to say.
 */
export class Suspicion {
  #since: number | undefined
  #openedAt: number | undefined

  /** The connection is ended for it. @param since when the silence began */
  raise(since: number): void {
    this.#since = since
    this.#openedAt = undefined
  }

  /** The connection has ended for it, and there is no other yet. */
  get isOpening(): boolean {
    return this.#since !== undefined && this.#openedAt === undefined
  }

  opened(now: number): void {
    if (this.isOpening) this.#openedAt = now
  }

  /** There is something else to say of the connection. */
  drop(): void {
    this.#since = undefined
  }

  /** A message has come: for how many milliseconds the broker had held it back; undefined: it did not. */
  confirm(now: number): number | undefined {
    const [since, openedAt] = [this.#since, this.#openedAt]
    if (since === undefined || openedAt === undefined) return undefined
    this.drop()
    return now - openedAt <= AT_ONCE ? openedAt - since : undefined
  }
}
