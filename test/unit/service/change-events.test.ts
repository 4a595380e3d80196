import { expect, test } from 'vitest'
import type { AuditRow } from '../../../src/lib/registry/registry.ts'
import { changeEvents } from '../../../src/lib/service/change-events.ts'

const row = (action: string, details?: AuditRow['details']): AuditRow => ({
  ...{ action, subject: 's', sequence: 7, at: 1000, actor: 'op.alice', hash: '' },
  ...(details && { details }),
})
const brief = (one: AuditRow) => changeEvents(one).map(({ device, kind, body }) => [device, kind, body])
const by = { by: 'op.alice' }

test.each([
  ['device.block', 'blocked'],
  ['device.unblock', 'unblocked'],
  ['device.remove', 'retired'],
  ['device.import', 'issued'],
] as const)('%s is an event of each device: %s', (action, kind) => {
  expect(changeEvents(row(action, { devices: ['p1', 'p2'] }))).toEqual([
    { at: 1_000_000, device: 'p1', kind, seq: 7, body: by },
    { at: 1_000_000, device: 'p2', kind, seq: 7, body: by },
  ])
})

test('a revocation is one of devices only, with serial and reason', () => {
  const certificates = [
    { serial: 'AB', subject: 'p1' },
    { serial: 'CD', subject: 'op.bob' },
    { serial: 'EF', subject: 'mqtt.acme.example' },
  ]
  expect(brief(row('cert.revoke', { certificates, reason: 'keyCompromise' }))).toEqual([
    ['p1', 'revoked', { ...by, serial: 'AB', reason: 'keyCompromise' }],
  ])
})

test('a device that is provisioned alone is named, a batch is one event', () => {
  expect(brief(row('device.provision', { first: 'p1', last: 'p1', count: 1 }))).toEqual([
    ['p1', 'issued', by],
  ])
  expect(brief(row('device.provision', { first: 'p1', last: 'p9', count: 9, batch: 'lot' }))).toEqual([
    [undefined, 'issued', { ...by, batch: 'lot', first: 'p1', last: 'p9', count: 9 }],
  ])
})

test('what is about no life says nothing, and a row of another version breaks nothing', () => {
  for (const action of ['device.tag', 'cert.crl', 'cert.issue', 'batch.begin', 'device.block', 'cert.revoke'])
    expect(changeEvents(row(action))).toEqual([])
})
