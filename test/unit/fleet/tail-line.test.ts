import { describe, expect, test } from 'vitest'
import { parseTailCondition, type TailCondition } from '../../../src/lib/fleet/tail-condition.ts'
import { tailLines } from '../../../src/lib/fleet/tail-line.ts'
import { ArrivalClock, decode } from '../../../src/lib/telemetry/decode.ts'

const arrivedAt = Date.UTC(2026, 10, 25, 14, 27, 38)
const topic = 'dt/acme/pump-0001'

function linesOf(payload: string, { metrics, where, retained = false, on = topic }: Options = {}) {
  const bytes = Buffer.from(payload)
  const context = { fleet: 'acme', retention: 30 * 86_400_000, arrivalTime: new ArrivalClock() }
  const decoded = decode({ topic: on, payload: bytes, arrivedAt }, context)
  return tailLines({ topic: on, payload: bytes, retained }, arrivedAt, decoded, { metrics, where })
}

interface Options {
  readonly metrics?: ReadonlySet<string>
  readonly where?: TailCondition
  readonly retained?: boolean
  readonly on?: string
}

describe('the lines of a message', () => {
  test('are one for one moment, with all values as they were sent', () => {
    expect(linesOf(`{"ts":${arrivedAt - 40},"flow":3.2,"running":true,"mode":"auto"}`)).toEqual([
      {
        device: 'pump-0001',
        topic,
        at: '2026-11-25T14:27:37.960000Z',
        arrivedAt: '2026-11-25T14:27:38.000Z',
        values: { flow: 3.2, running: true, mode: 'auto' },
      },
    ])
  })

  test('are as many as there are moments', () => {
    const samples = [1, 2].map((index) => ({ ts: arrivedAt - 1000 * index, flow: index }))
    const lines = linesOf(JSON.stringify(samples))
    expect(lines.map((line) => 'values' in line && line.values['flow'])).toEqual([1, 2])
  })

  test('are left out where the condition does not hold, judged by all values of their moment', () => {
    const samples = [1, 2, 3].map((flow) => ({ ts: arrivedAt - flow, flow, temp: flow * 30 }))
    const where = parseTailCondition('temp above 45 and flow below 3')
    const lines = linesOf(JSON.stringify(samples), { where, metrics: new Set(['flow']) })
    expect(lines.map((line) => 'values' in line && line.values)).toEqual([{ flow: 2 }])
  })

  test('hold only the metrics asked for, and are none without any', () => {
    const payload = '{"flow":3.2,"pressure":2}'
    const [line] = linesOf(payload, { metrics: new Set(['flow']) })
    expect(line).toMatchObject({ values: { flow: 3.2 } })
    expect(linesOf(payload, { metrics: new Set(['power']) })).toEqual([])
  })

  test('say that the broker kept the message', () => {
    expect(linesOf('3.2', { retained: true })[0]).toMatchObject({ retained: true })
    expect(linesOf('3.2')[0]).not.toHaveProperty('retained')
  })

  test('a message that is not stored has its reason, whatever was asked for', () => {
    expect(linesOf('{"ts":1000,"flow":1}', { metrics: new Set(['power']) })).toEqual([
      {
        device: 'pump-0001',
        topic,
        arrivedAt: '2026-11-25T14:27:38.000Z',
        rejected: { reason: 'clock', detail: expect.any(String) as unknown },
      },
    ])
    expect(linesOf('1', { on: 'dt/other/pump-0001' })[0]).toMatchObject({
      device: null,
      rejected: { reason: 'topic' },
    })
  })

  test('a metric may be called like anything', () => {
    const [line] = linesOf('{"__proto__":1,"constructor":2}')
    expect(JSON.parse(JSON.stringify(line)).values).toEqual(JSON.parse('{"__proto__":1,"constructor":2}'))
  })
})
