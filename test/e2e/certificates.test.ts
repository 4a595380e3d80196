import { X509Certificate } from 'node:crypto'
import { copyFile, readdir, readFile, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AuthoritiesView } from '../../src/lib/fleet/authority-certificates.ts'
import { writeCredential } from '../../src/lib/fleet/credentials.ts'
import type { ExportResult } from '../../src/lib/fleet/export-certificate.ts'
import type { IssueResult } from '../../src/lib/fleet/issue-certificate.ts'
import type { CertificateListing } from '../../src/lib/fleet/list-certificates.ts'
import type { CertificateDetails } from '../../src/lib/fleet/show-certificate.ts'
import type { CertificateVerification } from '../../src/lib/fleet/verify-certificate.ts'
import { openAuthority } from '../../src/lib/pki/authorities.ts'
import { AuthorityFolder, requestFor } from '../support/authorities.ts'
import { PASSPHRASE, TestFleet } from '../support/fleet.ts'
import { flotilla } from '../support/program.ts'

let fleet: TestFleet
beforeAll(async () => {
  fleet = await TestFleet.make()
})
afterAll(() => fleet[Symbol.asyncDispose]())

const inFleet = (...parts: readonly string[]) => path.join(fleet.folder, ...parts)
const withPassphrase = (passphrase: string, ...args: readonly string[]) =>
  flotilla([...args, '--fleet', fleet.folder], { env: { FLOTILLA_CA_PASSPHRASE: passphrase } })

describe('the CAs', () => {
  test('are shown without a passphrase', async () => {
    const { code, stdout } = await withPassphrase('', 'ca', 'show', '--json')
    expect(code).toBe(0)
    const { authorities } = JSON.parse(stdout) as AuthoritiesView
    expect(authorities.map(({ name, key, crl }) => [name, key, crl.number, crl.revoked])).toEqual([
      ['root', 'encrypted', 1, 0],
      ['devices', 'encrypted', 1, 0],
      ['servers', 'encrypted', 1, 0],
      ['staff', 'encrypted', 1, 0],
    ])
    const root = new X509Certificate(await readFile(inFleet('ca', 'root.cert.pem')))
    expect(authorities[0]!.thumbprint).toBe(root.fingerprint256.replaceAll(':', '').toLowerCase())
  })

  test('are exported: the root on stdout by default, a list into a file', async () => {
    const { code, stdout } = await fleet.run('ca', 'export')
    expect(code).toBe(0)
    expect(stdout).toBe(await readFile(inFleet('ca', 'root.cert.pem'), 'utf8'))
    const file = inFleet('out.pem')
    expect(await fleet.json<ExportResult>('ca', 'export', 'devices', '--crl', '--out', file)).toMatchObject({
      authority: 'devices',
      what: 'crl',
      file,
    })
    expect(await readFile(file, 'utf8')).toBe(await readFile(inFleet('ca', 'devices.crl.pem'), 'utf8'))
  })
})

describe('cert issue', () => {
  test('makes an operator a credential that verifies, private, in the registry', async () => {
    const issued = await fleet.json<IssueResult>('cert', 'issue', 'op.alice')
    expect(issued).toMatchObject({ name: 'op.alice', profile: 'operator', state: 'issued', replaced: null })
    expect((await readdir(issued.folder)).toSorted()).toEqual(['ca.pem', 'cert.pem', 'chain.pem', 'key.pem'])
    expect((await stat(path.join(issued.folder, 'key.pem'))).mode & 0o777).toBe(0o600)
    expect((await stat(issued.folder)).mode & 0o777).toBe(0o700)
    const shown = await fleet.json<CertificateDetails>('cert', 'show', 'op.alice')
    expect(shown.record).toMatchObject({
      serial: issued.serial,
      profile: 'operator',
      issuer: 'staff',
      notAfter: issued.notAfter,
    })
    expect(shown.certificate).toMatchObject({ serial: issued.serial, purposes: ['clientAuth'] })
    const { checks } = await fleet.json<CertificateVerification>('cert', 'verify', 'op.alice')
    expect(checks.map(({ result }) => result)).toEqual(['ok', 'ok', 'ok', 'ok', 'ok'])
  })

  test('keeps one that is good, and replaces it on the word: exit 2, then 0', async () => {
    const first = await fleet.json<IssueResult>('cert', 'issue', 'op.bea')
    const again = await fleet.run('cert', 'issue', 'op.bea', '--json')
    expect(again.code).toBe(2)
    expect(JSON.parse(again.stdout).error).toMatchObject({
      code: 'CREDENTIAL_GOOD',
      hint: expect.stringContaining('--force'),
    })
    const forced = await fleet.json<IssueResult>('cert', 'issue', 'op.bea', '--force')
    expect(forced.serial).not.toBe(first.serial)
    expect(forced.replaced).toEqual({ serial: first.serial, notAfter: first.notAfter })
  })

  test('killed before it could register, the same line registers what lies there', async () => {
    const staff = await openAuthority(inFleet('ca'), 'staff', 'acme', () => Promise.resolve(PASSPHRASE))
    const { credential, record } = staff.issueWithKey(requestFor('operator', 'op.carl'))
    await writeCredential(inFleet('credentials', 'op.carl'), credential)
    const result = await fleet.json<IssueResult>('cert', 'issue', 'op.carl')
    expect(result).toMatchObject({ state: 'registered', serial: record.serial })
    expect((await fleet.run('cert', 'issue', 'op.carl')).code).toBe(2)
  })

  test.each([
    ['key.pem', 'is of the next one already', 'op.alice'],
    ['chain.pem', 'is of the one before', 'op.alice'],
    ['ca.pem', 'is missing', undefined],
  ])('killed between the files, when %s %s, the same line makes it whole', async (file, _, other) => {
    const name = `svc.extra-${file.split('.', 1)[0]}`
    const { folder, serial } = await fleet.json<IssueResult>('cert', 'issue', name)
    const target = path.join(folder, file)
    if (other === undefined) await rm(target)
    else await copyFile(inFleet('credentials', other, file), target)
    const healed = await fleet.json<IssueResult>('cert', 'issue', name)
    expect(healed).toMatchObject({ state: 'issued', profile: 'service' })
    expect(healed.serial).not.toBe(serial)
    expect((await readdir(folder)).toSorted()).toEqual(['ca.pem', 'cert.pem', 'chain.pem', 'key.pem'])
    expect((await fleet.run('cert', 'issue', name)).code).toBe(2)
  })

  test('gives the server the hosts that it is told beside those of fleet.yaml, and keeps what has them', async () => {
    const hosts = ['--host', 'mqtt.acme.example', '--host', '10.7.2.41', '--host', '::1']
    const { serial } = await fleet.json<IssueResult>('cert', 'issue', 'server', ...hosts)
    const { certificate } = await fleet.json<CertificateDetails>('cert', 'show', 'server')
    expect(certificate).toMatchObject({
      serial,
      names: ['DNS:localhost', 'IP:127.0.0.1', 'DNS:mqtt.acme.example', 'IP:10.7.2.41', 'IP:::1'],
    })
    expect((await fleet.run('cert', 'issue', 'server', ...hosts)).code).toBe(2)
    const refused = await fleet.run('cert', 'issue', 'server', '--host', 'münchen.example', '--json')
    expect(JSON.parse(refused.stdout).error).toMatchObject({
      code: 'HOST_NAME',
      hint: expect.stringContaining('xn--mnchen-3ya'),
    })
  })

  test.each([
    ['a device', ['pump-1'], 'CREDENTIAL_NAME'],
    ['a name with a path in it', ['op.../../x'], 'CREDENTIAL_NAME'],
    ['an operator with a host', ['op.dora', '--host', 'acme.example'], 'CREDENTIAL_NAME'],
  ])('refuses %s: exit 2', async (_, args, expected) => {
    const { code, stdout } = await fleet.run('cert', 'issue', ...args, '--json')
    expect(code).toBe(2)
    expect(JSON.parse(stdout).error.code).toBe(expected)
  })

  test('with a wrong passphrase writes nothing: exit 3', async () => {
    const { code, stderr } = await withPassphrase('not the right one', 'cert', 'issue', 'op.eve')
    expect(code).toBe(3)
    expect(stderr).toContain('CA_PASSPHRASE')
    expect(await readdir(inFleet('credentials'))).not.toContain('op.eve')
  })
})

describe('cert list', () => {
  test('lists by kind and by end, those that end first before the others', async () => {
    const { certificates } = await fleet.json<CertificateListing>('cert', 'list')
    const ends = certificates.map(({ notAfter }) => notAfter)
    expect(ends).toEqual(ends.toSorted())
    const soon = await fleet.json<CertificateListing>('cert', 'list', '--ends-within', '91d')
    expect(new Set(soon.certificates.map(({ profile }) => profile))).toEqual(new Set(['operator']))
    const services = await fleet.json<CertificateListing>('cert', 'list', '--profile', 'service')
    expect(services.certificates.map(({ subject }) => subject)).toContain('svc.ingest')
    const one = await fleet.json<CertificateListing>('cert', 'list', '--limit', '1')
    expect(one.certificates).toHaveLength(1)
    expect(one.total).toBe(certificates.length)
  })
})

describe('cert show and cert verify', () => {
  test('take a serial, a file and standard input', async () => {
    const file = inFleet('credentials', 'op.alice', 'cert.pem')
    const pem = await readFile(file, 'utf8')
    const serial = new X509Certificate(pem).serialNumber
    for (const what of [serial, serial.toLowerCase().replaceAll(/(..)(?=.)/g, '$1:'), file, 'op.alice'])
      expect((await fleet.json<CertificateDetails>('cert', 'show', what)).certificate?.serial).toBe(serial)
    const { code, stdout } = await flotilla(['cert', 'verify', '-', '--fleet', fleet.folder, '--json'], {
      input: pem,
    })
    expect(code).toBe(0)
    expect((JSON.parse(stdout) as CertificateVerification).checks.at(-1)).toMatchObject({
      check: 'key',
      result: 'skipped',
    })
  })

  test('say which check failed: exit 9', async () => {
    const { code, stdout, stderr } = await fleet.run('cert', 'verify', 'op.alice', '--as', 'server')
    expect(code).toBe(9)
    expect(stdout).toMatch(/ok +chain/)
    expect(stdout).toMatch(/BAD +purpose/)
    expect(stderr).toContain('CERTIFICATE_BAD')
  })

  test("call another fleet's certificate foreign, and print nothing of it raw", async () => {
    await using other = await AuthorityFolder.make()
    const devices = await other.open('devices')
    // A name that a device id can never have, as only somebody with ill intent would sign it.
    const { credential } = devices.issueWithKey(requestFor('device', 'x\u001b[2Jy'))
    const input = credential.certificate
    const shown = await flotilla(['cert', 'show', '-', '--fleet', fleet.folder], { input })
    expect(shown.stdout).toContain(String.raw`x\x1b[2Jy`)
    const verified = await flotilla(['cert', 'verify', '-', '--fleet', fleet.folder], { input })
    expect(verified.code).toBe(9)
    expect(verified.stdout).toMatch(/BAD +chain/)
    expect(shown.stdout + shown.stderr + verified.stdout + verified.stderr).not.toContain('\u001b')
  })

  test('know a removed device as revoked, and list it so', async () => {
    await fleet.json('device', 'provision', 'pump-1')
    const before = await fleet.json<CertificateVerification>('cert', 'verify', 'pump-1')
    expect(before.checks.map(({ result }) => result)).toEqual(['ok', 'ok', 'ok', 'ok', 'ok'])
    await fleet.json('device', 'remove', 'pump-1', '--yes')
    const { code, stdout } = await fleet.run('cert', 'verify', inFleet('devices', 'pump-1', 'cert.pem'))
    expect(code).toBe(9)
    expect(stdout).toMatch(/BAD +revoked +pump-1 was revoked/)
    const { certificates } = await fleet.json<CertificateListing>('cert', 'list', '--revoked')
    expect(certificates.map(({ serial }) => serial)).toEqual([before.serial])
    const { authorities } = await fleet.json<AuthoritiesView>('ca', 'show')
    expect(authorities.find(({ name }) => name === 'devices')?.crl).toMatchObject({ number: 2, revoked: 1 })
  })

  test('say what they do not find, and what is no certificate', async () => {
    expect((await fleet.run('cert', 'show', 'nobody')).code).toBe(4)
    const { code, stdout } = await fleet.run('cert', 'verify', inFleet('fleet.yaml'), '--json')
    expect(code).toBe(2)
    expect(JSON.parse(stdout).error.code).toBe('CERTIFICATE_FORMAT')
  })
})
