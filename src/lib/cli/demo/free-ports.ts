import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer, type Server } from 'node:net'

/** The wanted ports where they are free, else ones that the system gives. */
export async function freePorts(wanted: readonly number[]): Promise<number[]> {
  const servers = await Promise.all(wanted.map(claim))
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(servers.map(release))
  return ports
}

async function claim(port: number): Promise<Server> {
  try {
    return await listen(port)
  } catch {
    return listen(0)
  }
}

async function listen(port: number): Promise<Server> {
  const server = createServer()
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return server
}

async function release(server: Server): Promise<void> {
  server.close()
  await once(server, 'close')
}
