import { clearTimeout, setTimeout } from 'node:timers'
import type { TLSSocket } from 'node:tls'
import type { BrokerAddress, ClientCredential } from './broker-address.ts'
import { connectionFailure, connectionTimedOut } from './connection-failure.ts'
import { dial } from './dial.ts'
import { ownValidity } from './own-validity.ts'

/** How long a refusal may still come after the client believes the handshake done, in milliseconds, at least. */
const LATE = 300
/** How long the broker has to close too, in milliseconds. */
const GOODBYE = 500

export interface HandshakeOptions {
  readonly broker: BrokerAddress
  readonly credential: ClientCredential
  /** Milliseconds. */
  readonly within: number
  readonly signal?: AbortSignal | undefined
}

/**
 * Tries a credential on a broker by a TLS handshake and nothing else: no CONNECT, so nobody is kicked and the broker
 * notes no first connection. Under TLS 1.3 the broker judges the client's certificate when the client believes the
 * handshake done (RFC 8446 §4.4.2), so it waits for the alert, or the close, that may still come.
 * @throws what `connectionFailure` and `connectionTimedOut` make of it
 */
export async function handshake({ broker, credential, within, signal }: HandshakeOptions): Promise<void> {
  signal?.throwIfAborted()
  const started = performance.now()
  const dialled = dial(broker, credential)
  const { socket } = dialled
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const fail = (error?: unknown) =>
    reject(connectionFailure(error, dialled.stage(), broker, ownValidity(credential.chain, Date.now())))
  const abort = () => reject(signal?.reason)
  let timer = setTimeout(() => reject(connectionTimedOut(dialled.stage(), broker, within)), within)
  signal?.addEventListener('abort', abort)
  socket.on('error', fail)
  socket.once('close', () => fail())
  socket.once('secureConnect', () => {
    clearTimeout(timer)
    // The handshake took two round trips or more; the answer to its last message takes one.
    timer = setTimeout(resolve, Math.max(LATE, 2 * (performance.now() - started)))
  })
  // A close is seen only by who reads.
  socket.resume()
  try {
    await promise
    await goodbye(socket)
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', abort)
    socket.destroy()
  }
}

/** Closes as TLS wants it (RFC 8446 §6.1): a connection that is cut stands in a broker's log as somebody refused. */
async function goodbye(socket: TLSSocket): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  socket.once('close', resolve)
  socket.end()
  const timer = setTimeout(resolve, GOODBYE)
  await promise
  clearTimeout(timer)
}
