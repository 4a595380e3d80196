import { createPrivateKey, X509Certificate } from 'node:crypto'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { UsageError } from '../../../src/lib/base/errors.ts'
import { AUTHORITY_NAMES } from '../../../src/lib/pki/authorities.ts'
import { Authority } from '../../../src/lib/pki/authority.ts'
import { openKey } from '../../../src/lib/pki/authority-files.ts'
import { commonName, randomSerial, signCertificate } from '../../../src/lib/pki/certificate-builder.ts'
import { sequence } from '../../../src/lib/pki/der.ts'
import { describeCertificate } from '../../../src/lib/pki/describe-certificate.ts'
import { parseCertificate } from '../../../src/lib/pki/parse-certificate.ts'
import { parseCrl } from '../../../src/lib/pki/parse-crl.ts'
import { validity } from '../../../src/lib/pki/validity.ts'
import { type Check, type VerifyOptions, verifyCertificate } from '../../../src/lib/pki/verify-certificate.ts'
import { AuthorityFolder, requestFor } from '../../support/authorities.ts'
import { ecKeys, extension } from '../../support/csr.ts'
import { mutateAll, mutation } from '../../support/mutation.ts'

const DAY = 86_400_000
let folder: AuthorityFolder
let trust: Pick<VerifyOptions, 'authorities' | 'crls'>
let devices: Authority
let servers: Authority
let staff: Authority

beforeAll(async () => {
  folder = await AuthorityFolder.make()
  trust = await trustOf(folder)
  ;[devices, servers, staff] = await Promise.all([
    folder.open('devices'),
    folder.open('servers'),
    folder.open('staff'),
  ])
})
afterAll(() => folder[Symbol.asyncDispose]())

async function trustOf(folder: AuthorityFolder): Promise<Pick<VerifyOptions, 'authorities' | 'crls'>> {
  const certificates = await Promise.all(AUTHORITY_NAMES.map((name) => folder.read(`${name}.cert.pem`)))
  const lists = await Promise.all(AUTHORITY_NAMES.map((name) => folder.read(`${name}.crl.pem`)))
  return { authorities: certificates.map((text) => new X509Certificate(text)), crls: lists.map(parseCrl) }
}

/** What each check says: `chain ok`, `time bad`, … */
function verdicts(certificate: string, options: Partial<VerifyOptions> = {}): string[] {
  return check(certificate, options).map(({ check, result }) => `${check} ${result}`)
}

function check(certificate: string, options: Partial<VerifyOptions> = {}): readonly Check[] {
  const parsed = parseCertificate(Buffer.from(certificate))
  return verifyCertificate(parsed, { ...trust, at: Date.now(), purpose: 'clientAuth', ...options })
}

const reason = (checks: readonly Check[], name: Check['check']) =>
  checks.find(({ check }) => check === name)?.reason

const GOOD = ['chain ok', 'time ok', 'purpose ok', 'revoked ok', 'key ok']
/** All good but for these. */
const except = (...others: readonly string[]) =>
  GOOD.map((good) => others.find((other) => other.split(' ')[0] === good.split(' ')[0]) ?? good)

describe('a certificate', () => {
  test('of this fleet is good for what it is made for', () => {
    for (const { credential } of [
      devices.issueWithKey(requestFor('device', 'pump-1')),
      staff.issueWithKey(requestFor('operator', 'op.alice')),
    ]) {
      expect(verdicts(credential.certificate, { key: credential.key })).toEqual(GOOD)
      expect(verdicts(credential.certificate, { key: credential.key, purpose: 'serverAuth' })).toEqual(
        except('purpose bad'),
      )
    }
    const { credential } = servers.issueWithKey(requestFor('server', 'localhost', { hosts: ['localhost'] }))
    expect(verdicts(credential.certificate, { key: credential.key, purpose: 'serverAuth' })).toEqual(GOOD)
  })

  test('without its key beside it is good as far as can be said', () => {
    const { credential } = devices.issueWithKey(requestFor('device', 'pump-1'))
    expect(verdicts(credential.certificate)).toEqual(except('key skipped'))
  })

  test('with the key of another, or with none that can be read', () => {
    const { credential } = devices.issueWithKey(requestFor('device', 'pump-1'))
    const other = ecKeys().privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
    for (const key of [other, 'nothing'])
      expect(verdicts(credential.certificate, { key })).toEqual(except('key bad'))
  })

  test('has its first and its last second', () => {
    const { credential, record } = devices.issueWithKey(
      requestFor('device', 'pump-1', { notBefore: Date.now() }),
    )
    const at = (at: number) => verdicts(credential.certificate, { key: credential.key, at })
    expect(at(record.notBefore - 1)).toEqual(except('time bad'))
    expect(at(record.notBefore)).toEqual(GOOD)
    expect(at(record.notAfter)).toEqual(GOOD)
    expect(at(record.notAfter + 1)).toEqual(except('time bad'))
  })

  test('that is revoked is called so, with the moment', () => {
    const { credential, record } = devices.issueWithKey(requestFor('device', 'pump-1'))
    const crl = parseCrl(
      devices.signCrl([{ serial: record.serial, at: Date.UTC(2026, 10, 1) }], 2, Date.now()),
    )
    const options = { key: credential.key, crls: [...trust.crls, crl] }
    expect(verdicts(credential.certificate, options)).toEqual(except('revoked bad'))
    expect(reason(check(credential.certificate, options), 'revoked')).toContain(
      'pump-1 was revoked 2026-11-01T00:00',
    )
  })

  test('is not called good by a list that is missing, not in force, or signed by somebody else', () => {
    const { credential } = devices.issueWithKey(requestFor('device', 'pump-1'))
    const { key } = credential
    const without = trust.crls.filter((crl) => !crl.isSignedBy(devices.certificate.publicKey))
    const early = parseCrl(devices.signCrl([], 2, Date.now() + 2 * DAY))
    const foreign = parseCrl(staff.signCrl([], 2, Date.now()))
    for (const crls of [without, [...without, early], [...without, foreign]])
      expect(verdicts(credential.certificate, { key, crls })).toEqual(except('revoked bad'))
  })

  test('below a CA that is revoked is out', async () => {
    const { credential } = devices.issueWithKey(requestFor('device', 'pump-1'))
    const root = await folder.open('root')
    const serial = devices.certificate.serialNumber
    const crls = [...trust.crls, parseCrl(root.signCrl([{ serial, at: Date.now() }], 2, Date.now()))]
    expect(verdicts(credential.certificate, { key: credential.key, crls })).toEqual(except('revoked bad'))
  })

  test('of another fleet with the same names is not ours, and says so beside everything else', async () => {
    await using other = await AuthorityFolder.make()
    const { credential } = (await other.open('devices')).issueWithKey(
      requestFor('device', 'pump-1', { notAfter: Date.now() - 1000 }),
    )
    const checks = check(credential.certificate, { key: credential.key, purpose: 'serverAuth' })
    expect(checks.map(({ check, result }) => `${check} ${result}`)).toEqual([
      'chain bad',
      'time bad',
      'purpose bad',
      'revoked skipped',
      'key ok',
    ])
    expect(reason(checks, 'chain')).toContain('another CA that is called acme device issuing CA')
  })

  test('that carries the right issuer and another signature is not ours', () => {
    const { credential } = devices.issueWithKey(requestFor('device', 'pump-1'))
    const der = Buffer.from(new X509Certificate(credential.certificate).raw)
    der[der.length - 1]! ^= 1
    const parsed = parseCertificate(der)
    const checks = verifyCertificate(parsed, { ...trust, at: Date.now(), purpose: 'clientAuth' })
    expect(reason(checks, 'chain')).toContain('whose key did not sign it')
  })

  test('that a device signed is not ours: a device is no CA', () => {
    const device = devices.issueWithKey(requestFor('device', 'pump-1')).credential
    const certificate = new X509Certificate(device.certificate)
    const key = createPrivateKey(device.key)
    const rogue = new Authority({
      name: 'devices',
      fleet: 'acme',
      certificate,
      key,
      anchor: '',
      chainBehind: '',
    })
    const { credential } = rogue.issueWithKey(requestFor('device', 'pump-2'))
    expect(verdicts(credential.certificate)[0]).toBe('chain bad')
    const authorities = [...trust.authorities, certificate]
    expect(verdicts(credential.certificate, { authorities })[0]).toBe('chain bad')
  })

  test('from the CA for servers is not good for a device, whatever it says itself', () => {
    const { credential } = servers.issueWithKey(requestFor('device', 'pump-1'))
    const checks = check(credential.certificate, { key: credential.key })
    expect(reason(checks, 'purpose')).toBe('acme server issuing CA may not sign for clientAuth')
  })
})

const purposeOf = (der: Uint8Array) =>
  verifyCertificate(parseCertificate(der), { ...trust, at: Date.now(), purpose: 'clientAuth' }).find(
    ({ check }) => check === 'purpose',
  )

test('a critical extension that nobody here knows makes a certificate good for nothing (RFC 5280 §4.2)', async () => {
  const key = await openKey(folder.path, 'devices', devices.certificate, () => Promise.resolve(''))
  const signed = (isCritical: boolean) =>
    signCertificate(
      {
        serial: randomSerial(),
        issuer: commonName('acme device issuing CA'),
        validity: validity(Date.now() - DAY, Date.now() + DAY),
        subject: commonName('pump-1'),
        spki: ecKeys().publicKey.export({ type: 'spki', format: 'der' }),
        extensions: [extension('1.2.3.4', sequence(), isCritical)],
      },
      key,
    )
  expect(purposeOf(signed(false))).toMatchObject({ result: 'ok' })
  expect(purposeOf(signed(true))).toMatchObject({ result: 'bad', reason: expect.stringContaining('1.2.3.4') })
})

describe('a description', () => {
  test('says what is in it', () => {
    const hosts = ['mqtt.acme.example', '10.7.2.41', '2001:db8::1']
    const { credential, record } = servers.issueWithKey(requestFor('server', hosts[0]!, { hosts }))
    const { subjectKeyIdentifier, ...description } = describeCertificate(Buffer.from(credential.certificate))
    expect(subjectKeyIdentifier).toMatch(/^[0-9a-f]{40}$/)
    expect(description).toEqual({
      subject: 'mqtt.acme.example',
      issuer: 'acme server issuing CA',
      serial: record.serial,
      thumbprint: record.thumbprint,
      notBefore: record.notBefore,
      notAfter: record.notAfter,
      key: 'P-256',
      isAuthority: false,
      names: ['DNS:mqtt.acme.example', 'IP:10.7.2.41', 'IP:2001:db8::1'],
      keyUsage: ['digitalSignature'],
      purposes: ['serverAuth'],
      authorityKeyIdentifier: describeCertificate(parseCertificate(servers.certificate.raw))
        .subjectKeyIdentifier,
    })
  })

  test('of whatever bytes, and their checks, or a refusal of ours', () => {
    const { der } = devices.issue(
      requestFor('device', 'pump-1'),
      ecKeys().publicKey.export({ type: 'spki', format: 'der' }),
    )
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 3 }), (mutations) => {
        expect(verdictOf(mutateAll(der, mutations))).toMatch(/^described|CERTIFICATE_FORMAT$/)
      }),
      { numRuns: 2000 },
    )
    for (const bytes of [Buffer.alloc(0), Buffer.alloc(70_000, 0x30), Buffer.from('hello')])
      expect(verdictOf(bytes)).toBe('CERTIFICATE_FORMAT')
  })
})

function verdictOf(bytes: Uint8Array): string {
  try {
    const parsed = parseCertificate(bytes)
    describeCertificate(parsed)
    verifyCertificate(parsed, { ...trust, at: Date.now(), purpose: 'clientAuth' })
    return 'described'
  } catch (error) {
    return error instanceof UsageError ? error.code : String(error)
  }
}
