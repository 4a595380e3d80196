import { expect, test } from 'vitest'
import { latestNote, latestTable } from '../../../src/lib/cli/latest-text.ts'
import type { LatestView } from '../../../src/lib/fleet/latest-view.ts'
import { paintAt } from '../../../src/lib/ui/paint.ts'
import { textTerminal } from '../../support/text-terminal.ts'

const now = Date.UTC(2026, 10, 25, 14, 27, 38)
const latest: readonly LatestView[] = [
  { device: 'pump-0001', metric: 'flow', at: '2026-11-25T14:27:36.123456Z', value: 3.2 },
  { device: 'pump-0001', metric: 'running', at: '2026-11-25T14:24:38.000000Z', value: true },
  { device: 'pump-0002', metric: 'mode', at: '2026-11-25T14:27:38.000000Z', value: 'auto\u001b[31m' },
]

const all = { latest, lastHour: [], silent: [] }

test('a person sees each device once, a program on every line', () => {
  expect(latestTable(all, textTerminal(), now).split('\n')).toEqual([
    'device     metric          value  age',
    'pump-0001  flow              3.2  2 s ago',
    '           running          true  3 min ago',
    'pump-0002  mode     auto\\x1b[31m  now',
  ])
  const lines = latestTable(all, textTerminal({ isScreen: false }), now).split('\n')
  expect(lines[2]).toMatch(/^pump-0001 {2}running/)
})

test('how a number went stands beside it, and a silent device is named', () => {
  const means = [null, 1, 2, null, 4]
  const lastHour = [{ device: 'pump-0001', metric: 'flow', means }]
  const silent = ['pump-0002']
  const [, first, , third] = latestTable({ latest, lastHour, silent }, textTerminal(), now).split('\n')
  expect(first).toMatch(/^pump-0001 {2}flow +3\.2 +2 s ago +\S{2} \S$/)
  expect(third).toMatch(/now +silent$/)
  expect(latestNote({ latest, silent }, paintAt(0))).toBe(
    '1 device silent\nNext: flotilla device show pump-0002',
  )
})

test('the next command plots what can be plotted', () => {
  expect(latestNote(all, paintAt(0))).toBe('Next: flotilla telemetry plot pump-0001 --metric flow')
  expect(latestNote({ ...all, latest: latest.slice(2) }, paintAt(0))).toBe('Next: flotilla tail')
})

test('what is suggested can be typed: a plain name, else one in quotes, else nothing of that kind', () => {
  const named = (...metrics: readonly string[]) => ({
    ...all,
    latest: metrics.map((metric) => ({ ...latest[0]!, metric })),
  })
  const plot = 'Next: flotilla telemetry plot pump-0001 --metric'
  expect(latestNote(named('\u001b[2J', 'a b', 'flow'), paintAt(0))).toBe(`${plot} flow`)
  expect(latestNote(named('\u001b[2J', "it's; x"), paintAt(0))).toBe(`${plot} 'it'\\''s; x'`)
  expect(latestNote(named('\u001b[2J', '--help'), paintAt(0))).toBe('Next: flotilla tail')
})

test('nothing stored is said, with the way to find out why', () => {
  expect(latestNote({ ...all, latest: [] }, paintAt(0))).toContain('Nothing is stored yet')
})
