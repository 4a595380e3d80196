import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { ArrivalClock, decode } from '../../../src/lib/telemetry/decode.ts'
import { deviceSeries, SeriesMap, type SeriesName } from '../../../src/lib/telemetry/series-name.ts'

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

test('what is known of series is found again, in whatever order it came, until it is cleared', () => {
  const names = Array.from({ length: 200 }, (_, n) => deviceSeries('map').name(`m${n}`))
  const map = new SeriesMap<number>()
  const step = fc.oneof(fc.tuple(fc.nat(199), fc.nat()), fc.constant('clear' as const))
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      map.clear()
      const model = new Map<SeriesName, number>()
      for (const one of steps) {
        if (one === 'clear') {
          map.clear()
          model.clear()
        } else {
          map.set(names[one[0]]!, one[1])
          model.set(names[one[0]]!, one[1])
        }
        for (const name of names) expect(map.get(name)).toBe(model.get(name))
      }
    }),
    { numRuns: 50 },
  )
})

test('a device that makes names up does not fill the memory, and what it says is still understood', () => {
  const decoded = (topic: string, payload: string) =>
    decode(
      { topic, payload: Buffer.from(payload), arrivedAt: 1e12 },
      { fleet: 'acme', retention: 1000, arrivalTime: new ArrivalClock() },
    )
  const before = deviceSeries('quiet')
  decoded('dt/acme/quiet', '{"a":1}')
  const inventive = deviceSeries('inventive')
  for (let n = 0; n <= 1_000_000; n++) inventive.name(`m${n}`)
  expect([before.isForgotten, inventive.isForgotten]).toEqual([true, true])
  for (let time = 0; time < 3; time++)
    expect(decoded('dt/acme/quiet', '{"a":1,"b":2}')).toMatchObject({
      measurements: [
        { device: 'quiet', metric: 'a', value: 1 },
        { device: 'quiet', metric: 'b', value: 2 },
      ],
    })
  expect(deviceSeries('quiet').isForgotten).toBe(false)
})
