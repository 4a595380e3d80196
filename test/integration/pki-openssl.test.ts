import { writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Authority, AuthorityName, IssueRequest } from '../../src/lib/pki/authority.ts'
import { parseCsr } from '../../src/lib/pki/csr.ts'
import type { Profile } from '../../src/lib/pki/profiles.ts'
import { AuthorityFolder, requestFor } from '../support/authorities.ts'
import { type OpensslResult, openssl, opensslMissing } from '../support/openssl.ts'

/** What we sign and encrypt, judged by somebody else: OpenSSL 3 at its strictest. */

const SIGNER: Readonly<Record<Profile, AuthorityName>> = {
  device: 'devices',
  server: 'servers',
  operator: 'staff',
  service: 'staff',
}
const YEAR = 365 * 86_400_000

describe.skipIf(opensslMissing())('by openssl', () => {
  let folder: AuthorityFolder
  let authorities: Readonly<Record<AuthorityName, Authority>>

  beforeAll(async () => {
    folder = await AuthorityFolder.make({ passphrase: 'correct horse' })
    authorities = await openAll(folder)
  })
  afterAll(() => folder[Symbol.asyncDispose]())

  const issue = (request: IssueRequest) => authorities[SIGNER[request.profile]].issueWithKey(request)

  describe.each<[Profile, string, 'sslclient' | 'sslserver', readonly string[]]>([
    ['device', '8C:4B:14:09:2E:11', 'sslclient', []],
    ['device', 'x'.repeat(64), 'sslclient', []],
    ['server', 'mqtt.acme.example', 'sslserver', ['mqtt.acme.example', '10.7.2.41', '::1']],
    ['operator', 'op.alice', 'sslclient', []],
    ['service', 'svc.ingest', 'sslclient', []],
  ])('a certificate for the %s %s', (profile, subject, purpose, hosts) => {
    const request = requestFor(profile, subject, { hosts })
    const root: AuthorityName = SIGNER[profile] === 'staff' ? 'staff' : 'root'

    test('is accepted', async () => {
      const { certificate } = issue(request).credential
      expect(await verify(folder, root, certificate, '-purpose', purpose)).toMatchObject({ code: 0 })
    })

    test('is refused for the other purpose', async () => {
      const { certificate } = issue(request).credential
      const other = purpose === 'sslclient' ? 'sslserver' : 'sslclient'
      const { code, output } = await verify(folder, root, certificate, '-purpose', other)
      expect(code).not.toBe(0)
      expect(output).toMatch(/unsuitable certificate purpose|unsupported certificate purpose/)
    })

    test('is refused under the other root', async () => {
      const { certificate } = issue(request).credential
      const { code, output } = await verify(folder, root === 'staff' ? 'root' : 'staff', certificate)
      expect(code).not.toBe(0)
      expect(output).toContain('unable to get local issuer certificate')
    })

    test('is refused before it begins and after its end', async () => {
      const { credential, record } = issue(request)
      const at = (time: number) =>
        verify(folder, root, credential.certificate, '-attime', String(time / 1000))
      // The CAs began an hour ago, so an earlier moment is tested with a certificate that begins later.
      const later = issue({ ...request, notBefore: Date.now() + YEAR, notAfter: Date.now() + 2 * YEAR })
      expect(await verify(folder, root, later.credential.certificate)).toMatchObject({
        output: expect.stringContaining('certificate is not yet valid'),
      })
      expect(await at(record.notAfter - 1000)).toMatchObject({ code: 0 })
      expect(await at(record.notAfter + 1000)).toMatchObject({
        output: expect.stringContaining('certificate has expired'),
      })
    })

    test('is refused once it is revoked', async () => {
      await using own = await AuthorityFolder.make()
      const signer = await own.open(SIGNER[profile])
      const { credential, record } = signer.issueWithKey(request)
      const other = signer.issueWithKey(request)
      const revoked = [{ serial: record.serial, at: Date.now(), reason: 'keyCompromise' as const }]
      await writeFile(own.file(`${SIGNER[profile]}.crl.pem`), signer.signCrl(revoked, 2, Date.now()))
      expect(await verify(own, root, credential.certificate)).toMatchObject({
        output: expect.stringContaining('certificate revoked'),
      })
      expect(await verify(own, root, other.credential.certificate)).toMatchObject({ code: 0 })
    })
  })

  test('a server knows its hosts, addresses of both kinds', async () => {
    const hosts = ['mqtt.acme.example', '10.7.2.41', 'fe80::7', '::ffff:10.1.2.3']
    const { certificate } = issue(requestFor('server', hosts[0]!, { hosts })).credential
    const named = (...args: readonly string[]) => verify(folder, 'root', certificate, ...args)
    expect(await named('-verify_hostname', 'mqtt.acme.example')).toMatchObject({ code: 0 })
    expect(await named('-verify_ip', '10.7.2.41')).toMatchObject({ code: 0 })
    expect(await named('-verify_ip', 'fe80:0:0:0::7')).toMatchObject({ code: 0 })
    expect(await named('-verify_ip', '::ffff:a01:203')).toMatchObject({ code: 0 })
    expect(await named('-verify_hostname', 'other.example')).toMatchObject({ code: 2 })
    expect(await named('-verify_ip', '10.7.2.42')).toMatchObject({ code: 2 })
  })

  test('a CA for devices cannot make a server, nor one for servers a device', async () => {
    const server = authorities.devices.issueWithKey(
      requestFor('server', 'mqtt.acme.example', { hosts: ['mqtt.acme.example'] }),
    )
    const device = authorities.servers.issueWithKey(requestFor('device', 'pump-1'))
    expect(
      await verify(folder, 'root', server.credential.certificate, '-purpose', 'sslserver'),
    ).toMatchObject({ code: 2 })
    expect(
      await verify(folder, 'root', device.credential.certificate, '-purpose', 'sslclient'),
    ).toMatchObject({ code: 2 })
  })

  test('a device that asks for ten years ends with its CA, and its whole life is good', async () => {
    await using old = await AuthorityFolder.make({ issuing: 5 * YEAR })
    const { credential, record } = (await old.open('devices')).issueWithKey(
      requestFor('device', 'pump-1', { notAfter: Date.now() + 10 * YEAR }),
    )
    expect(record.notAfter).toBeLessThan(Date.now() + 5 * YEAR)
    expect(
      await verify(old, 'root', credential.certificate, '-attime', lastSecond(record.notAfter)),
    ).toMatchObject({ code: 0 })
  })

  test('the year 2050 is crossed: two forms of time in one certificate', async () => {
    await using late = await AuthorityFolder.make({ issuing: 30 * YEAR, root: 40 * YEAR })
    const last = Date.UTC(2049, 11, 31, 23, 59, 59)
    const signer = await late.open('devices')
    const crossing = signer.issueWithKey(
      requestFor('device', 'pump-1', { notBefore: last, notAfter: last + 1000 }),
    )
    const { stdout } = await openssl(['asn1parse'], crossing.credential.certificate)
    expect(stdout).toMatch(/UTCTIME +:491231235959Z[^]*GENERALIZEDTIME +:20500101000000Z/)
    for (const [offset, code] of [
      [-1, 2],
      [0, 0],
      [1, 2],
    ] as const) {
      const at = String(last / 1000 + offset)
      expect(await verify(late, 'root', crossing.credential.certificate, '-attime', at)).toMatchObject({
        code,
      })
    }
  })

  test.each([
    ['P-384', ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-384']],
    ['P-256', ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256']],
    ['Ed25519', ['-newkey', 'ed25519']],
    ['RSA', ['-newkey', 'rsa:2048']],
  ])('a request of openssl with a %s key becomes a certificate that it accepts', async (_, key) => {
    const wishes = ['-addext', 'keyUsage=critical,digitalSignature', '-addext', 'basicConstraints=CA:FALSE']
    const { stdout, code } = await requestBy([...key, ...wishes], '/C=DE/O=Acme/CN=pump-7')
    expect(code).toBe(0)
    const { commonName, spki } = parseCsr(Buffer.from(stdout))
    const { credential } = authorities.devices.issue(requestFor('device', commonName), spki)
    expect(await verify(folder, 'root', credential.certificate, '-purpose', 'sslclient')).toMatchObject({
      code: 0,
    })
  })

  test.each<readonly string[]>([
    ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-pkeyopt', 'ec_param_enc:explicit'],
    ['-newkey', 'rsa-pss', '-pkeyopt', 'rsa_keygen_bits:2048'],
  ])('a key in a form that others stumble over is refused: %s %s', async (...key) => {
    const { stdout } = await requestBy(key, '/CN=pump-7')
    expect(() => parseCsr(Buffer.from(stdout))).toThrow(expect.objectContaining({ code: 'CSR_KEY' }))
  })

  test('reads the encrypted keys of the CAs, with the passphrase only', async () => {
    const key = folder.file('root.key.pem')
    const read = (passphrase: string) =>
      openssl(['pkey', '-in', key, '-passin', `pass:${passphrase}`, '-noout', '-check'])
    expect(await read('correct horse')).toMatchObject({ code: 0 })
    expect((await read('wrong horse')).code).not.toBe(0)
    const { stdout } = await openssl(['asn1parse', '-in', key])
    expect(stdout).toMatch(/PBES2[^]*1\.3\.6\.1\.4\.1\.11591\.4\.11|PBES2[^]*scrypt/)
    expect(stdout).toContain('aes-256-cbc')
  })

  test('reads the key that comes with a credential, and it is the certified one', async () => {
    const { credential } = issue(requestFor('device', 'pump-1'))
    expect(await openssl(['pkey', '-check', '-noout'], credential.key)).toMatchObject({ code: 0 })
    const fromKey = await openssl(['pkey', '-pubout'], credential.key)
    const fromCertificate = await openssl(['x509', '-pubkey', '-noout'], credential.certificate)
    expect(fromKey.stdout).toBe(fromCertificate.stdout)
  })

  test.each<AuthorityName>(['root', 'devices', 'servers', 'staff'])(
    'the revocation list of %s is version 2, signed, numbered, and lasts as long as its CA',
    async (name) => {
      const issuer = await folder.read(`${name}.cert.pem`)
      await writeFile(folder.file('issuer.pem'), issuer)
      const { output } = await openssl([
        'crl',
        '-in',
        folder.file(`${name}.crl.pem`),
        '-noout',
        '-text',
        '-CAfile',
        folder.file('issuer.pem'),
      ])
      expect(output).toContain('verify OK')
      expect(output).toContain('Version 2')
      expect(output).toMatch(/X509v3 CRL Number: *\n +1\n/)
      expect(output).toContain('X509v3 Authority Key Identifier')
      const end = (await openssl(['x509', '-enddate', '-noout'], issuer)).stdout
        .replace('notAfter=', '')
        .trim()
      expect(output).toContain(`Next Update: ${end}`)
    },
  )

  test('an issuing CA cannot have a CA below it', async () => {
    const { stdout } = await openssl([
      'x509',
      '-noout',
      '-ext',
      'basicConstraints,keyUsage,extendedKeyUsage',
      '-in',
      folder.file('devices.cert.pem'),
    ])
    expect(stdout).toContain('CA:TRUE, pathlen:0')
    expect(stdout).toMatch(/X509v3 Key Usage: critical\n +Certificate Sign, CRL Sign/)
    expect(stdout).toContain('TLS Web Client Authentication')
  })
})

/** A request for a new key, as openssl makes it. */
function requestBy(key: readonly string[], subject: string): Promise<OpensslResult> {
  return openssl(['req', '-new', ...key, '-nodes', '-keyout', '/dev/null', '-subj', subject])
}

async function openAll(folder: AuthorityFolder): Promise<Readonly<Record<AuthorityName, Authority>>> {
  const [root, devices, servers, staff] = await Promise.all(
    (['root', 'devices', 'servers', 'staff'] as const).map((name) => folder.open(name)),
  )
  return { root: root!, devices: devices!, servers: servers!, staff: staff! }
}

/** openssl verify at its strictest: a list of every CA, and the root as the only anchor. */
async function verify(
  folder: AuthorityFolder,
  root: 'root' | 'staff',
  certificate: string,
  ...more: readonly string[]
): Promise<OpensslResult> {
  const names = root === 'root' ? ['root', 'devices', 'servers'] : ['staff']
  const lists = await Promise.all(names.map((name) => folder.read(`${name}.crl.pem`)))
  const below = await Promise.all(names.slice(1).map((name) => folder.read(`${name}.cert.pem`)))
  await writeFile(folder.file('lists.pem'), lists.join(''))
  await writeFile(folder.file('below.pem'), below.join('') || (await folder.read('staff.cert.pem')))
  const strict = ['verify', '-x509_strict', '-crl_check_all', '-no-CApath', '-no-CAstore']
  const trust = ['-CAfile', folder.file(`${root}.cert.pem`), '-untrusted', folder.file('below.pem')]
  return openssl([...strict, ...trust, '-CRLfile', folder.file('lists.pem'), ...more], certificate)
}

/** The last moment that OpenSSL calls valid; RFC 5280 §4.1.2.5 has the second after it, too. */
function lastSecond(notAfter: number): string {
  return String(notAfter / 1000 - 1)
}
