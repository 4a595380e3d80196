import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { MOST_NUMBERS, payloadOf, readNumbers, skeletonOf } from '../../../src/lib/telemetry/skeleton.ts'

/** The numbers of a payload read by the skeleton of another one; undefined where it has not that skeleton. */
function read(payload: string, like = payload): readonly number[] | undefined {
  const skeleton = skeletonOf(Buffer.from(like))!
  const numbers = new Float64Array(MOST_NUMBERS)
  if (!readNumbers(Buffer.from(payload), skeleton, numbers)) return undefined
  return [...numbers.slice(0, skeleton.ends.length - 1)]
}

test('numbers are what JSON.parse makes of them, to the last bit and the sign of zero', () => {
  const digits = (maxLength: number) =>
    fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength })
  const number = fc
    .tuple(
      fc.constantFrom('', '-'),
      digits(16),
      fc.option(digits(16)),
      fc.constantFrom('', '', '', 'e3', 'E-12'),
    )
    .map(([sign, whole, fraction, exponent]) => {
      const canonical = whole.replace(/^0+(?=\d)/, '')
      return `${sign}${canonical}${fraction === null ? '' : `.${fraction}`}${exponent}`
    })
  const space = fc.constantFrom('', '', ' ', '\r\n\t')
  let known = 0
  fc.assert(
    fc.property(fc.array(fc.tuple(number, number, space), { minLength: 1, maxLength: 6 }), (members) => {
      const text = (which: 0 | 1) =>
        `{${members.map((member, n) => `${member[2]}"k${n}"${member[2]}: ${member[which]}${member[2]}`).join(',')}}`
      const numbers = read(text(0), text(1))
      if (numbers === undefined) return
      known++
      expect(numbers).toEqual(Object.values(JSON.parse(text(0)) as Record<string, number>))
    }),
    { numRuns: 20_000 },
  )
  expect(known).toBeGreaterThan(2000)
})

test.each([
  ['a number is in another form than JSON has', '{"a":01}'],
  ['a number is in another form than JSON has', '{"a":-}'],
  ['a number is in another form than JSON has', '{"a":1.}'],
  ['a number is in another form than JSON has', '{"a":.5}'],
  ['a number is in another form than JSON has', '{"a":+1}'],
  ['it may not be exact', '{"a":12345678901234.56}'],
  ['it has an exponent', '{"a":1e5}'],
  ['it is cut off', '{"a":1'],
  ['it is cut off', '{"a":'],
  ['it is cut off', '{"a"'],
  ['it is cut off', ''],
  ['something follows', '{"a":1}}'],
  ['it is another key', '{"b":1}'],
  ['there are more', '{"a":1,"b":2}'],
  ['it is no number', '{"a":"1"}'],
])('is read elsewhere when %s: %s', (_, payload) => {
  expect(read(payload, '{"a":1}')).toBeUndefined()
})

test('what stands in strings, escaped quotes and words of any language belongs to the skeleton', () => {
  const like = '{"a 1":"-2 \\\\","b\\"3":[4,-0.5],"ä":"😀","c":{"d":true}}'
  expect(read(like)).toEqual([4, -0.5])
  expect(read(like.replace('4', '77'), like)).toEqual([77, -0.5])
  for (const [from, to] of [
    ['a 1', 'a 2'],
    ['-2', '-3'],
    ['b\\"3', 'b\\"4'],
    ['😀', '😁'],
    ['true', 'null'],
  ] as const)
    expect(read(like.replace(from, to), like)).toBeUndefined()
})

test('a payload can be made of a skeleton and other numbers', () => {
  const skeleton = skeletonOf(Buffer.from('{ "a":1e5, "ü":[-2] }\n'))!
  expect(payloadOf(skeleton, [-0.25, 1_764_000_000_000]).toString()).toBe(
    '{ "a":-0.25, "ü":[1764000000000] }\n',
  )
})

test.each([['[1]'], ['1'], ['{}'], ['{"a":"1"}'], [''], [`{"a":"${'x'.repeat(5000)}","b":1}`]])(
  'has no skeleton: %s',
  (payload) => {
    expect(skeletonOf(Buffer.from(payload))).toBeUndefined()
  },
)
