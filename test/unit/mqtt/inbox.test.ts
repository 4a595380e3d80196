import { array, assert, constantFrom, property, tuple, uint8Array } from 'fast-check'
import { expect, test } from 'vitest'
import { Inbox } from '../../../src/lib/mqtt/inbox.ts'

test('what connections receive in turns comes out as it came in, whoever shares the memory', () => {
  const arrivals = array(tuple(constantFrom(0, 1, 2), uint8Array({ maxLength: 20_000 })), { maxLength: 60 })
  assert(
    property(arrivals, constantFrom(1, 5, 100), (all, every) => {
      const inboxes = [new Inbox(), new Inbox(), new Inbox()]
      const sent: number[][] = [[], [], []]
      const got: Buffer[][] = [[], [], []]
      all.forEach(([who, bytes], n) => {
        const record = Buffer.from(bytes)
        inboxes[who]!.add(record)
        record.fill(0) // the landing place is used again
        for (const byte of bytes) sent[who]!.push(byte)
        if (n % every === 0) got[who]!.push(...inboxes[who]!.take())
      })
      for (const [who, inbox] of inboxes.entries()) {
        got[who]!.push(...inbox.take())
        expect(inbox.length).toBe(0)
        expect(Buffer.concat(got[who]!).equals(Buffer.from(sent[who]!))).toBe(true)
      }
    }),
    { numRuns: 60 },
  )
})

test('what one connection receives in a turn is one piece', () => {
  const inbox = new Inbox()
  inbox.add(Buffer.alloc(60_000)) // there is room behind it now, or it starts a piece of memory anew
  inbox.take()
  for (let n = 0; n < 10; n++) inbox.add(Buffer.from(`message ${n};`))
  expect(inbox.length).toBe(100)
  expect(inbox.take()).toHaveLength(1)
})
