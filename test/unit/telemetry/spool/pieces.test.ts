import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { piecesOf } from '../../../../src/lib/telemetry/spool/pieces.ts'
import {
  decodeMessages,
  encodeRecord,
  type SpooledMessage,
} from '../../../../src/lib/telemetry/spool/record.ts'

const SALT = Buffer.from('0123456789abcdef', 'hex')

const message: fc.Arbitrary<SpooledMessage> = fc.record({
  topic: fc.string({ unit: 'grapheme', maxLength: 40 }),
  payload: fc.uint8Array({ maxLength: 60 }),
  arrivedAt: fc.double({ noNaN: true }),
  moment: fc.maxSafeInteger(),
})
const batches = fc.array(fc.array(message, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 4 })

function encode(written: readonly (readonly SpooledMessage[])[]): Buffer {
  let first = 0
  return Buffer.concat(
    written.map((messages) => {
      const record = encodeRecord(messages, first, SALT)
      first += messages.length
      return record
    }),
  )
}

/** What is read again: the records as text, and what else there is. */
function read(bytes: Buffer): { readonly records: readonly string[]; readonly others: readonly string[] } {
  const pieces = [...piecesOf(bytes, SALT)]
  // They cover the file: nothing is passed over.
  expect([0, ...pieces.map(({ end }) => end)]).toEqual([...pieces.map(({ start }) => start), bytes.length])
  return {
    records: pieces.flatMap((piece) => (piece.kind === 'record' ? [textOf(decodeMessages(piece.body))] : [])),
    others: pieces.flatMap(({ kind }) => (kind === 'record' ? [] : [kind])),
  }
}

function textOf(messages: readonly SpooledMessage[]): string {
  return JSON.stringify(
    messages.map(({ topic, payload, arrivedAt, moment }) => [
      topic,
      Buffer.from(payload).toString('hex'),
      String(arrivedAt),
      moment,
    ]),
  )
}

describe('records of a segment', () => {
  test('what was written is read, in order', () => {
    fc.assert(
      fc.property(batches, (written) => {
        expect(read(encode(written))).toEqual({ records: written.map(textOf), others: [] })
      }),
    )
  })

  test('cut off anywhere, the whole records before it are read and the last one is torn', () => {
    fc.assert(
      fc.property(batches, fc.nat(), (written, at) => {
        const whole = encode(written)
        const cut = whole.subarray(0, at % whole.length)
        const { records, others } = read(cut)
        expect(records).toEqual(written.map(textOf).slice(0, records.length))
        const [before, next] = [
          encode(written.slice(0, records.length)),
          encode(written.slice(0, records.length + 1)),
        ]
        expect(before.length <= cut.length && cut.length < next.length).toBe(true)
        expect(others).toEqual(cut.length === before.length ? [] : ['torn'])
      }),
    )
  })

  test('with any bit turned, its record is missing, told as damage, and all others are read', () => {
    fc.assert(
      fc.property(batches, fc.nat(), (written, at) => {
        const bytes = encode(written)
        const bit = at % (bytes.length * 8)
        bytes[bit >> 3]! ^= 1 << (bit & 7)
        const index = written.findIndex((_, one) => bit >> 3 < encode(written.slice(0, one + 1)).length)
        expect(read(bytes)).toEqual({ records: written.toSpliced(index, 1).map(textOf), others: ['damage'] })
      }),
    )
  })

  test('whatever else stands in a file, it is only pieces', () => {
    const noise = fc.uint8Array({ maxLength: 200 })
    fc.assert(
      fc.property(batches, noise, noise, (written, before, behind) => {
        const bytes = Buffer.concat([before, encode(written), behind])
        const { records } = read(bytes)
        expect(records).toEqual(written.map(textOf))
      }),
    )
  })

  test('a record in a payload is none: the salt of the file is not known to devices', () => {
    const inner = encodeRecord(
      [{ topic: 'dt/acme/other', payload: Buffer.from('1'), arrivedAt: 1, moment: 1 }],
      0,
      Buffer.alloc(8),
    )
    const bytes = encode([[{ topic: 'dt/acme/p1', payload: inner, arrivedAt: 1, moment: 1 }]])
    bytes[0]! ^= 1
    expect(read(bytes)).toEqual({ records: [], others: ['damage'] })
  })
})
