import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo, Server, Socket } from 'node:net'
import { createServer, type TLSSocket } from 'node:tls'
import { systemClock } from '../../base/clock.ts'
import { messageOf, systemCode } from '../../base/errors.ts'
import { parseCrl } from '../../pki/parse-crl.ts'
import type { BrokerEvent, BrokerTrust } from '../broker.ts'
import { portTaken } from '../port-taken.ts'
import { judgePeer, type Peer, type PeerKind, type Shown } from './peer.ts'

export interface ListenerOptions {
  readonly kind: PeerKind
  readonly bind: string
  /** 0: any free port. */
  readonly port: number
  readonly trust: BrokerTrust
  /** Somebody has proven who it is; not a byte of MQTT has been read. */
  readonly onPeer: (socket: TLSSocket, peer: Peer) => void
  readonly onRefused: (event: BrokerEvent) => void
  /** The listener ended by itself. */
  readonly onFailure: (error: Error) => void
}

/** A TLS port that admits one kind of client by its certificate. */
export interface Listener extends AsyncDisposable {
  readonly port: number
  /** Whether the certificate is on one of the CRLs. */
  isRevoked(serial: string): boolean
  /** Counts for every handshake from now on, resumed ones included. */
  setTrust(trust: BrokerTrust): void
}

const HANDSHAKE_MS = 10_000
/**
 * Handshakes at work at once. Beyond, the oldest is cut: an honest one is over in milliseconds, so those that only
 * hold the door go first.
 */
const HANDSHAKES = 1000
/** A fleet that lost its broker comes back at once; Node's 511 lets the kernel turn some away for a second or more. */
const BACKLOG = 4096

/** @throws UnreachableError `BROKER_PORT` */
export async function listen(options: ListenerOptions): Promise<Listener> {
  const { kind, bind, port, onPeer, onRefused, onFailure } = options
  let { trust } = options
  let revoked = revokedSerials(kind, trust)
  let others = trustedByOther(kind, trust)
  const server = createServer({
    ...contextOptions(kind, trust),
    requestCert: true,
    // judgePeer checks instead: TLS would drop the refused before it has a name and a reason.
    rejectUnauthorized: false,
    handshakeTimeout: HANDSHAKE_MS,
  })
  const handshakes = boundHandshakes(server)
  server.on('secureConnection', (socket) => {
    handshakes.delete(endpointOf(socket))
    const shown = { ...shownBy(kind, socket), others }
    const verdict = judgePeer(shown, revoked, systemClock.now())
    if ('kind' in verdict) return onPeer(socket, verdict)
    socket.on('error', () => {}) // it is of no interest any more
    socket.destroy()
    onRefused({ event: 'refused', ...verdict, address: shown.address })
  })
  server.on('tlsClientError', (error, socket) => {
    const address = socket.remoteAddress
    if (address !== undefined && isTlsFault(error)) {
      onRefused({ event: 'refused', identity: address, reason: 'protocol', address })
    }
    socket.destroy()
  })
  await opened(server.listen({ port, host: bind, backlog: BACKLOG }), port)
  server.on('error', onFailure)
  return {
    port: (server.address() as AddressInfo).port,
    isRevoked: (serial) => revoked.has(serial),
    setTrust(next) {
      if (JSON.stringify(next) === JSON.stringify(trust)) return // a long CRL takes its time
      server.setSecureContext(contextOptions(kind, next))
      revoked = revokedSerials(kind, next)
      others = trustedByOther(kind, next)
      trust = next
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      for (const socket of handshakes.values()) socket.destroy()
      await closed
    },
  }
}

/** The connections of which the handshake is not over, by the client's end; there is a bound to them. */
function boundHandshakes(server: Server): Map<string, Socket> {
  const handshakes = new Map<string, Socket>()
  server.prependListener('connection', (socket: Socket) => {
    const endpoint = endpointOf(socket)
    if (handshakes.size >= HANDSHAKES) cutOldest(handshakes)
    handshakes.set(endpoint, socket)
    socket.setNoDelay(true)
    socket.once('close', () => handshakes.delete(endpoint))
  })
  return handshakes
}

function cutOldest(handshakes: Map<string, Socket>): void {
  const [oldest] = handshakes
  if (oldest === undefined) return
  const [endpoint, socket] = oldest
  handshakes.delete(endpoint)
  socket.destroy()
}

const endpointOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`

function shownBy(kind: PeerKind, socket: TLSSocket): Omit<Shown, 'others'> {
  const { authorized, authorizationError, remoteAddress = '' } = socket
  return {
    kind,
    address: remoteAddress,
    certificate: socket.getPeerX509Certificate(),
    // Node's types say Error; it is OpenSSL's code as text.
    fault: authorized ? undefined : (systemCode(authorizationError) ?? String(authorizationError)),
  }
}

function contextOptions(kind: PeerKind, trust: BrokerTrust) {
  const { certificates, crls } = trust[kind === 'device' ? 'devices' : 'staff']
  const { key, chain } = trust.server
  return { key, cert: chain, ca: [...certificates], crl: [...crls], minVersion: 'TLSv1.2' as const }
}

function revokedSerials(kind: PeerKind, trust: BrokerTrust): ReadonlySet<string> {
  const { crls } = trust[kind === 'device' ? 'devices' : 'staff']
  return new Set(crls.flatMap((crl) => [...parseCrl(crl).revoked.keys()]))
}

function trustedByOther(kind: PeerKind, trust: BrokerTrust): readonly X509Certificate[] {
  const { certificates } = trust[kind === 'device' ? 'staff' : 'devices']
  return certificates.map((certificate) => new X509Certificate(certificate))
}

async function opened(server: Server, port: number): Promise<void> {
  try {
    await once(server, 'listening')
  } catch (error) {
    throw portTaken(port, systemCode(error) ?? messageOf(error), error)
  }
}

/** What was said was not TLS, or not one that fits. Whoever only looks whether the port is open says nothing. */
function isTlsFault(error: Error): boolean {
  const code = systemCode(error) ?? ''
  return code.startsWith('ERR_SSL_') || code === 'ERR_TLS_HANDSHAKE_TIMEOUT'
}
