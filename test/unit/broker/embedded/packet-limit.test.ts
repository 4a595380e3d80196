import { array, assert, integer, nat, property } from 'fast-check'
import { generate } from 'mqtt-packet'
import { describe, expect, test } from 'vitest'
import { PacketLimit } from '../../../../src/lib/broker/embedded/packet-limit.ts'

const publish = (size: number): Buffer =>
  generate({ cmd: 'publish', topic: 'a', payload: Buffer.alloc(size), qos: 0, retain: false, dup: false })

/** The stream in pieces of these sizes, again and again. */
function accepts(limit: PacketLimit, stream: Buffer, cuts: readonly number[]): boolean {
  for (let offset = 0, turn = 0; offset < stream.length; turn++) {
    const end = offset + cuts[turn % cuts.length]!
    if (!limit.accepts(stream.subarray(offset, end))) return false
    offset = end
  }
  return true
}

describe('the limit of packets', () => {
  const cuts = array(integer({ min: 1, max: 100 }), { minLength: 1 })

  test('lets through what is small enough, however the stream is cut', () => {
    assert(
      property(array(nat(900), { maxLength: 20 }), cuts, (sizes, pieces) => {
        const stream = Buffer.concat([...sizes.map(publish), generate({ cmd: 'pingreq' })])
        expect(accepts(new PacketLimit(903), stream, pieces)).toBe(true)
      }),
    )
  })

  test('refuses one byte more, wherever it comes', () => {
    assert(
      property(array(nat(900), { maxLength: 5 }), cuts, (sizes, pieces) => {
        const stream = Buffer.concat([...sizes, 901].map(publish))
        expect(accepts(new PacketLimit(903), stream, pieces)).toBe(false)
      }),
    )
  })

  test('refuses by the header alone', () => {
    const header = publish(200_000).subarray(0, 4)
    const limit = new PacketLimit(135_168)
    expect(limit.accepts(header)).toBe(false)
    expect(limit.fault).toEqual({ reason: 'size', bytes: 200_003 }) // with the topic and its length
  })

  test('refuses a length that is too large before its last byte has come', () => {
    const limit = new PacketLimit(135_168)
    expect(limit.accepts(Buffer.from('f0f0f0f0', 'hex'))).toBe(false)
    expect(limit.fault).toEqual({ reason: 'size' })
  })

  test('refuses a length of more than four bytes (MQTT 3.1.1 §2.2.3)', () => {
    const limit = new PacketLimit(2 ** 40)
    expect(limit.accepts(Buffer.from([0x30, 0x80, 0x80, 0x80, 0x80, 0x01]))).toBe(false)
    expect(limit.fault).toEqual({ reason: 'protocol' })
  })
})
