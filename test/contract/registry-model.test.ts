import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Device, foldId, type StoredLife } from '../../src/lib/registry/device.ts'
import { lifeOf } from '../../src/lib/registry/life.ts'
import type { Registry } from '../../src/lib/registry/registry.ts'
import { SELECTOR_STATES, type Selector, type SelectorFact } from '../../src/lib/registry/selector.ts'
import type { State } from '../../src/lib/registry/state.ts'
import { fulfils, isLike } from '../../src/lib/registry/tag-comparison.ts'
import { selectorOf } from '../support/selectors.ts'
import { DRIVERS } from './registry-drivers.ts'

/** What a registry is, in a few lines: the real ones have to agree with it after any run of operations. */
interface Model {
  readonly devices: Map<string, Entry>
  readonly seen: Map<string, Seen>
  changes: number
}

interface Seen {
  readonly id: string
  readonly at: number
  readonly messages: number
  readonly counted: number
}

interface Entry {
  readonly id: string
  life: StoredLife
  blocked: boolean
  readonly tags: Map<string, string>
}

interface Real {
  readonly registry: Registry
  readonly state: State
}

type Command = fc.AsyncCommand<Model, Real>

const IDS = ['a', 'B', 'a-1', 'A_1', 'b:2', 'c', '0x', 'Z'] as const
const anyCase = fc
  .tuple(fc.constantFrom(...IDS), fc.boolean())
  .map(([id, upper]) => (upper ? id.toUpperCase() : id.toLowerCase()))
const someIds = fc.array(anyCase, { maxLength: 4 })
const key = fc.constantFrom('hall', 'line')
const value = fc.constantFrom('A', 'B', '2.4', '2.10.0', '9')
const values = fc.array(value, { minLength: 1, maxLength: 3 })
const order = fc.constantFrom('<' as const, '<=' as const, '>' as const, '>=' as const)
const fact: fc.Arbitrary<SelectorFact> = fc.oneof(
  fc.record({
    kind: fc.constant('tag' as const),
    key,
    comparison: fc.constantFrom('=' as const, '!=' as const),
    values,
  }),
  fc.record({ kind: fc.constant('tag' as const), key, comparison: order, values: fc.tuple(value) }),
  fc.record({
    kind: fc.constant('tag' as const),
    key,
    comparison: fc.constant('like' as const),
    values: fc.array(fc.constantFrom('*', '2.*', 'A'), { minLength: 1, maxLength: 2 }),
  }),
  fc.record({
    kind: fc.constant('ids' as const),
    ids: fc.array(fc.oneof(anyCase, fc.constantFrom('A*', '*_1', 'a-*', '*')), { maxLength: 4 }),
  }),
  fc.record({
    kind: fc.constant('state' as const),
    states: fc.array(fc.constantFrom(...SELECTOR_STATES), { minLength: 1, maxLength: 2 }),
  }),
  fc.record({
    kind: fc.constant('seen' as const),
    bound: fc.option(fc.record({ order, time: fc.nat(20) }), { nil: undefined }),
  }),
  fc.constant({ kind: 'every' as const }),
)
const MOMENTS = { now: 20, heardUntil: 20 }

/** A change either goes through in both, or in neither and leaves no trace. */
function change(
  name: string,
  allowed: (model: Model) => boolean,
  model: (model: Model) => void,
  real: (real: Registry) => Promise<void>,
): Command {
  return {
    check: () => true,
    toString: () => name,
    async run(expected, { registry }) {
      if (!allowed(expected)) {
        await expect(real(registry)).rejects.toThrow()
        return
      }
      await real(registry)
      model(expected)
      expected.changes++
    },
  }
}

function toChange(
  name: string,
  ids: readonly string[],
  edit: (entry: Entry) => void,
  real: Parameters<Registry['change']>[2],
): Command {
  return change(
    name,
    (model) => ids.every((id) => model.devices.has(foldId(id))),
    (model) => {
      for (const id of ids) edit(model.devices.get(foldId(id))!)
    },
    async (registry) =>
      void (await registry.change('op.model', { action: name, subject: ids.join(',') }, real)),
  )
}

function add(ids: readonly string[], life: StoredLife, tags: Readonly<Record<string, string>>): Command {
  return change(
    `add ${life} ${ids.join(',')} ${JSON.stringify(tags)}`,
    (model) =>
      new Set(ids.map(foldId)).size === ids.length && ids.every((id) => !model.devices.has(foldId(id))),
    (model) => {
      for (const id of ids) {
        model.devices.set(foldId(id), { id, life, blocked: false, tags: new Map(Object.entries(tags)) })
      }
    },
    (registry) =>
      registry.change('op.model', { action: 'add', subject: ids.join(',') }, (to) =>
        to.addDevices(ids.map((id) => ({ id, life, tags }))),
      ),
  )
}

function setTags(ids: readonly string[], tags: Readonly<Record<string, string | undefined>>): Command {
  const edit = (entry: Entry): void => {
    for (const [key, value] of Object.entries(tags)) {
      if (value === undefined) entry.tags.delete(key)
      else entry.tags.set(key, value)
    }
  }
  return toChange(`tag ${ids.join(',')} ${JSON.stringify(tags)}`, ids, edit, (to) => to.setTags(ids, tags))
}

function seen(device: string, at: number, messages: number): Command {
  return {
    check: () => true,
    toString: () => `seen ${device} at ${at}, ${messages} messages`,
    async run({ seen: all }, { state }) {
      await state.noteSeen([{ device, at, messages }])
      const before = all.get(foldId(device)) ?? { id: device, at, messages: 0, counted: -1 }
      const counts = messages > 0 && at > before.counted
      all.set(foldId(device), {
        id: before.id,
        at: Math.max(before.at, at),
        messages: before.messages + (counts ? messages : 0),
        counted: counts ? at : before.counted,
      })
    },
  }
}

function chooses(selector: Selector, folded: string, entry: Entry, model: Model): boolean {
  const choose = (part: Selector) => chooses(part, folded, entry, model)
  if (selector.kind === 'any') return selector.of.some(choose)
  if (selector.kind === 'all') return selector.of.every(choose)
  if (selector.kind === 'not') return !choose(selector.of)
  return isSo(selector, folded, entry, model.seen.get(folded))
}

function isSo(fact: SelectorFact, folded: string, { tags, life, blocked }: Entry, heard?: Seen): boolean {
  switch (fact.kind) {
    case 'every':
      return true
    case 'ids':
      return fact.ids.some((id) => isLike(folded, foldId(id)))
    case 'tag':
      return tags.has(fact.key) && fulfils(tags.get(fact.key)!, fact)
    case 'state':
      return fact.states.some((state) => (state === 'blocked' ? blocked : lifeOf(life, heard) === state))
    case 'seen': {
      if (heard === undefined || fact.bound === undefined) return heard !== undefined
      const age = MOMENTS.now - heard.at
      const { order, time } = fact.bound
      return { '<': age < time, '<=': age <= time, '>': age > time, '>=': age >= time }[order]
    }
    case 'set':
    case 'input':
    case 'silent':
    case 'cert-ends':
      throw new Error(`The model does not know ${fact.kind}.`)
  }
}

/** All devices that are to be there, by id. */
function expectedDevices(
  model: Model,
  selector: Selector | undefined,
  includeRetired: boolean,
): Omit<Device, 'createdAt'>[] {
  return [...model.devices]
    .filter(([, { life }]) => includeRetired || life !== 'retired')
    .filter(([folded, entry]) => selector === undefined || chooses(selector, folded, entry, model))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([folded, { id, life, blocked, tags }]) => {
      const heard = model.seen.get(folded)
      return { id, life: lifeOf(life, heard), blocked, tags: Object.fromEntries(tags), lastSeen: heard?.at }
    })
}

function list(selector: Selector | undefined, includeRetired: boolean, page: number): Command {
  return {
    check: () => true,
    toString: () => `list ${JSON.stringify({ selector, includeRetired, page })}`,
    async run(model, { registry }) {
      const query = { selector, includeRetired, moments: MOMENTS }
      const devices: Device[] = []
      for (let after: string | undefined; ; after = devices.at(-1)!.id) {
        const some = await registry.devices({ ...query, after, limit: page })
        devices.push(...some)
        if (some.length < page) break
      }
      const expected = expectedDevices(model, selector, includeRetired)
      expect(devices.map(({ createdAt: _createdAt, ...device }) => device)).toEqual(expected)
      const counted = await registry.countDevices(query)
      expect(counted).toBe(expected.length)
    },
  }
}

function look(ids: readonly string[]): Command {
  return {
    check: () => true,
    toString: () => `look ${ids.join(',')}`,
    async run(model, { registry }) {
      const known = await registry.known(ids)
      for (const id of ids) {
        const entry = model.devices.get(foldId(id))
        expect(known.get(id)?.id).toBe(entry?.id)
        expect(known.get(id)?.life).toBe(entry?.life)
        expect((await registry.device(id))?.id).toBe(entry?.id)
      }
      const barred = [...model.devices.values()].filter(({ life, blocked }) => blocked || life === 'retired')
      expect([...(await registry.barred())].sort()).toEqual(barred.map(({ id }) => id).sort())
      const unknown = [...model.seen].filter(([folded]) => !model.devices.has(folded)).map(([, { id }]) => id)
      expect((await registry.unknown()).map(({ id }) => id).sort()).toEqual(unknown.sort())
      expect(await registry.verifyAudit()).toMatchObject({ rows: model.changes })
    },
  }
}

const commands = [
  fc
    .tuple(
      someIds,
      fc.constantFrom<StoredLife>('registered', 'issued', 'delivered'),
      fc.dictionary(key, value),
    )
    .map(([ids, life, tags]) => add(ids, life, { ...tags })),
  fc
    .tuple(someIds, fc.constantFrom<StoredLife>('registered', 'issued', 'delivered', 'retired'))
    .map(([ids, life]) =>
      toChange(
        `life ${life} ${ids.join(',')}`,
        ids,
        (entry) => (entry.life = life),
        (to) => to.setLife(ids, life),
      ),
    ),
  fc.tuple(someIds, fc.boolean()).map(([ids, blocked]) =>
    toChange(
      `blocked ${blocked} ${ids.join(',')}`,
      ids,
      (entry) => (entry.blocked = blocked),
      (to) => to.setBlocked(ids, blocked),
    ),
  ),
  fc
    .tuple(someIds, fc.dictionary(key, fc.option(value, { nil: undefined })))
    .map(([ids, tags]) => setTags(ids, tags)),
  fc.tuple(anyCase, fc.nat(20), fc.nat(2)).map(([id, at, messages]) => seen(id, at, messages)),
  fc
    .tuple(fc.option(selectorOf(fact), { nil: undefined }), fc.boolean(), fc.integer({ min: 1, max: 4 }))
    .map(([selector, includeRetired, page]) => list(selector, includeRetired, page)),
  someIds.map(look),
]

describe.each(DRIVERS)('the registry on $name', ({ make }) => {
  test('agrees with its model after any run of operations', async () => {
    await fc.assert(
      fc.asyncProperty(fc.commands(commands, { maxCommands: 60, size: 'max' }), async (run) => {
        await using databases = await make()
        const real = { state: await databases.openState(), registry: await databases.openRegistry() }
        const model: Model = { devices: new Map(), seen: new Map(), changes: 0 }
        await fc.asyncModelRun(() => ({ model, real }), run)
        expect(await real.registry.countDevices({ includeRetired: true })).toBe(model.devices.size)
      }),
      { numRuns: 60 },
    )
  })
})
