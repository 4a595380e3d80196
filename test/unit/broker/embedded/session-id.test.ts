import { assert, boolean, constantFrom, property, string, stringMatching } from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Peer } from '../../../../src/lib/broker/embedded/peer.ts'
import { sessionId } from '../../../../src/lib/broker/embedded/session-id.ts'

const peer = (name: string, kind: Peer['kind'] = 'device'): Peer => ({
  kind,
  name,
  serial: '01',
  address: '::1',
})

describe('the name of a session', () => {
  test.each([
    ['cn', 'p1', 'p1', 'p1'],
    ['cn', 'p1', 'p1-a', undefined],
    ['cn', 'p1', 'p2', undefined],
    ['prefix', 'p1', 'p1-a', 'p1/p1-a'],
    ['prefix', 'p1', 'p12', undefined],
    ['any', 'p1', 'p2', 'p1/p2'],
    ['any', 'p1', 'x'.repeat(129), undefined],
  ] as const)('by the rule %s, %s as %s: %s', (rule, name, clientId, expected) => {
    expect(sessionId(rule, peer(name), { clientId, clean: false })).toBe(expected)
  })

  test('an operator may choose any id, and no id only for a clean session (MQTT-3.1.3-8)', () => {
    const operator = peer('op.alice', 'staff')
    expect(sessionId('cn', operator, { clientId: 'mosq-1', clean: false })).toBe('op.alice/mosq-1')
    expect(sessionId('cn', operator, { clientId: '', clean: true })).toBe('op.alice')
    expect(sessionId('cn', operator, { clientId: '', clean: false })).toBeUndefined()
  })

  test('is never the one of another certificate, whatever is sent', () => {
    const name = stringMatching(/^[a-z0-9][a-z0-9:_-]{0,4}$/)
    const ids = string({ maxLength: 8 })
    const rules = constantFrom('cn', 'prefix', 'any')
    assert(
      property(name, name, ids, ids, rules, boolean(), (one, other, id, otherId, rule, clean) => {
        if (one === other) return
        const first = sessionId(rule, peer(one), { clientId: id, clean })
        const second = sessionId(rule, peer(other), { clientId: otherId, clean })
        if (first !== undefined) expect(first).not.toBe(second)
      }),
    )
  })
})
