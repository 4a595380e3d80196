import * as fc from 'fast-check'
import { parser } from 'mqtt-packet'
import { describe, expect, test } from 'vitest'
import { encodePubacks, Receipts } from '../../../src/lib/mqtt/receipts.ts'

type Step = { readonly add: number } | { readonly finish: number } | 'take'

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ add: fc.integer({ min: 0, max: 40 }) }),
  fc.record({ finish: fc.nat() }),
  fc.constant('take' as const),
)

/** Receipts as one would write them without regard to speed. */
class Model {
  places: { readonly id: number; finished: boolean; number?: number | undefined }[] = []

  pick(finish: number): { finished: boolean; number?: number | undefined } | undefined {
    return this.places[finish % Math.max(1, this.places.length)]
  }

  play(step: Step): unknown {
    if (step === 'take') return this.#take()
    if ('finish' in step) return undefined
    const taken = step.add !== 0 && this.places.some(({ id }) => id === step.add)
    if (!taken) this.places.push({ id: step.add, finished: false, number: this.lastNumber })
    return taken
  }

  lastNumber: number | undefined

  #take(): number[] {
    const open = this.places.findIndex(({ finished }) => !finished)
    const ready = this.places.splice(0, open === -1 ? this.places.length : open)
    return ready.map(({ id }) => id).filter((id) => id !== 0)
  }
}

function play(step: Step, receipts: Receipts, model: Model): unknown {
  if (step === 'take') return receipts.take()
  if ('add' in step) {
    model.lastNumber = receipts.add(step.add)
    return model.lastNumber === undefined
  }
  const place = model.pick(step.finish)
  if (place === undefined) return undefined
  place.finished = true
  receipts.finish(place.number!)
  return undefined
}

describe('Receipts', () => {
  test('what is finished early waits for what came before it (MQTT-4.6.0-2)', () => {
    const receipts = new Receipts()
    const [first, second, third] = [7, 3, 9].map((id) => receipts.add(id)!)
    receipts.finish(third!)
    receipts.finish(second!)
    expect(receipts.take()).toEqual([])
    receipts.finish(first!)
    expect(receipts.take()).toEqual([7, 3, 9])
    expect(receipts.take()).toEqual([])
    expect(receipts.size).toBe(0)
  })

  test('QoS 0 holds a place and sends nothing', () => {
    const receipts = new Receipts()
    const zero = receipts.add(0)!
    const one = receipts.add(5)!
    receipts.finish(one)
    expect(receipts.take()).toEqual([])
    receipts.finish(zero)
    expect(receipts.take()).toEqual([5])
  })

  test('a packet id in flight is not taken twice, and may come again after its PUBACK', () => {
    const receipts = new Receipts()
    const number = receipts.add(5)!
    expect(receipts.add(5)).toBeUndefined()
    receipts.finish(number)
    expect(receipts.take()).toEqual([5])
    expect(receipts.add(5)).toBeDefined()
  })

  test('whatever the order of finishing, ids leave once, in order of receipt, and only when finished', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
        const receipts = new Receipts()
        const model = new Model()
        const played = steps.map((one) => ({ real: play(one, receipts, model), expected: model.play(one) }))
        expect(played.map(({ real }) => real)).toEqual(played.map(({ expected }) => expected))
        expect(receipts.size).toBe(model.places.length)
      }),
    )
  })

  test('many thousands keep their order through compaction', () => {
    const receipts = new Receipts()
    const taken: number[] = []
    for (let round = 0; round < 5; round++) {
      const numbers = Array.from({ length: 9000 }, (_, index) => receipts.add(index + 1)!)
      for (const number of numbers.slice(0, 8000).toReversed()) receipts.finish(number)
      taken.push(...receipts.take())
      expect(receipts.size).toBe(1000)
      for (const number of numbers.slice(8000)) receipts.finish(number)
      taken.push(...receipts.take())
    }
    expect(taken).toEqual(Array.from({ length: 45_000 }, (_, index) => (index % 9000) + 1))
  })
})

test('coalesced PUBACKs are what an MQTT parser reads, in order', () => {
  const ids = [1, 255, 256, 65_535]
  const read: (number | undefined)[] = []
  const packets = parser({ protocolVersion: 5 })
  packets.on('packet', (packet) => read.push(packet.cmd === 'puback' ? packet.messageId : undefined))
  packets.parse(encodePubacks(ids))
  expect(read).toEqual(ids)
})
