import { X509Certificate } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { judgePeer, type PeerKind } from '../../../../src/lib/broker/embedded/peer.ts'
import { createTestAuthorities, serialOf, type TestAuthorities } from '../../../support/certificates.ts'

const DAY = 86_400_000
const address = '10.0.0.9'
let authorities: TestAuthorities
beforeAll(async () => {
  authorities = await createTestAuthorities()
})

function judge(
  { certificate }: { readonly certificate: string },
  { kind = 'device', fault, revoked = [], now = Date.now(), others = [] }: JudgeOptions = {},
) {
  const shown = { kind, address, certificate: new X509Certificate(certificate), fault, others }
  return judgePeer(shown, new Set(revoked), now)
}

interface JudgeOptions {
  readonly kind?: PeerKind
  readonly fault?: string
  readonly revoked?: readonly string[]
  readonly now?: number
  readonly others?: readonly X509Certificate[]
}

describe('a peer', () => {
  test('is who its certificate says', () => {
    const credential = authorities.issue('device', 'AA:BB_1')
    expect(judge(credential)).toEqual({
      kind: 'device',
      name: 'AA:BB_1',
      serial: serialOf(credential),
      address,
    })
    expect(judge(authorities.issue('operator', 'op.alice'), { kind: 'staff' })).toMatchObject({
      name: 'op.alice',
    })
  })

  test('without a certificate is known by its address', () => {
    const verdict = judgePeer(
      { kind: 'device', address, certificate: undefined, fault: 'UNSPECIFIED', others: [] },
      new Set(),
      0,
    )
    expect(verdict).toEqual({ identity: address, reason: 'no-certificate' })
  })

  test.each([
    ['CERT_HAS_EXPIRED', 'expired'],
    ['CERT_NOT_YET_VALID', 'not-yet-valid'],
    ['CERT_REVOKED', 'revoked'],
    ['INVALID_PURPOSE', 'wrong-purpose'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'unknown-ca'],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'unknown-ca'],
    ['CERT_CHAIN_TOO_LONG', 'bad-certificate'],
  ])('with the fault %s is refused: %s', (fault, reason) => {
    expect(judge(authorities.issue('device', 'p1'), { fault })).toEqual({ identity: 'p1', reason })
  })

  test('whom the other port would let in is told so; one that only calls itself so is not', async () => {
    const fault = 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'
    const others = authorities.deviceTrust.map((pem) => new X509Certificate(pem))
    const foreign = await createTestAuthorities()
    const at = { kind: 'staff', fault, others } as const
    expect(judge(authorities.issue('device', 'p1'), at)).toEqual({ identity: 'p1', reason: 'wrong-port' })
    expect(judge(foreign.issue('device', 'p1'), at)).toEqual({ identity: 'p1', reason: 'unknown-ca' })
  })

  test('that resumed an old session is asked again: time, revocation', () => {
    const credential = authorities.issue('device', 'p1')
    expect(judge(credential, { now: Date.now() + 31 * DAY })).toEqual({ identity: 'p1', reason: 'expired' })
    expect(judge(credential, { now: Date.now() - 3 * DAY })).toEqual({
      identity: 'p1',
      reason: 'not-yet-valid',
    })
    expect(judge(credential, { revoked: [serialOf(credential)] })).toEqual({
      identity: 'p1',
      reason: 'revoked',
    })
    expect(judge(authorities.issueWrongPurpose('p1'))).toEqual({ identity: 'p1', reason: 'wrong-purpose' })
  })

  test('with a name of the other kind is refused', () => {
    expect(judge(authorities.issue('device', 'svc.ingest'))).toMatchObject({ reason: 'bad-name' })
    expect(judge(authorities.issue('operator', 'p1'), { kind: 'staff' })).toMatchObject({
      reason: 'bad-name',
    })
    expect(judge(authorities.issue('device', 'silent'))).toMatchObject({ reason: 'bad-name' })
  })
})
