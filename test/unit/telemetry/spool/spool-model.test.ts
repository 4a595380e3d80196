import { mkdtemp, readdir, rm, stat, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Spool } from '../../../../src/lib/telemetry/spool/spool.ts'

/** What happens to a spool, in any order: it behaves like a queue of numbers that outlives its processes. */
const step = fc.oneof(
  fc.record({ does: fc.constant('append'), count: fc.integer({ min: 1, max: 40 }), bytes: fc.nat(3000) }),
  fc.record({ does: fc.constant('store'), count: fc.integer({ min: 1, max: 60 }) }),
  fc.record({ does: fc.constant('fail to store'), count: fc.integer({ min: 1, max: 60 }) }),
  fc.record({ does: fc.constant('restart') }),
  // A process that was killed while it wrote leaves the beginning of a record that it never relied on.
  fc.record({ does: fc.constant('die in a write'), cut: fc.integer({ min: 1, max: 200 }) }),
) as fc.Arbitrary<Step>

interface Step {
  readonly does: 'append' | 'store' | 'fail to store' | 'restart' | 'die in a write'
  readonly count: number
  readonly bytes: number
  readonly cut: number
}

const BOUND = 256 * 1024

test('whatever is appended, stored, tried in vain and killed, nothing is lost, doubled or out of order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const folder = await mkdtemp(path.join(tmpdir(), 'flotilla-spool-model-'))
      try {
        await runSteps(folder, steps)
      } finally {
        await rm(folder, { recursive: true })
      }
    }),
    { numRuns: 60 },
  )
})

async function runSteps(folder: string, steps: readonly Step[]): Promise<void> {
  const open = () => Spool.open({ folder, bound: BOUND, sync: false })
  let spool = await open()
  let waiting: number[] = []
  let next = 0
  const messages = (count: number, bytes: number) =>
    Array.from({ length: count }, () => {
      const moment = next++
      return { topic: 'dt/acme/p1', payload: Buffer.alloc(bytes, moment), arrivedAt: moment, moment }
    })
  for (const { does, count, bytes, cut } of steps) {
    if (does === 'append') {
      const some = messages(count, bytes)
      const safe = await spool.append(some)
      if (safe < count) expect(spool.stats().full).toBeDefined()
      waiting.push(...some.slice(0, safe).map(({ moment }) => moment))
    } else if (does === 'store' || does === 'fail to store') {
      const given = (await spool.read(count)).map(({ moment }) => moment)
      expect(given).toEqual(waiting.slice(0, given.length))
      expect(given.length > 0).toBe(waiting.length > 0)
      if (does === 'fail to store') continue
      await spool.trim()
      waiting = waiting.slice(given.length)
    } else {
      if (does === 'die in a write') await tearNext(spool, folder, messages(1, 200), cut)
      await spool[Symbol.asyncDispose]()
      spool = await open()
    }
    const { messages: left, bytes: used, since } = spool.stats()
    expect([left, since]).toEqual([waiting.length, waiting[0]])
    expect(used).toBeLessThanOrEqual(BOUND)
  }
  const rest: number[] = []
  for (let some = await spool.read(100); some.length > 0; some = await spool.read(100)) {
    rest.push(...some.map(({ moment }) => moment))
    await spool.trim()
  }
  expect(rest).toEqual(waiting)
  expect(await readdir(folder)).toEqual([])
  await spool[Symbol.asyncDispose]()
}

/** Appends one more record, and takes its end away again: as if it had never been acknowledged. */
async function tearNext(
  spool: Spool,
  folder: string,
  one: Parameters<Spool['append']>[0],
  cut: number,
): Promise<void> {
  if ((await spool.append(one)) === 0) return
  const last = path.join(folder, (await readdir(folder)).toSorted().at(-1)!)
  const { size } = await stat(last)
  await truncate(last, size - cut)
}
