import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { displayWidth } from '../../../src/lib/ui/width.ts'
import { wrapLines, wrapWords } from '../../../src/lib/ui/wrap-words.ts'

describe('wrapWords', () => {
  test('breaks between words and goes on as far in as asked for', () => {
    expect(wrapWords('  disk  72 MiB are free', 16, 8)).toBe('  disk  72 MiB\n        are free')
  })

  test('a word without room stands whole on a line of its own, and further out where it must', () => {
    expect(wrapWords('  disk  free at /srv/fleets/acme', 20, 8)).toBe('  disk  free at\n    /srv/fleets/acme')
    expect(wrapWords('  disk  /srv/fleets/acme/data now', 18, 8)).toBe(
      '  disk\n/srv/fleets/acme/data\n        now',
    )
  })

  test('a command is copied in one piece, and what is said behind it is no part of it', () => {
    expect(
      wrapWords('Start the broker: flotilla up --fleet acme. Then look again.', 34, 0).split('\n'),
    ).toEqual(['Start the broker:', 'flotilla up --fleet acme. Then', 'look again.'])
    expect(wrapWords('Try flotilla device show pump-1  or  flotilla device list', 32, 0).split('\n')).toEqual(
      ['Try flotilla device show pump-1', 'or  flotilla device list'],
    )
  })

  test('a command in colour, too', () => {
    const command = '\u001b[36mflotilla device show pump-0001\u001b[39m'
    expect(wrapWords(`Look at it: ${command}`, 36, 0)).toBe(`Look at it:\n${command}`)
  })

  test('loses nothing, breaks no word, and only a word alone is wider than asked for', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', '温', 'e\u0301'), minLength: 1, maxLength: 30 })
    fc.assert(
      fc.property(
        fc.array(word, { minLength: 1 }),
        fc.integer({ min: 8, max: 40 }),
        fc.nat(6),
        (words, width, indent) => {
          const lines = wrapWords(words.join(' '), width, indent).split('\n')
          expect(lines.flatMap((line) => line.trim().split(' '))).toEqual(words)
          for (const line of lines) {
            if (line.trim().includes(' ')) expect(displayWidth(line)).toBeLessThanOrEqual(width)
          }
        },
      ),
    )
  })
})

test('only lines that are too wide are touched', () => {
  const text = 'a  table   with gaps\n    Fix: set the clock, best by NTP\n'
  expect(wrapLines(text, 24)).toBe('a  table   with gaps\n    Fix: set the clock,\n    best by NTP\n')
})
