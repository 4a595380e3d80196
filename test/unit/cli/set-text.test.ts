import { expect, test } from 'vitest'
import { removedSetText, setListNote, setTable } from '../../../src/lib/cli/set-text.ts'
import { paintAt } from '../../../src/lib/ui/paint.ts'
import { textTerminal } from '../../support/text-terminal.ts'

const now = Date.parse('2026-11-25T14:27:38Z')
const set = {
  ...{ name: 'night', selector: 'silent 2h', devices: 2, actor: 'op.alice' },
  keptAt: new Date(now - 7_200_000).toISOString(),
}
const removed = (ids: readonly string[], retired = 0) =>
  removedSetText({ ...set, devices: ids.length, ids, retired }, paintAt(0)).split('\n')

test('a set is a line, by the name that is typed', () => {
  expect(setTable([set], textTerminal(), now).split('\n')).toEqual([
    'set     devices  kept     by        chosen by',
    '@night        2  2 h ago  op.alice  silent 2h',
  ])
  expect(setListNote({ sets: [] }, paintAt(0))).toContain('flotilla device list silent --keep night')
})

test('what is removed comes with the line that keeps it again, retired devices too', () => {
  expect(removed(['p1', 'p2'])).toEqual([
    '@night removed: it named 2 devices, chosen by: silent 2h',
    'Nothing happened to them.',
    'Undo: flotilla device list p1,p2 --keep night',
  ])
  expect(removed(['p1', 'p2'], 1)).toContain('Undo: flotilla device list p1,p2 --retired --keep night')
})

test('more ids than anybody types are in the JSON', () => {
  const lines = removed(Array.from({ length: 21 }, (_, index) => `p${index}`))
  expect(lines[0]).toContain('it named 21 devices')
  expect(lines.join()).not.toContain('Undo')
})
