import { Encoder } from 'cbor-x'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ArrivalClock, type Decoded, decode } from '../../../src/lib/telemetry/decode.ts'

const NOW = Date.parse('2026-11-25T12:00:00Z')
const SECONDS = NOW / 1000
const MICROSECONDS = NOW * 1000

function decoded(payload: unknown, topic = 'dt/acme/p1'): Decoded {
  const context = { fleet: 'acme', retention: 86_400_000, arrivalTime: new ArrivalClock() }
  const bytes = payload instanceof Uint8Array ? payload : Buffer.from(JSON.stringify(payload))
  return decode({ topic, payload: bytes, arrivedAt: NOW }, context)
}

/** Metric, value or text or both, and microseconds from now. */
function rows(payload: unknown, topic?: string): unknown[] {
  const result = decoded(payload, topic)
  if ('rejected' in result) throw new Error(`${result.rejected}: ${result.detail}`)
  return result.measurements.map(({ metric, value, text, at }) => [
    metric,
    value === undefined ? text : text === undefined ? value : [value, text],
    at - MICROSECONDS,
  ])
}

describe('a pack is resolved (RFC 8428 §4.6)', () => {
  test('one record, measured now', () => {
    expect(rows([{ n: 'urn:dev:ow:10e2073a01080063', u: 'Cel', v: 23.1 }])).toEqual([
      ['urn:dev:ow:10e2073a01080063', 23.1, 0],
    ])
  })

  test('base name, time, value and sum are added, and stand until another record says otherwise', () => {
    const pack = [
      { bn: 'a:', bt: SECONDS, bv: 10, bs: 100, bu: 'V', n: 'x', v: 1, s: 2 },
      { n: 'y', t: -5, v: 2 },
      { bn: 'b:', bv: 0, n: 'x', v: 1 },
      { bt: SECONDS - 60, n: 'z', v: 3, t: 0.25 },
    ]
    expect(rows(pack)).toEqual([
      ['a:x', 11, 0],
      ['a:x.sum', 102, 0],
      ['a:y', 12, -5_000_000],
      ['b:x', 1, 0],
      ['b:z', 3, -59_750_000],
    ])
  })

  test('a base name alone is a name, and a record may hold base fields alone', () => {
    expect(rows([{ bn: 'temp', bt: SECONDS }, { v: 1 }, { v: 2, t: 1 }])).toEqual([
      ['temp', 1, 0],
      ['temp', 2, 1_000_000],
    ])
  })

  test('text, booleans, data and a sum alone', () => {
    const pack = [
      { n: 's', vs: 'open' },
      { n: 'b', vb: false },
      { n: 'd', vd: 'aGkgCg' },
      { n: 'e', s: 12.5 },
    ]
    expect(rows(pack)).toEqual([
      ['s', 'open', 0],
      ['b', [0, 'false'], 0],
      ['d', 'aGkgCg', 0],
      ['e.sum', 12.5, 0],
    ])
  })

  test('a time below 2^28 is relative to the arrival, the same for the whole pack', () => {
    expect(rows([{ bn: 'x', bt: -10 }, { v: 1 }, { v: 2, t: 5 }, { v: 3, t: 10 }])).toEqual([
      ['x', 1, -10_000_000],
      ['x', 2, -5_000_000],
      ['x', 3, 0],
    ])
  })

  test('values of one name without any time do not collapse', () => {
    const pack = [
      { n: 'x', v: 1 },
      { n: 'y', v: 2 },
      { n: 'x', v: 3 },
      { n: 'y', v: 4 },
    ]
    expect(rows(pack)).toEqual([
      ['x', 1, 0],
      ['y', 2, 0],
      ['x', 3, 1],
      ['y', 4, 1],
    ])
  })

  test('names stand behind the channel, as one level', () => {
    expect(rows([{ n: 'motor/temp.1', v: 1 }], 'dt/acme/p1/hall')).toEqual([['hall.motor/temp_1', 1, 0]])
  })

  test('its fields may be extended where it has a base name; without one the list is no SenML', () => {
    expect(rows([{ bn: 'x', v: 1, extra: true }])).toEqual([['x', 1, 0]])
    expect(rows([{ n: 'x', v: 230, i: 3 }])).toEqual([
      ['n', 'x', 0],
      ['v', 230, 0],
      ['i', 3, 0],
    ])
  })

  test('numbers follow the rules of all telemetry', () => {
    const payload = Buffer.from('[{"n":"a","v":9007199254740993},{"n":"b","v":1e999},{"n":"c","v":1}]')
    expect(decoded(payload)).toMatchObject({ rounded: 1, ignored: 1, measurements: [{}, { metric: 'c' }] })
  })

  test.each<[string, unknown]>([
    ['an object', { n: 'x', v: 1 }],
    ['an empty list', []],
    ['numbers', [1, 2]],
    ['a name that is a number', [{ n: 5, v: 1 }]],
    ['a name without value', [{ n: 'x' }]],
    ['something else among the records', [{ n: 'x', v: 1 }, 5]],
    ['a time stamp as samples have it', [{ n: 'x', v: 1, ts: SECONDS }]],
  ])('%s is no SenML', (_, payload) => {
    const result = decoded(payload)
    expect('rejected' in result).toBe(false)
    expect(result).not.toMatchObject({ measurements: [{ metric: 'x' }] })
  })
})

describe('CBOR', () => {
  const encoder = new Encoder({ useRecords: false, mapsAsObjects: false })

  test('the example of RFC 8428 §6 in full, moved to today', () => {
    const record = (fields: Record<number, unknown>) =>
      new Map(Object.entries(fields).map(([label, value]) => [Number(label), value]))
    const pack = [
      record({
        '-2': 'urn:dev:ow:10e2073a0108006:',
        '-3': SECONDS,
        '-4': 'A',
        '-1': 10,
        0: 'voltage',
        1: 'V',
        2: 120.1,
      }),
      record({ 0: 'current', 6: -5, 2: 1.2 }),
      record({ 0: 'current', 6: -4, 2: 1.3 }),
      record({ 0: 'on', 4: true }),
      record({ 0: 'blob', 8: Buffer.from('hi \n') }),
    ]
    const base = 'urn:dev:ow:10e2073a0108006:'
    expect(rows(encoder.encode(pack))).toEqual([
      [`${base}voltage`, 120.1, 0],
      [`${base}current`, 1.2, -5_000_000],
      [`${base}current`, 1.3, -4_000_000],
      [`${base}on`, [1, 'true'], 0],
      [`${base}blob`, 'aGkgCg', 0],
    ])
  })

  test('labels that every object has are no labels', () => {
    const record = new Map<unknown, unknown>([
      [-2, 'x'],
      [2, 1],
      ['constructor', 2],
      ['toString', 3],
    ])
    expect(rows(encoder.encode([record]))).toEqual([['x', 1, 0]])
  })

  test('the same pack says the same in JSON and in CBOR, with labels or their numbers', () => {
    const labels = { bn: -2, bt: -3, bv: -5, bs: -6, n: 0, u: 1, v: 2, vs: 3, vb: 4, s: 5, t: 6, ut: 7 }
    const name = fc.stringMatching(/^[a-z][a-z0-9:/_-]{0,5}$/)
    const number = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 })
    const value = fc.oneof(
      fc.record({ v: number, s: number }, { requiredKeys: ['v'] }),
      fc.record({ vs: fc.string() }),
      fc.record({ vb: fc.boolean() }),
    )
    const base = fc.record(
      { bn: name, bt: fc.integer({ min: -1000, max: 0 }), bv: number, bs: number },
      { requiredKeys: [] },
    )
    const record = fc
      .tuple(
        base,
        fc.record({ n: name, t: fc.integer({ min: -1000, max: 500 }) }, { requiredKeys: ['n'] }),
        value,
      )
      .map((parts) => Object.assign({}, ...parts) as Record<string, unknown>)
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 6 }), (pack) => {
        const numbered = pack.map(
          (record) =>
            new Map(
              Object.entries(record).map(([label, value]) => [labels[label as keyof typeof labels], value]),
            ),
        )
        const json = rows(pack)
        expect(json.length).toBeGreaterThanOrEqual(pack.length)
        expect(rows(encoder.encode(numbered))).toEqual(json)
        expect(rows(encoder.encode(pack.map((record) => new Map(Object.entries(record)))))).toEqual(json)
      }),
    )
  })
})

describe('a rule that is broken names itself and the record', () => {
  test.each<[string, unknown]>([
    ['Record 2: It has no value.', [{ bn: 'x', v: 1 }, { n: 'y' }]],
    ['Record 1: It has v and vs; one value is allowed.', [{ n: 'x', v: 1, vs: 'a' }]],
    ['Record 2: It has no name.', [{ bn: '', n: 'x', v: 1 }, { v: 2 }]],
    ['Record 1: The name "a b" has characters that names must not have.', [{ n: 'a b', v: 1 }]],
    ['Record 1: The name "-a" has characters that names must not have.', [{ n: '-a', v: 1 }]],
    ['Record 1: v is "1", not a number.', [{ n: 'x', v: '1' }]],
    ['Record 1: vb is 1, not a boolean.', [{ n: 'x', vb: 1 }]],
    ['Record 1: vs is [1], not a string.', [{ n: 'x', vs: [1] }]],
    [
      'Record 2: bn is 5, not a string.',
      [
        { n: 'x', v: 1 },
        { bn: 5, v: 1 },
      ],
    ],
    ['Record 1: vd is not base64url.', [{ n: 'x', vd: 'a+b/' }]],
    ['Record 1: Version 11 is not known; 10 and 26 are.', [{ bn: 'x', bver: 11, v: 1 }]],
    [
      'Record 2: Version 26 follows version 10.',
      [
        { bn: 'x', bver: 10, v: 1 },
        { bver: 26, v: 1 },
      ],
    ],
    ['Record 1: "cal_" must be understood, and is not known.', [{ n: 'x', v: 1, cal_: 2 }]],
  ])('%s', (detail, pack) => {
    expect(decoded(pack)).toEqual({ device: 'p1', rejected: 'senml', detail })
  })

  test('a time that is not believed is a wrong clock, and never moved', () => {
    expect(decoded([{ n: 'x', v: 1, t: SECONDS - 90_000 }])).toMatchObject({
      rejected: 'clock',
      detail: expect.stringContaining('Record 1: ') as unknown,
    })
    expect(decoded([{ n: 'x', v: 1, t: 601 }])).toMatchObject({ rejected: 'clock' })
    expect(decoded([{ n: 'x', v: 1, t: NOW }])).toMatchObject({ rejected: 'clock' })
    expect(rows([{ n: 'x', v: 1, t: 600 }])).toEqual([['x', 1, 600_000_000]])
  })
})

test('whatever a record holds', () => {
  const labels = [
    'bn',
    'bt',
    'bu',
    'bv',
    'bs',
    'bver',
    'n',
    'u',
    'v',
    'vs',
    'vb',
    'vd',
    's',
    't',
    'ut',
    'z',
    'z_',
  ]
  const record = fc.dictionary(
    fc.constantFrom(...labels),
    fc.oneof(
      fc.double(),
      fc.string(),
      fc.boolean(),
      fc.constant(null),
      fc.constantFrom(SECONDS, -5, 'x'),
      fc.jsonValue(),
    ),
  )
  fc.assert(
    fc.property(fc.array(record, { maxLength: 4 }), (pack) => {
      const result = decoded(pack)
      for (const { at, value, metric } of 'rejected' in result ? [] : result.measurements) {
        expect(Number.isSafeInteger(at)).toBe(true)
        expect(value === undefined || Number.isFinite(value)).toBe(true)
        expect(metric).not.toBe('')
      }
    }),
    { numRuns: 3000 },
  )
})
