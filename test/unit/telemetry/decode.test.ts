import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ArrivalClock, type Decoded, decode } from '../../../src/lib/telemetry/decode.ts'

const NOW = Date.parse('2026-11-25T12:00:00Z')

function decoded(payload: string | Uint8Array, topic = 'dt/acme/p1'): Decoded {
  const context = { fleet: 'acme', retention: 86_400_000, arrivalTime: new ArrivalClock() }
  return decode({ topic, payload: Buffer.from(payload), arrivedAt: NOW }, context)
}

/** What was measured, as metric → value or text or both. */
function values(payload: string | Uint8Array, topic?: string): Readonly<Record<string, unknown>> {
  const result = decoded(payload, topic)
  if ('rejected' in result) throw new Error(`${result.rejected}: ${result.detail}`)
  return Object.fromEntries(
    result.measurements.map(({ metric, value, text }) => [
      metric,
      value === undefined ? text : text === undefined ? value : [value, text],
    ]),
  )
}

describe('metrics', () => {
  test('are named by channel levels and JSON path', () => {
    expect(values('{"flow":3.2,"motor":{"temp":41,"phase":{"a":1}}}', 'dt/acme/p1/line/2')).toEqual({
      'line.2.flow': 3.2,
      'line.2.motor.temp': 41,
      'line.2.motor.phase.a': 1,
    })
    expect(values('{"flow":3.2}', '$aws/rules/store/dt/acme/p1/line')).toEqual({ 'line.flow': 3.2 })
  })

  test('have no dot inside a level and no empty level, so different paths are different metrics', () => {
    expect(values('{"a.b":1,"a":{"b":2,"":3}}', 'dt/acme/p1/v1.2')).toEqual({
      'v1_2.a_b': 1,
      'v1_2.a.b': 2,
      'v1_2.a._': 3,
    })
    expect(values('1', 'dt/acme/p1//x')).toEqual({ '_.x': 1 })
    expect(values('1', 'dt/acme/p1/x/')).toEqual({ 'x._': 1 })
  })

  test('may be called like anything that objects have', () => {
    const payload = '{"__proto__":1,"constructor":{"prototype":2},"toString":3,"hasOwnProperty":4}'
    expect(Object.entries(values(payload))).toEqual([
      ['__proto__', 1],
      ['constructor.prototype', 2],
      ['toString', 3],
      ['hasOwnProperty', 4],
    ])
  })

  test('a bare value is called like its channel, or value', () => {
    expect(values('21.5', 'dt/acme/p1/hall/temp')).toEqual({ 'hall.temp': 21.5 })
    expect(values('21.5')).toEqual({ value: 21.5 })
  })
})

describe('values', () => {
  test('numbers, strings and booleans are kept, null is nothing', () => {
    expect(values('{"n":-1.5e3,"s":"ok","t":true,"f":false,"z":null}')).toEqual({
      n: -1500,
      s: 'ok',
      t: [1, 'true'],
      f: [0, 'false'],
    })
  })

  test.each([
    ['21.5', 21.5],
    [' -3 \n', -3],
    ['+4', 4],
    ['.5', 0.5],
    ['5.', 5],
    ['007', 7],
    ['1e3', 1000],
    ['\uFEFF8', 8],
    ['"on"', 'on'],
    ['true', [1, 'true']],
  ])('bare %j is %j', (payload, value) => {
    expect(values(payload)).toEqual({ value })
  })

  test('of one name twice the last is taken, as JSON.parse does', () => {
    expect(values('{"a":1,"a":2}')).toEqual({ a: 2 })
  })

  test('integers past 2^53 are rounded and counted, what a double cannot hold is left out and counted', () => {
    expect(decoded('{"a":9007199254740991,"b":9007199254740993,"c":1e999}')).toMatchObject({
      measurements: [
        { metric: 'a', value: 9_007_199_254_740_991 },
        { metric: 'b', value: 9_007_199_254_740_992 },
      ],
      rounded: 1,
      ignored: 1,
    })
  })

  test('NaN and infinity inside, which only CBOR has, are left out and counted', () => {
    const payload = Buffer.from('a3 6161 f97e00 6162 f97c00 6163 01'.replaceAll(' ', ''), 'hex')
    expect(decoded(payload)).toMatchObject({ measurements: [{ metric: 'c', value: 1 }], ignored: 2 })
  })

  test('a metric may be a number now and text then: both are kept as they came', () => {
    const result = decoded('[{"level":5},{"level":"high"},{"level":true}]')
    expect(result).toMatchObject({
      measurements: [
        { metric: 'level', value: 5, text: undefined },
        { metric: 'level', value: undefined, text: 'high' },
        { metric: 'level', value: 1, text: 'true' },
      ],
    })
  })

  test('arrays inside are left out and counted', () => {
    expect(decoded('{"a":[1,2],"b":{"c":[]},"d":1}')).toMatchObject({
      measurements: [{ metric: 'd' }],
      ignored: 2,
    })
  })

  test('half of a surrogate pair becomes a character that every store can keep', () => {
    expect(values(String.raw`{"\ud800":"\udc00x"}`)).toEqual({ '\uFFFD': '\uFFFDx' })
  })
})

describe('samples', () => {
  test('a list of objects is many samples, each with its own time', () => {
    const result = decoded(`[{"ts":${NOW},"a":1},{"ts":${NOW + 1},"a":2},{"a":3}]`)
    expect(result).toMatchObject({
      measurements: [
        { metric: 'a', at: NOW * 1000, value: 1 },
        { metric: 'a', at: NOW * 1000 + 1000, value: 2 },
        { metric: 'a', at: NOW * 1000, value: 3 },
      ],
      ignored: 0,
    })
  })

  test.each([
    ['[1,2,3]', 1],
    ['[[{"a":1}]]', 1],
    ['[]', 0],
    ['[{"a":1},2,null]', 2],
  ])('of other lists everything but objects is left out: %s', (payload, ignored) => {
    expect(decoded(payload)).toMatchObject({ ignored })
  })

  test('without event time each has a time of its own, the same for all its metrics', () => {
    const result = decoded('[{"a":1,"b":2},{"a":3}]')
    expect(result).toMatchObject({
      measurements: [
        { metric: 'a', at: NOW * 1000 },
        { metric: 'b', at: NOW * 1000 },
        { metric: 'a', at: NOW * 1000 + 1 },
      ],
    })
  })

  test('ts and timestamp are times at the top, and ordinary names below', () => {
    expect(decoded(`{"timestamp":"2026-11-25T11:59:00Z","a":{"ts":7}}`)).toMatchObject({
      measurements: [{ metric: 'a.ts', value: 7, at: (NOW - 60_000) * 1000 }],
    })
    expect(decoded(`{"ts":null,"timestamp":${NOW - 1},"a":1}`)).toMatchObject({
      measurements: [{ metric: 'a', at: (NOW - 1) * 1000 }],
    })
  })

  test('one time that is refused refuses the message, and says which', () => {
    expect(decoded(`[{"ts":${NOW},"a":1},{"ts":0,"a":2}]`)).toEqual({
      device: 'p1',
      rejected: 'clock',
      detail: 'Sample 2: The event time 0 is 1970-01-01T00:00:00.000Z, older than what is kept.',
    })
  })
})

describe('what cannot be stored says why, and of which device', () => {
  test.each<[string, string | Uint8Array, string]>([
    ['empty', '', 'The payload is empty.'],
    ['utf8', Uint8Array.of(0x7b, 0xff), 'Byte 1 is not UTF-8.'],
    ['utf8', Uint8Array.of(0xc1, 0x61), 'Byte 0 is not UTF-8.'],
    ['json', '{"é": ,}', 'At byte 7: expected value, found ",".'],
    ['json', '{"a":1', 'At byte 6: expected , or }, found the end.'],
    ['json', '21,5', 'At byte 2: expected end, found ",".'],
    ['json', 'online', 'At byte 0: expected value, found "o".'],
    ['json', ' ', 'At byte 1: expected value, found the end.'],
    ['number', 'NaN', '"NaN" is not a number that can be stored.'],
    ['number', '-Infinity', '"-Infinity" is not a number that can be stored.'],
    ['number', '1e999', '"1e999" is not a number that can be stored.'],
    ['number', Uint8Array.of(0xd9, 0xd9, 0xf7, 0xf9, 0x7e, 0), '"NaN" is not a number that can be stored.'],
    ['cbor', Uint8Array.of(0xa1, 0x61, 0x74), 'At byte 3: expected 1 byte, found 0.'],
    ['number', '+1e999', '"+1e999" is not a number that can be stored.'],
    [
      'time',
      '{"ts":"noon","a":1}',
      'The event time "noon" is not s, ms or µs since 1970, nor ISO 8601 with an offset.',
    ],
    ['size', ' '.repeat(1_048_577), '1048577 bytes are more than 1048576.'],
    [
      'limits',
      `${'{"a":'.repeat(17)}1${'}'.repeat(17)}`,
      `"${'a.'.repeat(15)}a" is nested deeper than 16 levels.`,
    ],
    [
      'limits',
      JSON.stringify({ ['x'.repeat(201)]: 1 }),
      `The name "${'x'.repeat(59)}…" is longer than 200 characters.`,
    ],
    ['limits', JSON.stringify({ ...Array(10_001).fill(0) }), 'It holds more than 10000 values.'],
  ])('%s', (rejected, payload, detail) => {
    expect(decoded(payload)).toEqual({ device: 'p1', rejected, detail })
  })

  test('up to the limits it is stored', () => {
    expect(Object.keys(values(`${'{"a":'.repeat(16)}1${'}'.repeat(16)}`))).toEqual([`${'a.'.repeat(15)}a`])
    expect(Object.keys(values(JSON.stringify({ ['x'.repeat(200)]: 1 })))).toEqual(['x'.repeat(200)])
    expect(Object.keys(values(JSON.stringify({ ...Array(10_000).fill(0) })))).toHaveLength(10_000)
    expect(values(`${' '.repeat(1_048_575)}1`)).toEqual({ value: 1 })
  })

  test.each([
    'dt/other/p1',
    'dt/acme',
    'dt/acme/not',
    'presence/acme/p1',
    '$aws/rules//dt/acme/p1',
    'dt/acme/a.b',
    '',
  ])('a topic that is none of this fleet: %j', (topic) => {
    expect(decoded('1', topic)).toMatchObject({ rejected: 'topic', device: undefined })
  })
})

describe('whatever comes', () => {
  const topic = fc.oneof(
    fc.string(),
    fc.array(fc.string(), { maxLength: 4 }).map((levels) => ['dt/acme/p1', ...levels].join('/')),
  )
  const json = fc.json({ maxDepth: 20 }).map((text) => Buffer.from(text))
  const stamped = fc
    .tuple(fc.jsonValue(), fc.dictionary(fc.string(), fc.jsonValue()))
    .map(([ts, rest]) => Buffer.from(JSON.stringify([{ ...rest, ts }])))
  const cbor = fc.tuple(fc.integer({ min: 0x80, max: 0xbf }), fc.uint8Array()).map(([first, rest]) => {
    return Buffer.from([first, ...rest])
  })
  const payload = fc.oneof(
    fc.uint8Array(),
    cbor,
    fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)),
    json,
    stamped,
  )

  test('it is measurements that a store can take, or a reason; and the payload stays as it came', () => {
    fc.assert(
      fc.property(topic, payload, (topic, payload) => {
        const before = Buffer.from(payload)
        const result = decode(
          { topic, payload, arrivedAt: NOW },
          { fleet: 'acme', retention: 86_400_000, arrivalTime: new ArrivalClock() },
        )
        expect(Buffer.from(payload).equals(before)).toBe(true)
        expect('detail' in result && result.detail === '').toBe(false)
        for (const { device, metric, at, value, text } of 'rejected' in result ? [] : result.measurements) {
          expect(device).toBe('p1')
          expect(metric).not.toBe('')
          expect(metric.isWellFormed() && (text ?? '').isWellFormed()).toBe(true)
          expect(Number.isSafeInteger(at)).toBe(true)
          expect(value === undefined || Number.isFinite(value)).toBe(true)
          expect(value === undefined && text === undefined).toBe(false)
        }
      }),
      { numRuns: 3000 },
    )
  })

  test('the numbers of an object come back under its paths', () => {
    const key = fc.string({ minLength: 1 }).filter((key) => !/[.]|^ts$|^timestamp$/.test(key))
    const number = fc.double({ noNaN: true, noDefaultInfinity: true })
    const tree = fc.letrec<{ node: Record<string, unknown> }>((tie) => ({
      node: fc.dictionary(key, fc.oneof({ maxDepth: 4 }, number, tie('node')), { maxKeys: 4 }),
    })).node
    fc.assert(
      fc.property(tree, (tree) => {
        const flat = new Map<string, number>() // not an object: a key may be __proto__
        const walk = (node: object, path: readonly string[]): void => {
          for (const [key, value] of Object.entries(node) as [string, object | number][])
            if (typeof value === 'object') walk(value, [...path, key])
            else flat.set([...path, key].join('.'), JSON.parse(JSON.stringify(value)) as number)
        }
        walk(tree, [])
        expect(new Map(Object.entries(values(JSON.stringify(tree))))).toEqual(flat)
      }),
      { examples: [[JSON.parse('{"__proto__":0,"a":{"__proto__":1}}') as Record<string, unknown>]] },
    )
  })
})
