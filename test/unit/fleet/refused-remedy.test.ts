import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { remedyFor } from '../../../src/lib/fleet/refused-remedy.ts'

const ports = { device: 8883, staff: 8884 }
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
  expect(remedyFor({ reason, name: 'p1', device, ports }).next).toBe(next)
})

test('a packet that was too large is not called a port scan', () => {
  const { meaning } = remedyFor({ reason: 'size', name: 'p1', device: issued, ports })
  expect(meaning).toMatch(/larger than the broker takes/)
})

test('who comes to the wrong port is told the right one', () => {
  for (const name of ['p1', 'op.alice'])
    expect(remedyFor({ reason: 'wrong-port', name, device: undefined, ports }).meaning).toBe(
      'Its certificate is good, but not here: devices use port 8883, operators and services 8884.',
    )
})

test.each([
  ['protocol', 'flotilla ca export root'],
  ['bad-certificate', 'flotilla cert verify FILE'],
])('of whom only an address is known, refused as %s, no device is to be looked for: %s', (reason, next) => {
  expect(remedyFor({ reason, name: undefined, device: undefined, ports }).next).toBe(next)
})

test('of staff the certificate is shown', () => {
  expect(remedyFor({ reason: 'expired', name: 'op.alice', device: undefined, ports }).next).toBe(
    'flotilla cert show op.alice',
  )
})

test('every reason has a meaning and a command, known or not', () => {
  fc.assert(
    fc.property(fc.string(), fc.option(fc.constant(issued), { nil: undefined }), (reason, device) => {
      const { meaning, next } = remedyFor({ reason, name: device && 'p1', device, ports })
      expect(meaning).not.toBe('')
      expect(next).toMatch(/^flotilla [a-z]+ [a-z]+/)
      expect(next).not.toContain('undefined')
    }),
  )
})
