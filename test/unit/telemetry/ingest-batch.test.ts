import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ArrivalClock } from '../../../src/lib/telemetry/decode.ts'
import { IngestBatch } from '../../../src/lib/telemetry/ingest-batch.ts'

const NOW = Date.parse('2026-11-20T00:00:00Z')

function batchOf(payloads: readonly string[]): IngestBatch {
  const messages = payloads.map((payload, n) => ({
    topic: `dt/acme/d${n}`,
    payload: Buffer.from(payload),
    arrivedAt: NOW + n,
    acknowledge: () => {},
  }))
  return new IngestBatch(messages, { fleet: 'acme', retention: 1000, arrivalTime: new ArrivalClock() })
}

test('a row that the store refuses takes its own message out, whichever rows were refused before', () => {
  const payload = fc.constantFrom('no JSON', '[]', '{"a":1}', '{"a":1,"b":2,"c":3}')
  fc.assert(
    fc.property(
      fc.array(payload, { maxLength: 12 }),
      fc.array(fc.nat(), { maxLength: 8 }),
      (payloads, picks) => {
        const batch = batchOf(payloads)
        const kept = new Set(payloads.keys())
        const refused: number[] = []
        for (const pick of picks) {
          if (batch.rows.length === 0) break
          const row = pick % batch.rows.length
          const device = batch.rows.series(row).device
          batch.refuse(new Map([[row, 'no']]), 'store')
          refused.push(Number(device.slice(1)))
          kept.delete(Number(device.slice(1)))
        }
        const metricsOf = (n: number) =>
          Object.keys(JSON.parse(payloads[n]!.replace('no JSON', '{}')) as object)
        expect(Array.from(batch.rows, ({ device, metric }) => `${device} ${metric}`)).toEqual(
          [...kept].flatMap((n) => metricsOf(n).map((metric) => `d${n} ${metric}`)),
        )
        const letters = batch.letters.filter(({ reason }) => reason === 'store')
        expect(letters.map(({ topic }) => topic)).toEqual(refused.map((n) => `dt/acme/d${n}`))
      },
    ),
    { numRuns: 500 },
  )
})

test('decoded again from what is spooled it is the same rows, whatever came before', () => {
  const payload = fc.constantFrom(
    'no JSON',
    '7',
    '{"a":1}',
    '{"a":1.5,"b":"x"}',
    `{"ts":${NOW},"a":2}`,
    '{"ts":"2026-11-20T01:00:00+01:00","a":3}',
    '{"ts":"2026-11-20T00:00:00.5Z","a":4}',
    '[{"a":1},{"a":2}]',
  )
  const context = () => ({ fleet: 'acme', retention: 1000, arrivalTime: new ArrivalClock() })
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(2), payload), { maxLength: 20 }), (sent) => {
      const messages = sent.map(([device, text], n) => ({
        topic: `dt/acme/again${device}`,
        payload: Buffer.from(text),
        arrivedAt: NOW + Math.floor(n / 3),
      }))
      const batch = new IngestBatch(messages, context())
      expect([...new IngestBatch(batch.storable(), context()).rows]).toEqual([...batch.rows])
    }),
  )
})
