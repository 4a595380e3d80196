import { expect, test } from 'vitest'
import { encodePresence, saysWhyOut } from '../../../src/lib/mqtt/presence.ts'

test.each([
  ['{"state":"offline","ts":1,"reason":"blocked"}', true],
  [encodePresence({ state: 'offline', ts: 1, reason: 'revoked' }), true],
  ['{"state":"offline","ts":1,"session":"a"}', false],
  ['{"state":"online","ts":1,"reason":"blocked"}', false],
  ['{"state":"offline","reason":"tired"}', false],
  ['null', false],
  ['[', false],
  ['', false],
])('only what says offline and why is settled: %s', (payload, settled) => {
  expect(saysWhyOut(Buffer.from(payload))).toBe(settled)
})
