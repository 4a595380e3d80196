import type { Duplex } from 'node:stream'
import { type PacketFault, PacketLimit } from './packet-limit.ts'

/**
 * Stands between a socket and aedes, which reads it by `read(null)`: refuses packets that are too large before they
 * are collected, and gives nothing while it is closed, so that TCP slows the sender down.
 */
export interface ReadingGate {
  open(): void
  close(): void
}

/** @param onFault called once; the socket gives nothing from then on */
export function gateReading(
  socket: Duplex,
  largest: number,
  onFault: (fault: PacketFault) => void,
): ReadingGate {
  const limit = new PacketLimit(largest)
  const read = socket.read.bind(socket)
  let state: 'open' | 'closed' | 'broken' = 'open'
  socket.read = (size?: number): unknown => {
    // The stream calls read(0) itself to ask its source for more.
    if (state !== 'open' && size !== 0) return null
    const chunk: unknown = read(size)
    if (!(chunk instanceof Uint8Array) || limit.accepts(chunk)) return chunk
    state = 'broken'
    onFault(limit.fault!)
    return null
  }
  return {
    open() {
      if (state !== 'closed') return
      state = 'open'
      socket.emit('readable') // what waits in the buffer announces itself only once
    },
    close() {
      if (state === 'open') state = 'closed'
    },
  }
}
