import { describe, expect, test } from 'vitest'
import { tailNote, tailPainter } from '../../../src/lib/cli/tail-text.ts'
import type { TailReading } from '../../../src/lib/fleet/tail-line.ts'
import { paintAt } from '../../../src/lib/ui/paint.ts'
import { displayWidth } from '../../../src/lib/ui/width.ts'

const arrival = new Date(2026, 10, 25, 14, 27, 38)
const arrivedAt = arrival.toISOString()
const at = (offset: number) => new Date(arrival.getTime() + offset).toISOString()

const reading: TailReading = {
  device: 'pump-0001',
  topic: 'dt/acme/pump-0001',
  at: at(-40),
  arrivedAt,
  values: { flow: 3.2, running: true, mode: 'auto' },
}

const paint = (width = 80) => tailPainter(paintAt(0), width)

describe('a line of tail', () => {
  test('names time, device and values', () => {
    expect(paint()(reading)).toBe('14:27:37  pump-0001  flow=3.2 running=true mode=auto')
  })

  test('a bare number stands for itself', () => {
    expect(paint()({ ...reading, values: { '': 21.4 } })).toBe('14:27:37  pump-0001  21.4')
  })

  test('fits the terminal', () => {
    const values = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`metric${index}`, index]))
    const line = paint()({ ...reading, values })
    expect(displayWidth(line)).toBe(80)
    expect(line).toMatch(/[…~]$/)
  })

  test('in a pipe is whole, but for a value that would be longer than the rest', () => {
    const values = { text: 'x'.repeat(300_000), [`m${'y'.repeat(99)}`]: 1, flow: 3.2 }
    const line = paint(Number.POSITIVE_INFINITY)({ ...reading, values })
    expect(line).toMatch(/ text=x{62,63}[…~] m(?:y){61,62}[…~]=1 flow=3.2$/)
  })

  test('keeps values in one column while ids differ', () => {
    const show = paint()
    const [first, second] = [show(reading), show({ ...reading, device: 'p2' })]
    expect(second.indexOf('flow')).toBe(first.indexOf('flow'))
  })

  test.each([
    [{ at: at(-7_200_000) }, '2 h late'],
    [{ at: at(300_000) }, 'its clock is 5 min ahead'],
    [{ retained: true as const }, 'kept by the broker'],
  ])('with %j it says: %s', (change, words) => {
    expect(paint()({ ...reading, ...change })).toContain(words)
  })

  test('a time of another day has its date', () => {
    expect(paint()({ ...reading, at: at(-86_400_000) })).toMatch(/^24 Nov 14:27:38 {2}pump-0001/)
  })

  test('what is not stored has a reason', () => {
    const rejected = { reason: 'clock', detail: 'its time is 1970-01-01' }
    const line = paint()({ device: 'pump-0001', topic: reading.topic, arrivedAt, rejected })
    expect(line).toBe('14:27:38  pump-0001  not stored (clock) its time is 1970-01-01')
  })

  test('a reason is never cut: its line goes on below', () => {
    const detail = 'at byte 31 of the payload stands } where a value should stand, or the end of the object'
    const rejected = { reason: 'json', detail }
    const lines = paint(60)({ device: 'pump-0001', topic: reading.topic, arrivedAt, rejected }).split('\n')
    expect(lines.length).toBeGreaterThan(1)
    for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(60)
    for (const line of lines.slice(1)) expect(line).toMatch(/^ {10}\S/)
    expect(lines.map((line) => line.trim()).join(' ')).toBe(
      `14:27:38  pump-0001  not stored (json) ${detail}`,
    )
  })

  test('nothing that a device sends can steer the terminal', () => {
    const values = { 'a\u001b[2J': 'b\r\u202e' }
    expect(paint()({ ...reading, values })).toContain('a\\x1b[2J=b\\x0d\\u202e')
    const rejected = { reason: 'json', detail: '\u0007' }
    expect(paint()({ device: null, topic: 'x\n', arrivedAt, rejected })).toMatch(/x\\x0a.*\\x07/)
  })
})

test('the end says how much it was and what was missed', () => {
  expect(tailNote({ lines: 1204, devices: 5, rejected: 0 }, 0, paintAt(0))).toBe(
    '1,204 lines of 5 devices\nNext: flotilla telemetry latest',
  )
  expect(tailNote({ lines: 9, devices: 1, rejected: 2 }, 3, paintAt(0))).toContain(
    '9 lines of 1 device · 2 messages not stored · 3 lines not shown',
  )
})
