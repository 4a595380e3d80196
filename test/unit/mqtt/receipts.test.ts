import fc from 'fast-check'
import { parser } from 'mqtt-packet'
import { describe, expect, test } from 'vitest'
import { encodePubacks, Receipts } from '../../../src/lib/mqtt/receipts.ts'

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
    const steps = fc.array(
      fc.oneof(
        fc.record({ do: fc.constant('add' as const), id: fc.integer({ min: 0, max: 40 }) }),
        fc.record({ do: fc.constant('finish' as const), pick: fc.nat() }),
        fc.record({ do: fc.constant('take' as const) }),
      ),
      { maxLength: 400 },
    )
    fc.assert(
      fc.property(steps, (all) => {
        const receipts = new Receipts()
        let model: { id: number; number: number; finished: boolean }[] = []
        for (const step of all) {
          if (step.do === 'add') {
            const number = receipts.add(step.id)
            const inFlight = step.id !== 0 && model.some(({ id }) => id === step.id)
            expect(number === undefined).toBe(inFlight)
            if (number !== undefined) model.push({ id: step.id, number, finished: false })
          } else if (step.do === 'finish' && model.length > 0) {
            const entry = model[step.pick % model.length]!
            entry.finished = true
            receipts.finish(entry.number)
          } else if (step.do === 'take') {
            const stop = model.findIndex(({ finished }) => !finished)
            const ready = model.slice(0, stop === -1 ? model.length : stop)
            model = model.slice(ready.length)
            expect(receipts.take()).toEqual(ready.map(({ id }) => id).filter((id) => id !== 0))
          }
          expect(receipts.size).toBe(model.length)
        }
      }),
    )
  })

  test('many thousands keep their order through compaction', () => {
    const receipts = new Receipts()
    const taken: number[] = []
    for (let round = 0; round < 5; round++) {
      const numbers = Array.from({ length: 9000 }, (_, index) => receipts.add(index + 1)!)
      for (const number of numbers.slice(0, 8000).reverse()) receipts.finish(number)
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
