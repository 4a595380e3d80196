import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { ArrivalClock, decode } from '../../../src/lib/telemetry/decode.ts'
import { knownTopic } from '../../../src/lib/telemetry/known-topic.ts'
import { deviceSeries, type SeriesName } from '../../../src/lib/telemetry/series-name.ts'

test('a metric of a device is one object, in whatever order it is asked for', () => {
  const named = new Map<string, SeriesName>()
  const metric = fc.constantFrom('a', 'b', 'c', 'd')
  fc.assert(
    fc.property(fc.constantFrom('p1', 'p2'), fc.array(metric), (device, metrics) => {
      let before: SeriesName | undefined
      for (const one of metrics) {
        before = deviceSeries(device).name(one, before)
        expect(before).toMatchObject({ device, metric: one })
        const key = `${device} ${one}`
        expect(before).toBe(named.get(key) ?? before)
        named.set(key, before)
      }
    }),
  )
})

test('a device that makes names up does not fill the memory, and what it says is still understood', () => {
  const decoded = (topic: string, payload: string) =>
    decode(
      { topic, payload: Buffer.from(payload), arrivedAt: 1e12 },
      { fleet: 'acme', retention: 1000, arrivalTime: new ArrivalClock() },
    )
  decoded('dt/acme/quiet', '{"a":1}')
  const before = deviceSeries('quiet')
  const topic = knownTopic('dt/acme/quiet')
  const inventive = deviceSeries('inventive')
  for (let n = 0; n <= 2_500_000; n++) inventive.name(`m${n}`)
  expect(deviceSeries('quiet')).not.toBe(before)
  expect(knownTopic('dt/acme/quiet')).not.toBe(topic)
  for (let time = 0; time < 3; time++)
    expect(decoded('dt/acme/quiet', '{"a":1,"b":2}')).toMatchObject({
      measurements: [
        { device: 'quiet', metric: 'a', value: 1 },
        { device: 'quiet', metric: 'b', value: 2 },
      ],
    })
})
