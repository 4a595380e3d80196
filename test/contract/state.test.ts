import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { DeadLetter, State } from '../../src/lib/registry/state.ts'
import { type Databases, DRIVERS } from './registry-drivers.ts'

function letter(number: number, more: Partial<DeadLetter> = {}): DeadLetter {
  const payload = new Uint8Array([0, 255, number % 256])
  return {
    topic: `dt/acme/pump-${number}`,
    payload,
    reason: 'clock',
    detail: '',
    device: undefined,
    at: number,
    ...more,
  }
}

describe.each(DRIVERS)('the state on $name', ({ make }) => {
  let databases: Databases
  let state: State

  beforeEach(async () => {
    databases = await make()
    state = await databases.openState({ deadLetterBound: 10, refusedBound: 5 })
  })
  afterEach(() => databases[Symbol.asyncDispose]())

  /** How devices look to who joins them. */
  const lives = async (): Promise<unknown> => {
    const registry = await databases.openRegistry()
    if ((await registry.countDevices()) === 0) {
      await registry.change('op.a', { action: 'a', subject: 's' }, (to) =>
        to.addDevices([{ id: 'pump-1', life: 'issued', tags: {} }]),
      )
    }
    const [device] = await registry.devices({})
    return [device!.life, device!.lastSeen]
  }

  describe('what devices do for the first time', () => {
    const firsts = async () =>
      (await state.firsts({ limit: 100 })).map(({ device, kind, at }) => [device, kind, at])

    test('a connection and a message, each once, in the order in which they were noted', async () => {
      await state.noteSeen([{ device: 'pump-1', at: 500, messages: 0 }])
      await state.noteSeen([{ device: 'pump-2', at: 510, messages: 3 }])
      await state.noteSeen([{ device: 'PUMP-1', at: 600, messages: 0 }])
      await state.noteSeen([{ device: 'pump-1', at: 700, messages: 2 }])
      await state.noteSeen([
        { device: 'pump-1', at: 800, messages: 1 },
        { device: 'pump-2', at: 800, messages: 1 },
      ])
      expect(await firsts()).toEqual([
        ['pump-1', 'delivered', 500],
        ['pump-2', 'delivered', 510],
        ['pump-2', 'reported', 510],
        ['pump-1', 'reported', 700],
      ])
    })

    test('are taken out once they are kept elsewhere, and none comes again', async () => {
      await state.noteSeen([{ device: 'pump-1', at: 1, messages: 0 }])
      await state.noteSeen([{ device: 'pump-2', at: 2, messages: 0 }])
      const [first] = await state.firsts({ limit: 1 })
      await state.removeFirsts(first!.sequence)
      expect(await firsts()).toEqual([['pump-2', 'delivered', 2]])
      const [second] = await state.firsts({ limit: 1 })
      await state.removeFirsts(second!.sequence)
      await state.noteSeen([{ device: 'pump-3', at: 3, messages: 0 }])
      const [third] = await state.firsts({ limit: 1 })
      expect(third!.sequence).toBeGreaterThan(second!.sequence)
    })
  })

  test('what a service has lost stays with its note', async () => {
    const note = { role: 'store', host: 'a', pid: 1, startedAt: 1, at: 2, stopped: false, lag: 0 }
    const lost = { count: 7, at: 2 }
    await state.noteServices([{ ...note, failing: undefined, lost }])
    expect(await state.services()).toEqual([{ ...note, failing: undefined, lost }])
    await state.noteServices([{ ...note, failing: 'x' }])
    expect(await state.services()).toEqual([{ ...note, failing: 'x' }])
  })

  test('so do deaths that it survived, and how many values were replaced', async () => {
    const note = { role: 'broker', host: 'a', pid: 1, startedAt: 1, at: 2, stopped: false, lag: 0 }
    const said = { ...note, failing: undefined, deaths: [{ at: 1, how: 'signal SIGKILL' }], collapsed: 3 }
    await state.noteServices([said])
    expect(await state.services()).toEqual([said])
  })

  test('and when it could hear nobody, now and the last time before', async () => {
    const note = { role: 'ingest', host: 'a', pid: 1, startedAt: 1, at: 9, stopped: false, lag: 0 }
    const said = { ...note, failing: 'x', absence: { from: 2, to: 5 }, deafSince: 8 }
    await state.noteServices([said])
    expect(await state.services()).toEqual([said])
    const { deafSince: _, ...heard } = said
    await state.noteServices([heard])
    expect(await state.services()).toEqual([heard])
  })

  describe('devices that were heard', () => {
    test('the last time stands, in whatever order the notes come', async () => {
      await state.noteSeen([{ device: 'pump-1', at: 500, messages: 0 }])
      expect(await lives()).toEqual(['delivered', 500])
      await state.noteSeen([{ device: 'PUMP-1', at: 400, messages: 0 }])
      expect(await lives()).toEqual(['delivered', 500])
      await state.noteSeen([{ device: 'pump-1', at: 450, messages: 1 }])
      expect(await lives()).toEqual(['reported', 500])
      await state.noteSeen([{ device: 'pump-1', at: 600, messages: 0 }])
      expect(await lives()).toEqual(['reported', 600])
    })

    test('a message within the millisecond of its connection is heard', async () => {
      await state.noteSeen([{ device: 'pump-1', at: 500, messages: 0 }])
      await state.noteSeen([{ device: 'pump-1', at: 500, messages: 1 }])
      expect(await lives()).toEqual(['reported', 500])
    })

    test('thousands at once', async () => {
      const notes = Array.from({ length: 3000 }, (_, index) => ({
        device: `pump-${index}`,
        at: index,
        messages: 1,
      }))
      await state.noteSeen([...notes, ...notes])
      const registry = await databases.openRegistry()
      expect(await registry.unknown()).toHaveLength(3000)
    })
  })

  describe('who was turned away', () => {
    test('is counted per identity, reason and address, the latest first', async () => {
      await state.noteRefused([
        { identity: 'pump-1', reason: 'expired', address: '10.0.0.1', at: 20 },
        { identity: 'PUMP-1', reason: 'expired', address: '10.0.0.1', at: 10 },
        { identity: 'pump-1', reason: 'blocked', address: '10.0.0.1', at: 30 },
      ])
      await state.noteRefused([{ identity: 'pump-1', reason: 'expired', address: '10.0.0.1', at: 40 }])
      await state.noteRefused([{ identity: '\u001b[31mx', reason: 'unknown-ca', address: '10.0.0.9', at: 5 }])
      const own = [
        { identity: 'pump-1', reason: 'expired', address: '10.0.0.1', first: 10, last: 40, count: 3 },
        { identity: 'pump-1', reason: 'blocked', address: '10.0.0.1', first: 30, last: 30, count: 1 },
      ]
      const stranger = {
        identity: '\u001b[31mx',
        reason: 'unknown-ca',
        address: '10.0.0.9',
        first: 5,
        last: 5,
        count: 1,
      }
      expect(await state.refused()).toEqual([...own, stranger])
      expect(await state.refused({ identity: 'Pump-1' })).toEqual(own)
      expect(await state.refused({ limit: 1 })).toEqual(own.slice(0, 1))
    })

    test('is bounded: those refused longest ago go', async () => {
      const refused = Array.from({ length: 12 }, (_, index) => ({
        identity: `x${index}`,
        reason: 'expired',
        address: '10.0.0.1',
        at: (index * 5) % 12,
      }))
      await state.noteRefused(refused)
      expect((await state.refused()).map(({ last }) => last)).toEqual([11, 10, 9, 8, 7])
    })
  })

  describe('dead letters', () => {
    test('come back as they were, the latest first', async () => {
      const letters = [
        letter(1),
        letter(2, { device: 'pump-2', detail: 'in the year 1970', payload: new Uint8Array() }),
      ]
      await state.addDeadLetters(letters)
      expect(await state.deadLetters()).toEqual(letters.toReversed())
      expect(await state.deadLetters({ device: 'PUMP-2' })).toEqual(letters.slice(1))
      expect(await state.deadLetters({ limit: 1 })).toEqual(letters.slice(1))
      expect(await state.countDeadLetters()).toBe(2)
    })

    test('are bounded: the oldest go first, whether they come one by one or all at once', async () => {
      const at = async (): Promise<number[]> => (await state.deadLetters()).map((one) => one.at)
      for (let number = 0; number < 25; number++) await state.addDeadLetters([letter(number)])
      expect(await at()).toEqual([24, 23, 22, 21, 20, 19, 18, 17, 16, 15])
      await state.addDeadLetters([letter(30), letter(31), letter(32)])
      expect(await at()).toEqual([32, 31, 30, 24, 23, 22, 21, 20, 19, 18])
      await state.addDeadLetters(Array.from({ length: 1200 }, (_, number) => letter(number)))
      expect(await at()).toEqual([1199, 1198, 1197, 1196, 1195, 1194, 1193, 1192, 1191, 1190])
      expect(await state.countDeadLetters()).toBe(10)
    })

    test('are bounded in bytes as well: the oldest go, the newest stays however large it is', async () => {
      const small = await databases.openState({ deadLetterBytes: 1000 })
      const large = (number: number, bytes: number) =>
        letter(number, { topic: 't', payload: new Uint8Array(bytes) })
      const at = async (): Promise<number[]> => (await small.deadLetters()).map((one) => one.at)
      await small.addDeadLetters([large(1, 399), large(2, 399)])
      expect(await at()).toEqual([2, 1])
      await small.addDeadLetters([large(3, 799)])
      expect(await at()).toEqual([3, 2])
      await small.addDeadLetters([large(4, 5000)])
      expect(await at()).toEqual([4])
      await small.addDeadLetters([large(5, 10), large(6, 990)])
      expect(await at()).toEqual([6, 5])
    })

    test('are read in pages, the oldest first, by device and reason, and taken out by id', async () => {
      const letters = [
        letter(1, { device: 'pump-1' }),
        letter(2, { reason: 'json' }),
        letter(3, { device: 'pump-1', reason: 'json' }),
        letter(4),
      ]
      await state.addDeadLetters(letters)
      const page = await state.deadLetterPage({ after: 0, limit: 3 })
      expect(page.map(({ id: _, ...one }) => one)).toEqual(letters.slice(0, 3))
      const last = page.at(-1)!.id
      const at = async (query: object): Promise<number[]> =>
        (await state.deadLetterPage({ after: 0, limit: 10, ...query })).map((one) => one.at)
      expect(await at({ after: last })).toEqual([4])
      expect(await at({ device: 'PUMP-1' })).toEqual([1, 3])
      expect(await at({ device: 'pump-1', reason: 'json' })).toEqual([3])
      expect(await state.countDeadLetters({ reason: 'json' })).toBe(2)
      await state.removeDeadLetters([page[0]!.id, last])
      await state.removeDeadLetters([last])
      expect(await at({})).toEqual([2, 4])
    })

    test('that may have been added before are kept once, if it is said so', async () => {
      const letters = [letter(1), letter(2), letter(3, { device: undefined })]
      await state.addDeadLetters(letters)
      const others = [letter(1, { payload: Buffer.from('other') }), letter(4)]
      await state.addDeadLetters([...letters, ...others], { again: true })
      expect(await state.countDeadLetters()).toBe(5)
      await state.addDeadLetters(letters)
      expect(await state.countDeadLetters()).toBe(8)
    })

    test('that fail to be written leave none behind', async () => {
      await state.addDeadLetters([letter(1)])
      const bad = { ...letter(3), topic: null as unknown as string }
      await expect(state.addDeadLetters([letter(2), bad])).rejects.toThrow()
      expect(await state.countDeadLetters()).toBe(1)
    })
  })

  test('no rows are no transaction', async () => {
    await state.noteSeen([])
    await state.noteRefused([])
    await state.addDeadLetters([])
    expect(await state.countDeadLetters()).toBe(0)
  })
})
