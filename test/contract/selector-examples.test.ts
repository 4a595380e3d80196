import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { UsageError } from '../../src/lib/base/errors.ts'
import { parseSelector } from '../../src/lib/registry/parse-selector.ts'
import type { Registry } from '../../src/lib/registry/registry.ts'
import { namesRetired } from '../../src/lib/registry/selector.ts'
import { type Databases, DRIVERS } from './registry-drivers.ts'

const NOW = Date.UTC(2026, 10, 25, 23)
const MINUTE = 60_000
const DAY = 1440 * MINUTE
const REFERENCE = path.resolve(import.meta.dirname, '../../docs/reference/selectors.md')

/** The rows "selector | chooses" of the reference. */
const examples = [...(await readFile(REFERENCE, 'utf8')).matchAll(/^\| `([^`]+)` \| ([a-z0-9 -]*)\|$/gm)].map(
  ([, selector = '', ids = '']) => [selector, ids.trim()] as const,
)

test('the reference has its examples, and its error is the one that comes', async () => {
  expect(examples.length).toBeGreaterThanOrEqual(40)
  const text = await readFile(REFERENCE, 'utf8')
  const [, typed = '', message = '', hint = ''] =
    /\$ flotilla device list (.*)\nError (.*) \(SELECTOR_SYNTAX\)\n(.*)\n/.exec(text) ?? []
  expect(() => parseSelector(typed.split(' '))).toThrow(expect.objectContaining({ message, hint }))
  expect(() => parseSelector(typed.split(' '))).toThrow(UsageError)
})

describe.each(DRIVERS)('the examples of the reference on $name', ({ make }) => {
  let databases: Databases
  let registry: Registry

  beforeAll(async () => {
    databases = await make({ now: () => NOW })
    registry = await databases.openRegistry()
    await fill(databases, registry)
  })
  afterAll(() => databases[Symbol.asyncDispose]())

  test.each(examples)('%s chooses %s', async (text, ids) => {
    const selector = parseSelector([text])
    const devices = await registry.devices({ selector, includeRetired: namesRetired(selector) })
    expect(devices.map(({ id }) => id).join(' ')).toBe(ids)
  })
})

/** The devices of the reference. */
async function fill(databases: Databases, registry: Registry): Promise<void> {
  const state = await databases.openState()
  const device = (id: string, tags: Readonly<Record<string, string>>) => ({
    id,
    tags,
    life: 'issued' as const,
  })
  const certificate = (subject: string, days: number) => ({
    ...{ subject, serial: subject, thumbprint: subject, profile: 'device' as const, issuer: 'devices' },
    ...{ notBefore: 0, notAfter: NOW + days * DAY },
  })
  await registry.change('op.a', { action: 'fill', subject: 'reference' }, async (to) => {
    await to.addDevices([
      device('pump-1', { hall: 'A', fw: '2.3.9', line: '3' }),
      device('pump-2', { hall: 'A', fw: '2.4', line: '7' }),
      device('pump-3', { hall: 'B', fw: '2.10.1', line: '12' }),
      device('meter-1', { hall: 'B', fw: '2.4.0-rc1' }),
      device('meter-2', { hall: 'north wing' }),
    ])
    await to.setBlocked(['pump-3'], true)
    await to.setLife(['meter-2'], 'retired')
    await to.addCertificates([
      certificate('pump-1', 3650),
      certificate('pump-2', 3650),
      certificate('pump-3', 20),
      certificate('meter-1', 20),
    ])
    const set = { name: 'night', selector: 'hall=A', actor: 'op.a', replace: false }
    await to.keepSet({ ...set, ids: ['pump-1', 'pump-2'] })
  })
  for (const [id, ago] of Object.entries({ 'pump-1': 0, 'pump-2': 180, 'pump-3': 0 }))
    for (let message = 6; message >= 0; message--)
      await state.noteSeen([{ device: id, at: NOW - (ago + message) * MINUTE, messages: 1 }])
}
