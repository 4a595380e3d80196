import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { displayWidth, pad, shorten, shortenMiddle, wrap } from '../../../src/lib/ui/width.ts'

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

describe('wrap', () => {
  test('breaks between words, and a word only where it has no room of its own', () => {
    expect(wrap('12:00 it cannot be', 12, 6)).toBe('12:00 it\n      cannot\n      be')
    expect(wrap('12:00 unbreakable', 10, 2)).toBe('12:00\n  unbreaka\n  ble')
  })

  test('loses nothing, and no line is wider than asked for', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', '温', 'e\u0301'), minLength: 1, maxLength: 30 })
    fc.assert(
      fc.property(fc.array(word), fc.integer({ min: 8, max: 40 }), fc.nat(6), (words, width, indent) => {
        const wrapped = wrap(words.join(' '), width, indent)
        for (const line of wrapped.split('\n')) expect(displayWidth(line)).toBeLessThanOrEqual(width)
        expect(wrapped.replaceAll(/\s/g, '')).toBe(words.join(''))
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
