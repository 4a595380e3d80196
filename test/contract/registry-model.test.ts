import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Device, foldId, type StoredLife } from '../../src/lib/registry/device.ts'
import { lifeOf } from '../../src/lib/registry/life.ts'
import type { Registry } from '../../src/lib/registry/registry.ts'
import type { Selector } from '../../src/lib/registry/selector.ts'
import type { State } from '../../src/lib/registry/state.ts'
import { DRIVERS } from './registry-drivers.ts'

/** What a registry is, in a few lines: the real ones have to agree with it after any run of operations. */
interface Model {
  readonly devices: Map<string, Entry>
  readonly seen: Map<string, { id: string; at: number; messages: number; counted: number }>
  changes: number
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
const value = fc.constantFrom('A', 'B')
const term = fc.oneof(
  fc.record({ kind: fc.constant('tag' as const), key, value }),
  fc.record({ kind: fc.constant('ids' as const), ids: someIds }),
)

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

/** All devices that are to be there, by id. */
function expectedDevices(
  model: Model,
  selector: Selector | undefined,
  includeRetired: boolean,
): Omit<Device, 'createdAt'>[] {
  return [...model.devices]
    .filter(([, { life }]) => includeRetired || life !== 'retired')
    .filter(([folded, { tags }]) =>
      (selector ?? []).every((term) =>
        term.kind === 'ids'
          ? term.ids.some((id) => foldId(id) === folded)
          : tags.get(term.key) === term.value,
      ),
    )
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
      const query = { selector, includeRetired }
      const devices: Device[] = []
      for (let after: string | undefined; ; after = devices.at(-1)!.id) {
        const some = await registry.devices({ ...query, after, limit: page })
        devices.push(...some)
        if (some.length < page) break
      }
      const expected = expectedDevices(model, selector, includeRetired)
      expect(devices.map(({ createdAt: _createdAt, ...device }) => device)).toEqual(expected)
      const counted = await registry.countDevices({ includeRetired, ...(selector && { selector }) })
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
    .tuple(
      fc.option(fc.array(term, { minLength: 1, maxLength: 3 }), { nil: undefined }),
      fc.boolean(),
      fc.integer({ min: 1, max: 4 }),
    )
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
