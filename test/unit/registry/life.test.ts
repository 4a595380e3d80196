import { expect, test } from 'vitest'
import type { LifeState, StoredLife } from '../../../src/lib/registry/device.ts'
import { lifeOf } from '../../../src/lib/registry/life.ts'

test.each<[StoredLife, number | undefined, LifeState]>([
  ['registered', undefined, 'registered'],
  ['issued', undefined, 'issued'],
  ['delivered', undefined, 'delivered'],
  ['issued', 0, 'delivered'],
  ['delivered', 0, 'delivered'],
  ['issued', 1, 'reported'],
  ['registered', 7, 'reported'],
  ['retired', undefined, 'retired'],
  ['retired', 0, 'retired'],
  ['retired', 9, 'retired'],
])('%s in the registry, %s messages heard: %s', (stored, messages, life) => {
  expect(lifeOf(stored, messages === undefined ? undefined : { messages })).toBe(life)
})
