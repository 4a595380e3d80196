import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { VerificationError } from '../../../src/lib/base/errors.ts'
import type { Authority } from '../../../src/lib/pki/authority.ts'
import { parseCrl } from '../../../src/lib/pki/parse-crl.ts'
import { pem, pemBlocks } from '../../../src/lib/pki/pem.ts'
import { AuthorityFolder } from '../../support/authorities.ts'
import { mutateAll, mutation } from '../../support/mutation.ts'

const HOUR = 3_600_000
let folder: AuthorityFolder
let devices: Authority
let staff: Authority
beforeAll(async () => {
  folder = await AuthorityFolder.make()
  devices = await folder.open('devices')
  staff = await folder.open('staff')
})
afterAll(() => folder[Symbol.asyncDispose]())

const reasons = fc.constantFrom(
  'unspecified',
  'keyCompromise',
  'superseded',
  'cessationOfOperation',
  undefined,
)
const entries = fc.uniqueArray(
  fc.record({
    serial: fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) =>
      Buffer.from([0x40 | (bytes[0]! & 0x3f), ...bytes.slice(1)])
        .toString('hex')
        .toUpperCase(),
    ),
    at: fc
      .integer({ min: Date.UTC(2026, 0, 1) / 1000, max: Date.UTC(2060, 0, 1) / 1000 })
      .map((second) => second * 1000),
    reason: reasons,
  }),
  { selector: ({ serial }) => serial },
)

describe('a revocation list', () => {
  test('is read as it was signed', () => {
    fc.assert(
      fc.property(entries, fc.integer({ min: 1, max: 2 ** 40 }), (revoked, number) => {
        const at = Date.UTC(2026, 10, 25)
        const parsed = parseCrl(
          devices.signCrl(
            revoked.map(({ reason, ...entry }) => (reason === undefined ? entry : { ...entry, reason })),
            number,
            at,
          ),
        )
        expect(parsed.number).toBe(number)
        expect([...parsed.revoked]).toEqual(revoked.map(({ serial, at }) => [serial, at]))
        expect(parsed.thisUpdate).toBe(at - HOUR)
        expect(parsed.nextUpdate).toBe(Date.parse(devices.certificate.validTo))
      }),
      { numRuns: 30 },
    )
  })

  test('is known by the key of its CA', () => {
    const parsed = parseCrl(devices.signCrl([], 2, Date.now()))
    expect(parsed.isSignedBy(devices.certificate.publicKey)).toBe(true)
    expect(parsed.isSignedBy(staff.certificate.publicKey)).toBe(false)
  })

  test('with a hundred thousand serials is read in a moment', () => {
    const revoked = Array.from({ length: 100_000 }, (_, index) => ({
      serial: `4${index.toString(16).toUpperCase().padStart(31, '0')}`,
      at: Date.now(),
    }))
    const text = devices.signCrl(revoked, 2, Date.now())
    const started = performance.now()
    expect(parseCrl(text).revoked.size).toBe(100_000)
    expect(performance.now() - started).toBeLessThan(5000)
  })

  test('that was changed is refused, or is not signed by its CA', () => {
    const { der } = pemBlocks(
      devices.signCrl(
        [{ serial: `4${'1'.repeat(31)}`, at: Date.now(), reason: 'keyCompromise' }],
        7,
        Date.now(),
      ),
    )[0]!
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 3 }), (mutations) => {
        const changed = mutateAll(der, mutations)
        fc.pre(!changed.equals(der))
        expect(verdictOf(pem('X509 CRL', changed))).toMatch(/^CRL_BROKEN|not signed$/)
      }),
      { numRuns: 2000 },
    )
  })

  test.each(['', 'hello', pem('CERTIFICATE', Buffer.of(0x30, 0)), pem('X509 CRL', Buffer.of(0x30, 0))])(
    '%j is none',
    (text) => {
      expect(verdictOf(text)).toBe('CRL_BROKEN')
    },
  )
})

function verdictOf(text: string): string {
  try {
    return parseCrl(text).isSignedBy(devices.certificate.publicKey) ? 'signed' : 'not signed'
  } catch (error) {
    return error instanceof VerificationError ? error.code : String(error)
  }
}
