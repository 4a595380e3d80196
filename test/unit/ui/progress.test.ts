import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { progressBar, progressLine } from '../../../src/lib/ui/progress.ts'
import { displayWidth } from '../../../src/lib/ui/width.ts'
import { TextStream } from '../../support/text-stream.ts'

beforeEach(() => {
  vi.stubEnv('CI', '')
  vi.stubEnv('LC_ALL', 'C.UTF-8')
})
afterEach(() => vi.unstubAllEnvs())

describe('progressLine', () => {
  test('says how far, how fast and how long still', () => {
    const view = { label: 'issue', unit: 'devices', done: 31_402, total: 50_000, rate: 5210 }
    expect(progressLine(view, 80)).toMatch(
      /^issue {2}31,402 of 50,000 devices {2}━+╌+ {2}5,210\/s {2}4 s left$/,
    )
  })

  test('without a total there is no bar and no end', () => {
    const view = { label: 'issue', unit: 'devices', done: 12, total: undefined, rate: 4 }
    expect(progressLine(view, 80)).toBe('issue  12 devices  4/s')
  })

  test('in ASCII where the terminal has no more', () => {
    const view = { label: 'issue', unit: 'devices', done: 1, total: 2, rate: undefined }
    expect(progressLine(view, 80, false)).toMatch(/^[ -~]+$/)
  })

  test('never wider than the terminal', () => {
    const view = fc.record({
      label: fc.constantFrom('issue', '発行'),
      unit: fc.constantFrom('devices', 'rows'),
      done: fc.nat(),
      total: fc.option(fc.nat(), { nil: undefined }),
      rate: fc.option(fc.double({ min: 0, max: 1e6, noNaN: true }), { nil: undefined }),
    })
    fc.assert(
      fc.property(view, fc.integer({ min: 10, max: 120 }), (view, width) => {
        expect(displayWidth(progressLine(view, width))).toBeLessThanOrEqual(width)
      }),
    )
  })
})

function start(isTTY: boolean) {
  const stream = new TextStream({ isTTY })
  let now = 0
  const bar = progressBar(stream.asTerminal(), { label: 'issue', unit: 'devices' }, () => now)
  return { stream, bar, at: (time: number) => (now = time) }
}

describe('progressBar', () => {
  test('what is soon over is not worth a line', () => {
    const { stream, bar, at } = start(true)
    at(300)
    bar.update(10, 20)
    bar.done()
    expect(stream.text).toBe('')
  })

  test('draws one line at most ten times a second, and takes it away', () => {
    const { stream, bar, at } = start(true)
    for (let time = 0; time <= 2000; time += 10) {
      at(time)
      bar.update(time, 4000)
    }
    expect(stream.chunks.length).toBeGreaterThan(10)
    expect(stream.chunks.length).toBeLessThanOrEqual(16)
    expect(stream.text).not.toContain('\n')
    expect(stream.text).toContain('1,000/s  2 s left')
    bar.done()
    expect(stream.chunks.at(-1)).toBe('\r\u001b[K')
  })

  test('what an earlier run had done is not speed', () => {
    const { stream, bar, at } = start(true)
    bar.update(30_000, 50_000)
    at(1000)
    bar.update(31_000, 50_000)
    expect(stream.text).toContain('1,000/s  19 s left')
  })

  test('is silent where nobody looks', () => {
    const { stream, bar, at } = start(false)
    at(5000)
    bar.update(1, 2)
    bar.done()
    expect(stream.text).toBe('')
  })
})
