import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { ArrivalClock, decode } from '../../../src/lib/telemetry/decode.ts'

const NOW = Date.parse('2026-11-25T12:00:00Z')

/** What a payload is as the first of a device, and as one of many. */
function both(payload: string, before: readonly string[], device: string, channel: string) {
  const read = (topic: string, text: string) =>
    decode(
      { topic, payload: Buffer.from(text), arrivedAt: NOW },
      { fleet: 'acme', retention: 86_400_000, arrivalTime: new ArrivalClock() },
    )
  for (const text of before) read(`dt/acme/${device}${channel}`, text)
  const later = read(`dt/acme/${device}${channel}`, payload)
  const first = read(`dt/acme/${device}-new${channel}`, payload)
  const renamed = JSON.parse(JSON.stringify(first).replaceAll(`${device}-new`, device)) as unknown
  return [JSON.parse(JSON.stringify(later)) as unknown, renamed]
}

test('a payload is the same measurements, whatever the device has sent before', () => {
  const key = fc.constantFrom('ts', 'timestamp', 'a', 'b', 'a.b', 'a_b', '', '7', '__proto__', 'x y', 'ä')
  const number = fc.oneof(
    fc.double({ noNaN: true }).map(String),
    fc.integer({ min: NOW - 100_000_000, max: NOW + 1_000_000 }).map(String),
    fc.constantFrom('0', '-0', '1e400', '9007199254740993', '01', '1.50', '-'),
  )
  const other = [
    'null',
    'true',
    '"x"',
    '"7"',
    '[1]',
    '["y"]',
    '{"c":2}',
    '{"ts":3,"d":{"e":4}}',
    '"2026-11-25T11:59:59Z"',
    '"2026-11-25T11:59:59.25+00:00"',
    '"2026-11-25T12:59:59+01:00"',
    '"2026-11-25T11:59:59-00:00"',
    '"2026-11-25T11:59Z"',
    '"2026-11-25 11:59:59Z"',
    '"2026-11-25T11:59:59,5z"',
    '"2026-11-25T11:59:59\\u005a"',
    '"\u00e4 ä"',
  ]
  const value = fc.oneof({ weight: 4, arbitrary: number }, fc.constantFrom(...other))
  const shape = fc.array(key, { maxLength: 5 })
  const text = (keys: readonly string[], values: readonly string[]) =>
    `{${keys.map((one, n) => `${JSON.stringify(one)}:${values[n]!}`).join(', ')}}`
  const payload = fc
    .tuple(shape, fc.array(value, { minLength: 5, maxLength: 5 }))
    .map(([keys, values]) => text(keys, values))
  const channel = fc.constantFrom('', '/line', '/line/2')
  let device = 0
  fc.assert(
    fc.property(
      fc.array(payload, { maxLength: 6 }),
      payload,
      number,
      channel,
      (others, last, replaced, on) => {
        // The same keys with another number, so that a layout is met again.
        const again = last.replace(/(?<=:)-?[\d.]+(?=[,}])/, replaced).replace('11:59', '10:30')
        const [later, first] = both(last, [...others, again, again], `d${device++}`, on)
        expect(later).toEqual(first)
      },
    ),
    { numRuns: 3000 },
  )
})

test('words, nested objects and lists are the same as the first time', () => {
  const payload = '{"state":"on","open":true,"none":null,"list":["a"],"deep":{"ts":1,"level":[],"x":2.5}}'
  const [later, first] = both(payload, [payload, payload], 'words', '/line')
  expect(later).toEqual(first)
  expect(later).toMatchObject({ ignored: 2 })
})

test('a time as text is read like one, and refused in the same words', () => {
  const at = (time: string) => `{"timestamp":"${time}","a":2,"b":0.25}`
  const before = [at('2026-11-25T11:00:00.5Z'), at('2026-11-25T11:00:01Z')]
  for (const time of [
    '2026-11-25T11:30:00.123456789Z',
    '2026-11-25T11:59:60Z',
    '1999-01-01T00:00:00Z',
    '2026-02-30T11:00:00Z',
  ]) {
    const [later, first] = both(at(time), before, 'iso', '')
    expect(later).toEqual(first)
  }
})

test.each([
  '2026-11-25T12:30:00+01:00',
  '2026-11-25T11:30:00-00:00',
  '2026-11-25T11:30Z',
  '2026-11-25 11:30:00Z',
  '2026-11-25T11:30:00,25Z',
  '2026-11-25T11:30:00\\u005a',
])('a time that comes again is the same one, however it is written: %s', (time) => {
  const payload = `{"ts":"${time}","a":2}`
  const [later, first] = both(payload, [payload, payload], `again-${time.length}`, '/form')
  expect(later).toEqual(first)
  expect(later).toMatchObject({
    measurements: [{ at: Date.parse('2026-11-25T11:30:00Z') * 1000 + (time.includes(',') ? 250_000 : 0) }],
  })
})

test('of two event times it is the same one that counts', () => {
  const payload = `{"ts":${NOW},"a":2,"timestamp":${NOW - 1000}}`
  const [later, first] = both(payload, [payload, payload], 'twice', '')
  expect(later).toEqual(first)
  expect(later).toMatchObject({ measurements: [{ metric: 'a', at: NOW * 1000, value: 2 }] })
})

test('a time that is not believed is refused in the same words', () => {
  const [later, first] = both('{"ts":1,"a":2}', [`{"ts":${NOW},"a":2}`], 'clock', '')
  expect(later).toEqual(first)
  expect(later).toMatchObject({ rejected: 'clock' })
})

test('a device that says something else every time is read all the same', () => {
  const all = Array.from({ length: 100 }, (_, n) => `{"key${n}":${n}}`)
  const [later, first] = both('{"key7":1,"key8":2}', all, 'fickle', '')
  expect(later).toEqual(first)
})
