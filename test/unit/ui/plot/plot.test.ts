import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { paintAt } from '../../../../src/lib/ui/paint.ts'
import type { PlotPoint } from '../../../../src/lib/ui/plot/draw-series.ts'
import { type PlotOptions, type PlotSeries, plot } from '../../../../src/lib/ui/plot/plot.ts'
import { displayWidth } from '../../../../src/lib/ui/width.ts'

const from = new Date(2026, 10, 25, 14, 0).getTime()
const to = from + 3_600_000
const defaults: PlotOptions = { from, to, width: 80, height: 8, paint: paintAt(0), unicode: true }

function line(value: (share: number) => number, count = 120): PlotPoint[] {
  return Array.from({ length: count }, (_, index) => {
    const share = index / (count - 1)
    return { at: from + share * (to - from), value: value(share) }
  })
}

function drawn(series: readonly PlotSeries[], options: Partial<PlotOptions> = {}): readonly string[] {
  return plot(series, { ...defaults, ...options }).split('\n')
}

/** The drawing without its axes. */
function area(lines: readonly string[]): readonly string[] {
  return lines.filter((text) => /[│┤|]/.test(text)).map((text) => text.replace(/^.*?[│┤|]/, ''))
}

describe('plot', () => {
  test('a rising line rises from the lower left to the upper right, over the whole width', () => {
    const rows = area(drawn([{ label: 'flow', points: line((share) => share * 10) }], { width: 42 }))
    expect(rows.at(-1)![0]).not.toBe(' ')
    const top = rows.findIndex((row) => row.trim() !== '')
    expect(top).toBe(0)
    expect(rows[0]!.trimEnd()).toHaveLength(42 - '10 ┤'.length)
    expect(rows[0]!.trimStart().length).toBeLessThan(10)
  })

  test('names values at round ticks, and moments at round times', () => {
    const lines = drawn([{ label: 'flow', points: line((share) => 2.1 + share) }])
    expect(lines[0]).toMatch(/^3\.5 ┤/)
    expect(lines.filter((text) => text.includes('┤')).map((text) => text.slice(0, 3))).toEqual([
      '3.5',
      '3.0',
      '2.5',
      '2.0',
    ])
    expect(lines.at(-1)).toContain('14:15')
    expect(lines.at(-1)!.indexOf('14:15') + 2).toBe(lines.at(-2)!.indexOf('┬', 10))
  })

  test('a gap is a gap', () => {
    const points = line(() => 1).filter((_, index) => index < 40 || index > 80)
    const row = area(drawn([{ label: 'flow', points }])).find((text) => text.trim() !== '')!
    expect(row).toMatch(/^[⠀-⣿]+ {20,}[⠀-⣿]+$/u)
  })

  test('points further apart than the rest but no gap are joined', () => {
    const points = line(() => 1, 12)
    expect(area(drawn([{ label: 'flow', points }])).join('')).not.toMatch(/[⠀-⣿] +[⠀-⣿]/u)
  })

  test('NaN and infinities are left out', () => {
    const points = line((share) => (share < 0.3 ? Number.NaN : share > 0.6 ? Number.POSITIVE_INFINITY : 5))
    const lines = drawn([{ label: 'flow', points }])
    expect(lines.join()).not.toMatch(/NaN|Infinity/)
    expect(area(lines).join('').trim()).not.toBe('')
  })

  test('one point is seen', () => {
    const rows = area(drawn([{ label: 'flow', points: [{ at: from + 1_800_000, value: 5 }] }]))
    expect(rows.join('').trim()).toHaveLength(1)
  })

  test('a constant lies in the middle, however large or small', () => {
    for (const value of [0, 1, -3.5, 1e-12, 1e18, 1e300, 5e-324]) {
      const rows = area(drawn([{ label: 'flow', points: line(() => value) }], { height: 9 }))
      expect(rows.findIndex((row) => row.trim() !== '')).toBeGreaterThanOrEqual(2)
      expect(rows.findLastIndex((row) => row.trim() !== '')).toBeLessThanOrEqual(6)
    }
  })

  test('nothing to draw is an empty frame', () => {
    expect(
      area(drawn([{ label: 'flow', points: [] }]))
        .join('')
        .trim(),
    ).toBe('')
  })

  test('several series have a legend, and without colour marks of their own', () => {
    const lines = drawn([
      { label: 'pump-0001', points: line(() => 1) },
      { label: 'pump-0002', points: line(() => 2) },
    ])
    expect(lines[0]).toBe('• pump-0001   × pump-0002')
    expect(area(lines).join('')).toMatch(/×+.*•+/)
  })

  test('with colour the lines are dots in the colours of the legend', () => {
    const lines = drawn(
      [
        { label: 'pump-0001', points: line(() => 1) },
        { label: 'pump-0002', points: line(() => 2) },
      ],
      { paint: paintAt(1) },
    )
    expect(lines[0]).toContain('\u001b[36m━\u001b[39m pump-0001')
    expect(lines.slice(1).join('')).toContain('\u001b[35m⠉')
  })

  test('a band from min to max lies around the line', () => {
    const points = line((share) => 5 + share).map((point) => ({ ...point, min: 3.5, max: 7.2 }))
    const rows = area(drawn([{ label: 'flow', points }]))
    expect(rows.filter((row) => row.includes('░')).length).toBeGreaterThan(3)
    expect(rows[0]).not.toContain('░')
  })

  test('is ASCII where the terminal has no more', () => {
    const series = [1, 2, 3].map((value) => ({ label: `p${value}`, points: line(() => value) }))
    for (const text of drawn(series, { unicode: false })) expect(text).toMatch(/^[ -~]*$/)
  })

  test('what a label brings along cannot steer the terminal', () => {
    const series = ['\u001b[2Ja', 'b'].map((label) => ({ label, points: line(() => 1) }))
    expect(drawn(series)[0]).toContain('\\x1b[2Ja')
  })

  test('is as wide as asked and no wider, whatever is plotted', () => {
    const point = fc.record({ at: fc.integer({ min: from, max: to }), value: fc.double() })
    const series = fc.record({
      label: fc.string({ unit: 'grapheme', maxLength: 70 }),
      points: fc.array(point, { maxLength: 40 }).map((points) => points.toSorted((a, b) => a.at - b.at)),
    })
    const size = fc.record({
      width: fc.integer({ min: 40, max: 120 }),
      height: fc.integer({ min: 2, max: 20 }),
    })
    fc.assert(
      fc.property(
        fc.array(series, { maxLength: 3 }),
        size,
        fc.boolean(),
        (all, { width, height }, unicode) => {
          const lines = drawn(all, { width, height, unicode })
          for (const text of lines) expect(displayWidth(text)).toBeLessThanOrEqual(width)
          expect(displayWidth(lines.at(-2)!)).toBe(width)
          expect(lines.length).toBeGreaterThanOrEqual(height + 2)
        },
      ),
    )
  })
})
