import { beforeAll, describe, expect, test } from 'vitest'
import type { Credential } from '../../../src/lib/pki/credential.ts'
import { credentialFault } from '../../../src/lib/pki/credential-fault.ts'
import { pemBlocks } from '../../../src/lib/pki/pem.ts'
import { createTestAuthorities, type TestAuthorities } from '../../support/certificates.ts'

let authorities: TestAuthorities
let other: TestAuthorities
beforeAll(async () => {
  authorities = await createTestAuthorities()
  other = await createTestAuthorities()
})

test('of what was issued nothing is wrong', () => {
  expect(credentialFault(authorities.server, true)).toBeUndefined()
  expect(credentialFault(authorities.issue('device', 'pump-1'), true)).toBeUndefined()
  expect(credentialFault(authorities.issue('operator', 'op.a'), false)).toBeUndefined()
})

describe('what is wrong is named by its file', () => {
  const cases: Record<string, [(good: Credential) => Partial<Credential>, file: string, what: string]> = {
    'a key that is none': [() => ({ key: 'junk' }), 'key.pem', 'is no private key'],
    'the key of another': [
      () => ({ key: authorities.issue('service', 'svc.x').key }),
      'key.pem',
      'is the key of another certificate',
    ],
    'a certificate that is none': [() => ({ certificate: '' }), 'cert.pem', 'is no certificate'],
    'an anchor that is none': [() => ({ anchor: 'junk' }), 'ca.pem', 'is no certificate'],
    'no chain': [() => ({ chain: '' }), 'chain.pem', 'is damaged or cut short'],
    'a chain without its CA': [
      ({ certificate }) => ({ chain: certificate }),
      'chain.pem',
      'does not lead to the root in ca.pem: a CA is missing in it',
    ],
    'the chain of another': [
      () => ({ chain: authorities.issueServer(['localhost']).chain }),
      'chain.pem',
      'is the chain of another certificate',
    ],
    'the anchor of another fleet, called the same': [
      () => ({ anchor: other.server.anchor }),
      'chain.pem',
      'does not lead to the root in ca.pem: a CA is missing in it',
    ],
  }
  test.each(Object.entries(cases))('%s', (_, [damage, file, what]) => {
    const credential = { ...authorities.server, ...damage(authorities.server) }
    expect(credentialFault(credential, true)).toEqual({ file, what })
  })

  test('a chain that is cut anywhere', () => {
    const { chain } = authorities.server
    expect(pemBlocks(chain)).toHaveLength(2)
    for (let length = 1; length < chain.length - 1; length += 37)
      expect(credentialFault({ ...authorities.server, chain: chain.slice(0, length) }, true)).toMatchObject({
        file: 'chain.pem',
      })
  })
})
