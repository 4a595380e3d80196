import * as fc from 'fast-check'
import { expect, test } from 'vitest'
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
