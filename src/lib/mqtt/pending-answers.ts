import { clearTimeout, setTimeout } from 'node:timers'
import { type FlotillaError, TimedOutError } from '../base/errors.ts'
import { PacketIds } from './packet-ids.ts'

interface Pending {
  readonly resolve: (codes: readonly number[]) => void
  readonly reject: (failure: FlotillaError) => void
  readonly timer: NodeJS.Timeout
}

/** Packets that wait for the broker's answer (PUBACK, SUBACK), by packet id, each with a deadline. */
export class PendingAnswers {
  readonly #pending = new Map<number, Pending>()
  readonly #ids = new PacketIds()

  /**
   * Sends with a free packet id and resolves with the codes of the answer.
   * @throws TimedOutError `BROKER_SILENT` after `within` milliseconds
   */
  ask(what: string, within: number, send: (packetId: number) => void): Promise<readonly number[]> {
    const id = this.#ids.next((candidate) => this.#pending.has(candidate))
    const { promise, resolve, reject } = Promise.withResolvers<readonly number[]>()
    const timer = setTimeout(() => this.#take(id)?.reject(unanswered(what, within)), within)
    this.#pending.set(id, { resolve, reject, timer })
    send(id)
    return promise
  }

  answer(packetId: number, codes: readonly number[]): void {
    this.#take(packetId)?.resolve(codes)
  }

  failAll(failure: FlotillaError): void {
    for (const id of this.#pending.keys()) this.#take(id)?.reject(failure)
  }

  #take(id: number): Pending | undefined {
    const pending = this.#pending.get(id)
    clearTimeout(pending?.timer)
    this.#pending.delete(id)
    return pending
  }
}

function unanswered(what: string, within: number): FlotillaError {
  const message = `The broker did not answer ${what} within ${Math.round(within / 100) / 10} s.`
  return new TimedOutError('BROKER_SILENT', message, {
    layer: 'mqtt',
    hint: 'Allow more time with --within.',
  })
}
