import { once } from 'node:events'
import type { TLSSocket } from 'node:tls'
import { generate, parser } from 'mqtt-packet'
import { type ListenerOptions, listenTls } from '../test/support/tls-listener.ts'

/**
 * A broker that only sends: blocks of QoS 1 messages, encoded once, as fast as the window of unacknowledged messages
 * lets it. Runs as a child of its own, so that the consumer's CPU can be measured apart.
 */
const BLOCK = 500
const BLOCKS = 40 // ids 1 … 20 000
const PAYLOAD =
  '{"ts":1764000000000,"flow":3.214,"pressure":2.911,"temperature":41.27,"rpm":2711,"vibration":1.42}'

const [told] = (await once(process, 'message')) as [Pick<ListenerOptions, 'server' | 'trust'>]
const listener = await listenTls({ ...told, onConnection: serve })
process.send!({ port: listener.port })

function serve(socket: TLSSocket): void {
  const options = { protocolVersion: 4 }
  const packets = parser(options)
  let blocks: Buffer[] = []
  let free = BLOCKS
  let next = 0
  let acknowledged = 0
  const pour = (): void => {
    for (; free > 0; free--) socket.write(blocks[next++ % BLOCKS]!)
  }
  packets.on('packet', (packet) => {
    if (packet.cmd === 'connect') {
      options.protocolVersion = packet.protocolVersion ?? 4
      blocks = encode(options)
      socket.write(generate({ cmd: 'connack', returnCode: 0, reasonCode: 0, sessionPresent: false }, options))
    } else if (packet.cmd === 'subscribe') {
      const granted = packet.subscriptions.map(() => 1)
      socket.write(generate({ cmd: 'suback', messageId: packet.messageId!, granted }, options))
      pour()
    } else if (packet.cmd === 'puback' && ++acknowledged % BLOCK === 0) {
      free++
      pour()
    }
  })
  socket.on('data', (chunk: Buffer) => packets.parse(chunk))
}

function encode(options: { readonly protocolVersion: number }): Buffer[] {
  const one = (id: number): Buffer => {
    const topic = `dt/acme/pump-${id % 1000}`
    const payload = Buffer.from(PAYLOAD)
    return generate(
      { cmd: 'publish', topic, payload, qos: 1, retain: false, dup: false, messageId: id },
      options,
    )
  }
  return Array.from({ length: BLOCKS }, (_, block) =>
    Buffer.concat(Array.from({ length: BLOCK }, (_, index) => one(block * BLOCK + index + 1))),
  )
}
