import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { remedyFor } from '../../../src/lib/fleet/refused-remedy.ts'

const issued = { life: 'issued', blocked: false } as const

test.each([
  ['blocked', { life: 'reported', blocked: true } as const, 'flotilla device unblock p1'],
  ['blocked', { life: 'retired', blocked: true } as const, 'flotilla device show p1'],
  ['blocked', issued, 'flotilla device show p1'],
  ['expired', issued, 'flotilla cert verify p1'],
  ['revoked', issued, 'flotilla cert list --revoked'],
  ['client-id', issued, 'flotilla device show p1'],
  ['unknown-ca', undefined, 'flotilla ca show'],
  ['expired', undefined, 'flotilla device list'],
])('who is refused as %s and is %j in the registry: %s', (reason, device, next) => {
  expect(remedyFor({ reason, name: 'p1', device }).next).toBe(next)
})

test('a packet that was too large is not called a port scan', () => {
  const { meaning } = remedyFor({ reason: 'size', name: 'p1', device: issued })
  expect(meaning).toMatch(/larger than the broker takes/)
})

test('of staff the certificate is shown', () => {
  expect(remedyFor({ reason: 'expired', name: 'op.alice', device: undefined }).next).toBe(
    'flotilla cert show op.alice',
  )
})

test('every reason has a meaning and a command, known or not', () => {
  fc.assert(
    fc.property(fc.string(), fc.option(fc.constant(issued), { nil: undefined }), (reason, device) => {
      const { meaning, next } = remedyFor({ reason, name: device && 'p1', device })
      expect(meaning).not.toBe('')
      expect(next).toMatch(/^flotilla [a-z]+ [a-z]+/)
      expect(next).not.toContain('undefined')
    }),
  )
})
