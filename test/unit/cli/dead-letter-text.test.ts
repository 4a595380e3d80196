import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  deadLetterNote,
  deadLetterTable,
  payloadBeginning,
  replayText,
} from '../../../src/lib/cli/dead-letter-text.ts'
import type { DeadLetterView } from '../../../src/lib/fleet/dead-letters.ts'
import { refuseKept } from '../../../src/lib/service/replay-dead-letters.ts'
import { displayWidth } from '../../../src/lib/ui/width.ts'
import { textTerminal } from '../../support/text-terminal.ts'

const now = Date.parse('2026-11-25T14:27:38Z')
const { paint } = textTerminal()
const base64 = (payload: string | Uint8Array) => Buffer.from(payload).toString('base64')

const letter: DeadLetterView = {
  arrivedAt: new Date(now - 3000).toISOString(),
  device: 'p1',
  topic: 'dt/acme/p1/hall',
  reason: 'clock',
  detail: 'The event time 0 is 1970-01-01T00:00:00.000Z, older than what is kept.',
  payload: base64('{"ts":0,"a":1}'),
}

describe('the beginning of a payload', () => {
  test.each<[string, string | Uint8Array, string]>([
    ['text as text', '{"a":1}', '{"a":1}'],
    ['nothing as nothing', '', ''],
    ['other bytes in hexadecimal', Uint8Array.of(0xa1, 0xff, 0x00), 'a1ff00'],
    ['what could steer a terminal as what it is', '\u001b[2J', String.raw`\x1b[2J`],
    ['long text cut', 'x'.repeat(49), `${'x'.repeat(48)}…`],
    ['text that is cut within a character', `${'x'.repeat(47)}é!`, `${'x'.repeat(47)}…`],
  ])('shows %s', (_, payload, shown) => {
    expect(payloadBeginning(base64(payload))).toBe(shown)
  })

  test('is one line that steers nothing, whatever came', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (payload) => {
        expect(payloadBeginning(base64(payload))).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/)
      }),
    )
  })
})

test('a table fits 80 columns, whatever devices sent', () => {
  const evil = { ...letter, topic: `dt/acme/\u001b]0;${'x'.repeat(300)}`, detail: 'y'.repeat(300) }
  for (const line of deadLetterTable([letter, evil], textTerminal(), now).split('\n')) {
    expect(displayWidth(line)).toBeLessThanOrEqual(80)
    expect(line).not.toContain('\u001b')
  }
})

test('the note says how many there are and what comes next', () => {
  const some = { letters: [letter], total: 7 }
  expect(deadLetterNote(some, false, paint)).toBe(
    [
      'The latest 1 of 7 dead letters. When the cause is mended, store them.',
      'Next: flotilla telemetry deadletters replay',
    ].join('\n'),
  )
  expect(deadLetterNote({ letters: [], total: 0 }, false, paint)).toContain('everything that came')
  expect(deadLetterNote({ letters: [], total: 0 }, true, paint)).toBe('There are no such dead letters.')
})

test('a replay says what is stored; what is not ends it with exit 7', () => {
  const all = { stored: 2, measurements: 5, kept: 0, rejected: {} }
  const some = { stored: 1, measurements: 1, kept: 3, rejected: { clock: 2, json: 1 } }
  expect(replayText({ stored: 0, measurements: 0, kept: 0, rejected: {} })).toBe(
    'There are no such dead letters.',
  )
  expect(replayText(all)).toBe('2 dead letters stored: 5 measurements.')
  expect(replayText(some)).toBe('1 dead letter stored: 1 measurement.')
  expect(() => refuseKept(all)).not.toThrow()
  expect(() => refuseKept(some)).toThrow(
    expect.objectContaining({
      code: 'LETTERS_KEPT',
      exitCode: 7,
      message: '3 dead letters cannot be stored still: clock 2, json 1.',
      details: some,
    }),
  )
})
