import { describe, expect, test } from 'vitest'
import { refusedNote, refusedTable } from '../../../src/lib/cli/refused-text.ts'
import type { RefusedListing, RefusedRow } from '../../../src/lib/fleet/refused.ts'
import { textTerminal } from '../../support/text-terminal.ts'

const now = Date.parse('2026-11-25T14:27:38Z')
const ago = (milliseconds: number) => new Date(now - milliseconds).toISOString()

const row: RefusedRow = {
  identity: 'p1',
  reason: 'blocked',
  address: '10.7.2.117',
  count: 14,
  first: ago(60_000),
  last: ago(2000),
  device: { life: 'reported', blocked: true },
  certificate: 'good',
  remedy: { meaning: 'Somebody has blocked it.', next: 'flotilla device unblock p1' },
}
const note = (more: Partial<RefusedListing>) =>
  refusedNote({ source: 'exact', refused: [], total: 0, unknown: [], ...more }, textTerminal().paint)

describe('who was refused', () => {
  test('is a line each, with what the registry has under that name', () => {
    const stranger = {
      ...row,
      identity: 'op.x',
      device: null,
      certificate: 'expired',
      reason: 'expired',
    } as const
    const lines = refusedTable([row, stranger], textTerminal(), now).split('\n')
    expect(lines[0]).toMatch(/^who +known as +reason +times +since +last +from$/)
    expect(lines[1]).toMatch(/^p1 +reported, blocked +blocked +14 .*2 s ago +10\.7\.2\.117$/)
    expect(lines[2]).toMatch(/^op\.x +certificate expired +expired/)
  })

  test('cannot steer a terminal by its name', () => {
    const evil = { ...row, identity: '\u001b[2Jx\u202e', address: '\u009b1' }
    const listing = { refused: [{ ...evil, reason: '\u001b' }], total: 1, unknown: [] }
    const text = refusedTable([evil], textTerminal(), now) + note(listing)
    expect(text).not.toMatch(/[\u001b\u009b\u202e]/)
    expect(text).toContain(String.raw`\x1b[2Jx\u202e`)
  })

  test('each reason is explained once', () => {
    const text = note({ refused: [row, { ...row, identity: 'p2' }], total: 3 })
    expect(text).toBe('The latest 2 of 3.\nblocked  Somebody has blocked it.\n    flotilla device unblock p1')
  })
})

test('who came in unknown is to be imported or blocked; a name that cannot be typed is no command', () => {
  expect(note({ unknown: [{ id: 'p9', lastSeen: ago(1) }] })).toContain(
    '    flotilla device import p9  or  flotilla device block p9',
  )
  expect(note({ unknown: [{ id: '; rm -rf', lastSeen: ago(1) }] })).toContain('flotilla device import ID')
})

test('where it is from is said where it is not everything', () => {
  expect(note({})).toBe('Nobody was turned away.')
  expect(note({ source: 'log' })).toContain("From mosquitto's log")
  expect(note({ source: 'none' })).toContain('its own log')
})
