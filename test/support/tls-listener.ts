import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer, type TLSSocket } from 'node:tls'
import type { Credential } from '../../src/lib/pki/credential.ts'

/** A TLS listener on a free port of 127.0.0.1 that asks for client certificates, and can lose its connections. */
export interface TlsListener extends AsyncDisposable {
  readonly port: number
  /** Cuts every connection without goodbye. */
  cut(): void
}

export interface ListenerOptions {
  readonly server: Credential
  readonly trust: readonly string[]
  readonly port?: number
  readonly onConnection: (socket: TLSSocket) => void
}

export async function listenTls(options: ListenerOptions): Promise<TlsListener> {
  const { server: credential, trust, port = 0, onConnection } = options
  const sockets = new Set<TLSSocket>()
  const server = createServer({
    key: credential.key,
    cert: credential.chain,
    ca: [...trust],
    requestCert: true,
    rejectUnauthorized: true,
  })
  server.on('secureConnection', (socket) => {
    sockets.add(socket)
    socket.on('error', () => {}) // cut connections end here
    socket.once('close', () => sockets.delete(socket))
    onConnection(socket)
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const cut = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    async [Symbol.asyncDispose]() {
      cut()
      server.close()
      if (server.listening) await once(server, 'close')
    },
  }
}
