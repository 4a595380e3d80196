import fc from 'fast-check'
import { generate, type Packet, parser } from 'mqtt-packet'
import { expect, test } from 'vitest'
import { PacketReader } from '../../../src/lib/mqtt/packet-reader.ts'

type Version = 4 | 5

/** What the reader tells, as one list. */
function read(version: Version, chunks: readonly Buffer[]): readonly unknown[] {
  const told: unknown[] = []
  const reader = new PacketReader(version, {
    published: ({ topic, payload, qos, retain, dup, packetId }) =>
      told.push(['publish', topic, payload.toString('hex'), qos, retain, dup, packetId]),
    acknowledged: (packetId, reason) => told.push(['puback', packetId, reason]),
    other: ({ cmd }) => told.push([cmd]),
    broken: () => told.push(['broken']),
  })
  for (const chunk of chunks) reader.read(chunk)
  return told
}

/** The same by the library. */
function readByLibrary(version: Version, bytes: Buffer): readonly unknown[] {
  const told: unknown[] = []
  const library = parser({ protocolVersion: version })
  library.on('packet', (packet: Packet) => {
    if (packet.cmd === 'publish') {
      const { topic, payload, qos, retain, dup, messageId } = packet
      told.push(['publish', topic, (payload as Buffer).toString('hex'), qos, retain, dup, messageId ?? 0])
    } else if (packet.cmd === 'puback') told.push(['puback', packet.messageId, packet.reasonCode ?? 0])
    else told.push([packet.cmd])
  })
  library.parse(bytes)
  return told
}

const version = fc.constantFrom<Version>(4, 5)
const topic = fc.string({ minLength: 1, maxLength: 300, unit: 'grapheme' }).map((text) => text.toWellFormed())
const publish = fc.record({
  cmd: fc.constant('publish' as const),
  topic,
  payload: fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes)),
  qos: fc.constantFrom<0 | 1 | 2>(0, 1, 2),
  retain: fc.boolean(),
  dup: fc.boolean(),
  messageId: fc.integer({ min: 1, max: 65_535 }),
  properties: fc.constantFrom({}, { messageExpiryInterval: 7, userProperties: { a: 'b'.repeat(200) } }),
})
const puback = fc.record({
  cmd: fc.constant('puback' as const),
  messageId: fc.integer({ min: 1, max: 65_535 }),
  reasonCode: fc.constantFrom(0, 16, 0x87),
})
const other = fc.constantFrom<Packet>(
  { cmd: 'pingresp' },
  { cmd: 'suback', messageId: 7, granted: [1] },
  { cmd: 'connack', returnCode: 0, reasonCode: 0, sessionPresent: true },
)
const packets = fc.array(fc.oneof(publish, puback, other), { maxLength: 12 })

function cut(bytes: Buffer, places: readonly number[]): readonly Buffer[] {
  const at = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b)
  return [0, ...at].map((from, index) => bytes.subarray(from, at[index]))
}

test('reads what the library reads, wherever the stream is cut', () => {
  fc.assert(
    fc.property(version, packets, fc.array(fc.nat(), { maxLength: 20 }), (protocolVersion, all, places) => {
      const bytes = Buffer.concat(all.map((packet) => generate(packet as Packet, { protocolVersion })))
      const told = read(protocolVersion, cut(bytes, places))
      expect(told).toEqual(readByLibrary(protocolVersion, bytes))
      expect(told).toHaveLength(all.length)
    }),
    { numRuns: 500 },
  )
})

test('a byte at a time too, and payloads longer than any buffer', () => {
  const packet = {
    cmd: 'publish',
    topic: 'a',
    payload: Buffer.alloc(3_000_000, 7),
    qos: 1,
    messageId: 9,
  } as const
  const bytes = generate({ ...packet, dup: false, retain: false })
  const chunks = Array.from({ length: 1000 }, (_, n) => bytes.subarray(n * 3001, (n + 1) * 3001))
  expect(read(4, chunks)).toEqual(readByLibrary(4, bytes))
  const short = generate({ ...packet, payload: 'x', dup: false, retain: false }, { protocolVersion: 5 })
  expect(
    read(
      5,
      [...short].map((byte) => Buffer.of(byte)),
    ),
  ).toEqual(readByLibrary(5, short))
})

test('whatever comes, it is packets or broken, and after that nothing', () => {
  fc.assert(
    fc.property(version, fc.uint8Array({ maxLength: 200 }), (protocolVersion, bytes) => {
      const told = read(protocolVersion, [Buffer.from(bytes)])
      const broken = told.findIndex((one) => (one as string[])[0] === 'broken')
      expect(broken === -1 || broken === told.length - 1).toBe(true)
    }),
    { numRuns: 2000 },
  )
})

test('a property that does not exist is broken, and throws nothing', () => {
  expect(read(5, [Buffer.from('2005000002fe01', 'hex')])).toEqual([['broken']])
})

test.each([
  ['a length of five bytes', '30ffffffff7f'],
  ['the beginning of another protocol', Buffer.from('HTTP/1.1 400 Bad Request').toString('hex')],
  ['QoS 3', '3605000161000161'],
  ['a topic longer than its packet', '300300ff61'],
  ['a packet id that is cut off', '32040001 6100'.replaceAll(' ', '')],
  ['a packet without topic', '300100'],
])('%s is broken', (_, hex) => {
  expect(read(4, [Buffer.from(hex, 'hex')])).toEqual([['broken']])
})
