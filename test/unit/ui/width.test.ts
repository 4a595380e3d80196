import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { displayWidth, pad, shorten, shortenMiddle } from '../../../src/lib/ui/width.ts'

describe('displayWidth', () => {
  test.each([
    ['', 0],
    ['pump-0001', 9],
    ['温度', 4],
    ['e\u0301', 1], // é, decomposed
    ['🇩🇪', 2],
    ['👩‍👩‍👧‍👦', 2],
    ['⚡', 2],
    ['ﾊﾟ', 2],
    ['⠿│░━', 4],
    ['\u001b[31mred\u001b[39m', 3],
  ])('%j takes %i columns', (text, width) => {
    expect(displayWidth(text)).toBe(width)
  })
})

describe('shorten', () => {
  test.each([
    ['pump-0001', 9, 'pump-0001'],
    ['pump-0001', 8, 'pump-00…'],
    ['pump-0001', 1, '…'],
    ['pump-0001', 0, ''],
    ['温度センサー', 6, '温度…'], // the third would end in column 7
    ['温度センサー', 5, '温度…'],
    ['cafe\u0301s', 5, 'cafe\u0301s'],
    ['cafe\u0301 au lait', 5, 'cafe\u0301…'],
  ])('%j in %i columns is %j', (text, width, short) => {
    expect(shorten(text, width, true)).toBe(short)
  })

  test('colours end where the text is cut', () => {
    expect(shorten('\u001b[31mrefused\u001b[39m', 4, true)).toBe('\u001b[31mref…\u001b[0m')
  })

  test('nothing is ever wider than asked for', () => {
    const text = fc.string({
      unit: fc.oneof(
        fc.constantFrom('a', '温', 'e\u0301', '🇩🇪', '⚡', '\u001b[1m'),
        fc.string({ unit: 'grapheme', maxLength: 1 }),
      ),
    })
    fc.assert(
      fc.property(text, fc.nat(30), (text, width) => {
        expect(displayWidth(shorten(text, width))).toBeLessThanOrEqual(width)
      }),
    )
  })
})

test('what is cut in the middle keeps its end, and no character is cut', () => {
  expect(shortenMiddle('gateway-north-0042', 11, true)).toBe('gatew…-0042')
  expect(shortenMiddle('温度センサー', 7, true)).toBe('温度…ー')
  expect(shortenMiddle('pump-0001', 9)).toBe('pump-0001')
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.nat(30), (text, width) => {
      expect(displayWidth(shortenMiddle(text, width))).toBeLessThanOrEqual(width)
    }),
  )
})

test('pad fills columns, not characters', () => {
  expect(pad('温度', 6)).toBe('温度  ')
  expect(pad('3.2', 6, 'right')).toBe('   3.2')
  expect(pad('longer', 3)).toBe('longer')
})
