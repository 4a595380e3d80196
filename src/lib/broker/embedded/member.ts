import type { TLSSocket } from 'node:tls'
import type { Client } from 'aedes'
import type { Rule } from '../../mqtt/rules.ts'
import type { OnceEach } from './once-each.ts'
import type { Peer } from './peer.ts'
import type { ReadingGate } from './reading-gate.ts'
import type { Unstored } from './unstored.ts'

/** One admitted connection, from the handshake to its end. */
export interface Member {
  readonly peer: Peer
  readonly rules: readonly Rule[]
  readonly client: Client
  readonly socket: TLSSocket
  readonly gate: ReadingGate
  readonly unstored: Unstored
  readonly deliveries: OnceEach
  /** Kinds of topics whose refusal has been told. */
  readonly told: Set<string>
}

/** Connections of one certificate: programs hold a few, an operator a window or two more. */
const MOST = { device: 16, staff: 256 } as const

/** Everybody who is in. */
export class Members {
  /** Of ended connections too: their will and their end are still to be told. */
  readonly #byClient = new WeakMap<Client, Member>()
  readonly #present = new Set<Member>()
  readonly #counts = new Map<string, number>()

  add(member: Member): void {
    this.#byClient.set(member.client, member)
    this.#present.add(member)
    this.#count(member.peer.name, 1)
    member.socket.once('close', () => {
      if (this.#present.delete(member)) this.#count(member.peer.name, -1)
    })
  }

  of(client: Client | null): Member | undefined {
    return client === null ? undefined : this.#byClient.get(client)
  }

  /** Whether one more connection of this certificate is let in. */
  hasRoom({ kind, name }: Peer): boolean {
    return (this.#counts.get(name) ?? 0) < MOST[kind]
  }

  all(): readonly Member[] {
    return [...this.#present]
  }

  /** Devices that have said CONNECT and were accepted. */
  get devices(): number {
    let count = 0
    for (const member of this.#present) if (member.peer.kind === 'device' && isConnected(member)) count++
    return count
  }

  #count(name: string, step: number): void {
    const count = (this.#counts.get(name) ?? 0) + step
    if (count === 0) this.#counts.delete(name)
    else this.#counts.set(name, count)
  }
}

/** Whether its CONNECT was accepted: aedes gives it an id then, and calls it connected only later. */
export function isConnected({ client }: Member): boolean {
  return client.id !== null
}

/** Whether the client has sent DISCONNECT: aedes keeps it for the will, and has no name for it. */
export function saidGoodbye(client: Client): boolean {
  return (client as unknown as { readonly _disconnected?: boolean })._disconnected === true
}

/** Ends the connection; resolves when the broker has let go of it. */
export function endMember({ client }: Member): Promise<void> {
  return new Promise((resolve) => client.close(resolve))
}
