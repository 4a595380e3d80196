import { describe, expect, test } from 'vitest'
import type { KnownDevice } from '../../../src/lib/registry/registry.ts'
import { ConnectionEvents } from '../../../src/lib/service/connection-events.ts'

/** A registry that knows p1. */
const registry = async () => ({
  known: async (ids: readonly string[]) =>
    new Map<string, KnownDevice>(
      ids.filter((id) => id.toLowerCase() === 'p1').map((id) => [id, { id: 'p1', life: 'issued' }]),
    ),
})
const told = ({ queue }: ConnectionEvents) =>
  queue.first(99).map(({ at, device, kind, body }) => [at, device, kind, body])
const refused = (identity: string) =>
  ({ event: 'refused', identity, reason: 'expired', address: '10.0.0.9' }) as const

test('devices that come and go are events, staff is not', () => {
  const events = new ConnectionEvents(registry)
  events.take({ event: 'connected', client: 'p1', kind: 'device' }, 5)
  events.take({ event: 'connected', client: 'op.alice', kind: 'staff' }, 6)
  events.take({ event: 'disconnected', client: 'p1', kind: 'device', reason: 'lost' }, 7)
  expect(told(events)).toEqual([
    [5000, 'p1', 'connected', {}],
    [7000, 'p1', 'disconnected', { reason: 'lost' }],
  ])
})

test('a refusal is one when the registry knows who claims the name, and once a minute', async () => {
  const events = new ConnectionEvents(registry)
  for (const at of [0, 2000, 59_000, 61_000]) {
    events.take(refused('P1'), at)
    events.take(refused('\u001b[2J'), at)
  }
  await events.lookUp()
  const body = { reason: 'expired', address: '10.0.0.9' }
  expect(told(events)).toEqual([
    [0, 'p1', 'refused', body],
    [61_000_000, 'p1', 'refused', body],
  ])
})

describe('what a log tells of, which knows no names', () => {
  const scanned = (address: string) =>
    ({ event: 'refused', identity: address, reason: 'no-certificate', address, source: 'log' }) as const

  test('is an event of no device, marked as such, and once a minute for each address', async () => {
    const events = new ConnectionEvents(registry)
    for (const at of [1000, 3000, 62_000]) events.take(scanned('10.0.0.9'), at)
    events.take(scanned('10.0.0.7'), 63_000)
    const body = (address: string) => ({ reason: 'no-certificate', address, source: 'log' })
    expect(told(events)).toEqual([
      [1_000_000, undefined, 'refused', body('10.0.0.9')],
      [62_000_000, undefined, 'refused', body('10.0.0.9')],
      [63_000_000, undefined, 'refused', body('10.0.0.7')],
    ])
  })

  test('is not more than sixty in a minute, from however many addresses', () => {
    const events = new ConnectionEvents(registry)
    for (let n = 0; n < 50_000; n++) events.take(scanned(`2001:db8::${n.toString(16)}`), 1000 + n)
    expect(events.queue.size).toBe(60)
    events.take(scanned('10.0.0.9'), 61_000)
    expect(events.queue.size).toBe(61)
  })
})

test('names that somebody makes up fill nothing', async () => {
  const events = new ConnectionEvents(registry)
  for (let n = 0; n < 50_000; n++) events.take(refused(`x${n}`), n)
  await events.lookUp()
  expect(events.queue.size).toBe(0)
})
