import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatSize, parseSize } from '../../../src/lib/base/size.ts'

test.each([
  ['0', 0],
  ['512 B', 512],
  ['1.5 MiB', 1_572_864],
  ['64MiB', 67_108_864],
  [' 1 GiB ', 1_073_741_824],
])('%s is a size', (text, bytes) => expect(parseSize(text)).toBe(bytes))

test.each(['', '12', '1 GB', '1 gib', '-1 MiB', 'MiB', '1 MiB 2 KiB', '9999999 TiB'])('%j is none', (text) =>
  expect(() => parseSize(text)).toThrow(expect.objectContaining({ code: 'SIZE' })),
)

test('what is shown says the size within a twentieth, and can be read', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1024 ** 5 }), (bytes) => {
      expect(Math.abs(parseSize(formatSize(bytes)) / bytes - 1)).toBeLessThan(0.06)
    }),
  )
})
