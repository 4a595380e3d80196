import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { SeriesMap } from '../../../src/lib/telemetry/series-map.ts'
import { deviceSeries, type SeriesName } from '../../../src/lib/telemetry/series-name.ts'

test('what is known of series is found again, in whatever order it came, until it is cleared', () => {
  const names = Array.from({ length: 200 }, (_, n) => deviceSeries('map').name(`m${n}`))
  const far = { device: 'map', metric: 'far', index: names[0]!.index + 30_000_000 }
  names.push(far, { ...far, index: far.index + 1 })
  const map = new SeriesMap<number>()
  const step = fc.oneof(fc.tuple(fc.nat(201), fc.nat()), fc.constant('clear' as const))
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
