import { expect, test } from 'vitest'
import { plotNote, plotText } from '../../../src/lib/cli/plot-text.ts'
import type { PlotData } from '../../../src/lib/fleet/plot-series.ts'
import { paintAt } from '../../../src/lib/ui/paint.ts'
import { displayWidth } from '../../../src/lib/ui/width.ts'
import { textTerminal } from '../../support/text-terminal.ts'

const start = Date.UTC(2026, 10, 25, 13)
const iso = (offset: number) => new Date(start + offset).toISOString()
const points = [0, 1, 2, 3].map((index) => ({
  at: iso(index * 900_000),
  count: 1,
  avg: 2 + index / 10,
  min: 2 + index / 10,
  max: 2 + index / 10,
}))
const data: PlotData = {
  metric: 'flow',
  from: iso(0),
  to: iso(3_600_000),
  interval: 9,
  series: [{ device: 'pump-0001', points }],
}

test('one device: what it shows and what the numbers come to', () => {
  const lines = plotText(data, textTerminal()).split('\n')
  expect(lines[0]).toBe('pump-0001  flow  1 h  last 2.3 · min 2 · max 2.3')
  for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(80)
  expect(plotNote(data, paintAt(0))).toBe('Next: flotilla tail pump-0001 --metric flow')
  expect(plotNote({ ...data, metric: 'a\u0007' }, paintAt(0))).toBe('Next: flotilla tail pump-0001')
})

test('several devices have a legend instead', () => {
  const series = [...data.series, { device: 'pump-0002', points }]
  const [title, legend] = plotText({ ...data, series }, textTerminal()).split('\n')
  expect(title).toBe('flow  1 h')
  expect(legend).toContain('pump-0002')
})
