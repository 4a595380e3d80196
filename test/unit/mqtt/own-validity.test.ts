import { beforeAll, expect, test } from 'vitest'
import { ownValidity } from '../../../src/lib/mqtt/own-validity.ts'
import { createTestAuthorities } from '../../support/certificates.ts'

const notBefore = Date.UTC(2026, 0, 1)
const notAfter = Date.UTC(2027, 0, 1)
let chain: string

beforeAll(async () => {
  chain = (await createTestAuthorities()).issue('device', 'p1', { notBefore, notAfter }).chain
})

test.each([
  ['before it begins', notBefore - 1000, 'early'],
  ['at its first moment', notBefore, undefined],
  ['at its last moment', notAfter, undefined],
  ['after its end', notAfter + 1000, 'expired'],
])('a certificate %s', (_, now, expected) => {
  expect(ownValidity(chain, now)).toBe(expected)
})
