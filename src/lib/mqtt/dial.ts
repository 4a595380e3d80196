import { isIP } from 'node:net'
import { connect, createSecureContext, type SecureContext, type TLSSocket } from 'node:tls'
import { messageOf, UsageError } from '../base/errors.ts'
import type { BrokerAddress, ClientCredential } from './broker-address.ts'
import { LANDING } from './inbox.ts'

/** How far a connection has come; what fails in a stage is a failure of its layer. */
export type DialStage = 'tcp' | 'tls' | 'mqtt'

export interface Dial {
  readonly socket: TLSSocket
  stage(): DialStage
}

/**
 * Opens a TLS connection with the client's own certificate. The broker's certificate must lead to the anchor and
 * carry the host as a name (RFC 9525) or, for an IP address, as an address.
 * @param receive gets what is read, valid during the call only; without it the socket is a stream like any other
 * @throws UsageError `CREDENTIAL_BROKEN` when key or certificates cannot be read
 */
export function dial(
  { host, port }: BrokerAddress,
  credential: ClientCredential,
  receive?: (bytes: Uint8Array) => void,
): Dial {
  let stage: DialStage = 'tcp'
  // RFC 6066 §3: an IP address is no server name; Node then checks the certificate's addresses.
  const servername = isIP(host) === 0 ? { servername: host } : {}
  const reading = receive === undefined ? {} : { onread: onRead(receive) } // the types do not know it
  const options = { host, port, secureContext: contextOf(credential), ...servername, ...reading }
  const socket = connect(options)
  socket.setNoDelay(true)
  socket.once('connect', () => (stage = 'tls'))
  socket.once('secureConnect', () => (stage = 'mqtt'))
  return { socket, stage: () => stage }
}

function onRead(receive: (bytes: Uint8Array) => void) {
  const callback = (length: number, bytes: Uint8Array) => {
    receive(bytes.subarray(0, length))
    return true // false would pause
  }
  return { buffer: LANDING, callback }
}

/**
 * Read once, however often its holder reconnects. OpenSSL keeps tens of kilobytes for each, which the garbage collector
 * does not see: ten thousand devices that try again and again would leave a pile of them behind.
 */
const contexts = new WeakMap<ClientCredential, SecureContext>()

function contextOf(credential: ClientCredential): SecureContext {
  let context = contexts.get(credential)
  if (context === undefined) contexts.set(credential, (context = readCredential(credential)))
  return context
}

function readCredential({ key, chain, anchor }: ClientCredential): SecureContext {
  try {
    return createSecureContext({ key, cert: chain, ca: anchor, minVersion: 'TLSv1.2' })
  } catch (error) {
    throw new UsageError('CREDENTIAL_BROKEN', `The credential cannot be used: ${messageOf(error)}.`, {
      layer: 'certificate',
      hint: 'Look at it: flotilla cert show. Key, chain and trust anchor are PEM.',
      cause: error,
    })
  }
}
