import type { Aedes } from 'aedes'

/** What aedes keeps sessions in, as far as it is used here; its types leave it out. */
interface Persistence {
  cleanSubscriptions(client: { readonly id: string }): Promise<unknown>
  outgoingStream(client: { readonly id: string }): AsyncIterable<object>
  outgoingClearMessageId(client: { readonly id: string }, packet: object): Promise<object | undefined>
  outgoingEnqueueCombi(subscriptions: readonly QueueOf[], packet: object): Promise<void>
}

interface QueueOf {
  readonly clientId: string
}

/** Messages that wait for one client at most; what comes beyond is dropped, as with every broker. */
const QUEUE = 10_000
/** Sessions that one certificate may leave behind. */
const SESSIONS = 16

/** The sessions that outlive their connections: whose they are, how many, and how much waits in each. */
export class KeptSessions {
  readonly #persistence: Persistence
  readonly #byName = new Map<string, Set<string>>()
  readonly #waiting = new Map<string, number>()

  constructor(aedes: Aedes) {
    this.#persistence = (aedes as unknown as { readonly persistence: Persistence }).persistence
    this.#boundQueues()
  }

  /** Notes the session that a CONNECT asks for; false: this certificate has too many already. */
  note(name: string, id: string, clean: boolean): boolean {
    const sessions = this.#byName.get(name) ?? new Set()
    if (clean) sessions.delete(id)
    else if (sessions.size >= SESSIONS && !sessions.has(id)) return false
    else sessions.add(id)
    if (sessions.size > 0) this.#byName.set(name, sessions)
    else this.#byName.delete(name)
    return true
  }

  /** Forgets every session of a name: what was meant for a blocked device is not for whoever comes back as it. */
  async forget(name: string): Promise<void> {
    for (const id of this.#byName.get(name) ?? []) {
      await this.#persistence.cleanSubscriptions({ id })
      for await (const packet of this.#persistence.outgoingStream({ id })) {
        await this.#persistence.outgoingClearMessageId({ id }, packet)
      }
    }
    this.#byName.delete(name)
  }

  #boundQueues(): void {
    const persistence = this.#persistence
    const enqueue = persistence.outgoingEnqueueCombi.bind(persistence)
    const clear = persistence.outgoingClearMessageId.bind(persistence)
    persistence.outgoingEnqueueCombi = (queues, packet) =>
      enqueue(
        queues.filter(({ clientId }) => this.#take(clientId)),
        packet,
      )
    persistence.outgoingClearMessageId = async (client, packet) => {
      const cleared = await clear(client, packet)
      if (cleared !== undefined) this.#give(client.id)
      return cleared
    }
  }

  #take(id: string): boolean {
    const waiting = this.#waiting.get(id) ?? 0
    if (waiting >= QUEUE) return false
    this.#waiting.set(id, waiting + 1)
    return true
  }

  #give(id: string): void {
    const waiting = (this.#waiting.get(id) ?? 0) - 1
    if (waiting > 0) this.#waiting.set(id, waiting)
    else this.#waiting.delete(id)
  }
}
