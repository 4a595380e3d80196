import { X509Certificate } from 'node:crypto'
import { cp, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  AUTHORITY_NAMES,
  createAuthorities,
  openAuthority,
  readCertificate,
  readCrl,
} from '../../../src/lib/pki/authorities.ts'
import { readRevocations } from '../../../src/lib/pki/authority-files.ts'
import { parseCrl } from '../../../src/lib/pki/parse-crl.ts'
import { AuthorityFolder, authorityOptions, requestFor } from '../../support/authorities.ts'

const YEAR = 365 * 86_400_000
/** The order in which a run writes. */
const FILES = AUTHORITY_NAMES.flatMap((name) => ['key', 'crl', 'cert'].map((what) => `${name}.${what}.pem`))

const ask = () => Promise.reject(new Error('asked'))

async function emptyFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'flotilla-ca-'))
  return { path: folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) }
}

/** Every CA has its key, its list, and the signature of its signer. */
async function expectWhole(folder: string, passphrase: string): Promise<void> {
  for (const name of AUTHORITY_NAMES) {
    const { certificate } = await openAuthority(folder, name, 'acme', () => Promise.resolve(passphrase))
    const signer = await readCertificate(folder, name === 'staff' ? 'staff' : 'root')
    expect(certificate.verify(signer.publicKey)).toBe(true)
    expect(certificate.checkIssued(signer)).toBe(true)
    expect(parseCrl(await readCrl(folder, name)).isSignedBy(certificate.publicKey)).toBe(true)
  }
}

describe('the CAs of a fleet', () => {
  let whole: AuthorityFolder
  beforeAll(async () => {
    whole = await AuthorityFolder.make()
  })
  afterAll(() => whole[Symbol.asyncDispose]())

  test('are made once: a second run makes nothing and asks nothing', async () => {
    await using folder = await AuthorityFolder.make({ passphrase: 'correct horse' })
    const options = { ...authorityOptions(), passphrase: ask, existingPassphrase: ask }
    expect(await createAuthorities(folder.path, options)).toEqual([])
    expect((await readdir(folder.path)).toSorted()).toEqual(FILES.toSorted())
    for (const name of AUTHORITY_NAMES)
      expect((await stat(folder.file(`${name}.key.pem`))).mode & 0o777).toBe(0o600)
  })

  test.each(FILES.map((name, index) => [index, name] as const))(
    'killed after %i files (before %s), the next run completes them',
    async (count) => {
      await using cut = await emptyFolder()
      for (const name of FILES.slice(0, count)) await cp(whole.file(name), path.join(cut.path, name))
      const made = await createAuthorities(cut.path, authorityOptions())
      expect(made).toEqual(AUTHORITY_NAMES.slice(Math.floor(count / 3)))
      await expectWhole(cut.path, '')
    },
  )

  test('completed after a kill, have one passphrase: that of the keys which were there', async () => {
    await using folder = await AuthorityFolder.make({ passphrase: 'correct horse' })
    for (const name of ['servers', 'staff']) await rm(folder.file(`${name}.cert.pem`))
    const options = authorityOptions({ passphrase: 'correct horse' })
    expect(await createAuthorities(folder.path, { ...options, passphrase: ask })).toEqual([
      'servers',
      'staff',
    ])
    await expectWhole(folder.path, 'correct horse')
  })

  test('are not completed by a wrong passphrase: nothing is written', async () => {
    await using folder = await AuthorityFolder.make({ passphrase: 'correct horse' })
    await rm(folder.file('staff.cert.pem'))
    const before = await folder.read('staff.key.pem')
    const options = { ...authorityOptions(), existingPassphrase: () => Promise.resolve('wrong horse') }
    await expect(createAuthorities(folder.path, options)).rejects.toMatchObject({ code: 'CA_PASSPHRASE' })
    expect(await folder.read('staff.key.pem')).toBe(before)
  })

  test('do not outlive the one that signed them', async () => {
    await using folder = await AuthorityFolder.make({ root: YEAR, issuing: 10 * YEAR })
    const [root, devices] = await Promise.all(
      ['root', 'devices'].map((name) => folder.read(`${name}.cert.pem`)),
    )
    expect(new X509Certificate(devices!).validTo).toBe(new X509Certificate(root!).validTo)
  })

  test('that are to last for ever end where a certificate can say no more', async () => {
    await using folder = await AuthorityFolder.make({ root: 9000 * YEAR, issuing: 9000 * YEAR })
    expect(new X509Certificate(await folder.read('root.cert.pem')).validTo).toBe('Dec 31 23:59:59 9999 GMT')
  })

  test.each(['1969-12-31T23:00:00Z', '1970-01-01T00:03:00Z', '2025-12-31T00:00:00Z'])(
    'are not made by a clock that says %s',
    async (now) => {
      await using folder = await emptyFolder()
      await expect(
        createAuthorities(folder.path, authorityOptions({ now: Date.parse(now) })),
      ).rejects.toMatchObject({
        code: 'CLOCK_WRONG',
        layer: 'clock',
      })
      expect(await readdir(folder.path)).toEqual([])
    },
  )

  test('are made after 2050, too', async () => {
    const now = Date.UTC(2055, 5, 1)
    await using folder = await AuthorityFolder.make({ now })
    const { credential } = (await folder.open('devices')).issueWithKey(
      requestFor('device', 'pump-1', { notBefore: now, notAfter: now + YEAR }),
    )
    expect(new X509Certificate(credential.certificate).validTo).toBe('May 31 00:00:00 2056 GMT')
  })
})

const open = (folder: AuthorityFolder, now = Date.now()) =>
  openAuthority(folder.path, 'devices', 'acme', () => Promise.resolve(''), { now: () => now })

describe('a CA is not opened', () => {
  test('with the key of another', async () => {
    await using folder = await AuthorityFolder.make()
    await writeFile(folder.file('devices.key.pem'), await folder.read('servers.key.pem'))
    await expect(open(folder)).rejects.toMatchObject({ code: 'CA_KEY_OTHER', exitCode: 9 })
  })

  test('where its key is not', async () => {
    await using folder = await AuthorityFolder.make()
    await rm(folder.file('devices.key.pem'))
    await expect(open(folder)).rejects.toMatchObject({ code: 'CA_KEY_MISSING', exitCode: 4 })
  })

  test('from a file that is damaged: it is named', async () => {
    await using folder = await AuthorityFolder.make()
    await writeFile(folder.file('devices.crl.pem'), (await folder.read('devices.crl.pem')).slice(0, 100))
    await expect(readRevocations(folder.path, 'devices')).rejects.toMatchObject({
      code: 'CRL_BROKEN',
      message: expect.stringContaining(folder.file('devices.crl.pem')),
    })
    await writeFile(folder.file('devices.cert.pem'), (await folder.read('devices.cert.pem')).slice(0, 100))
    await expect(open(folder)).rejects.toMatchObject({
      code: 'CA_BROKEN',
      exitCode: 9,
      message: expect.stringContaining(folder.file('devices.cert.pem')),
    })
  })

  test.each(['junk', '-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE KEY-----\n'])(
    'with a key that is damaged (%j): its file and what to do are named',
    async (text) => {
      await using folder = await AuthorityFolder.make()
      await writeFile(folder.file('devices.key.pem'), text)
      await expect(open(folder)).rejects.toMatchObject({
        code: 'KEY_BROKEN',
        message: expect.stringContaining(folder.file('devices.key.pem')),
        hint: expect.stringMatching(/backup/),
      })
    },
  )

  test('after its end, nor by a clock before its beginning', async () => {
    await using folder = await AuthorityFolder.make()
    await expect(open(folder, Date.now() + 11 * YEAR)).rejects.toMatchObject({ code: 'CA_ENDED' })
    await expect(open(folder, Date.now() - 86_400_000)).rejects.toMatchObject({ code: 'CLOCK_WRONG' })
  })
})

describe('an issued certificate', () => {
  test('has a serial of its own, positive, 16 octets', async () => {
    await using folder = await AuthorityFolder.make()
    const authority = await folder.open('devices')
    const serials = Array.from(
      { length: 1000 },
      () => authority.issueWithKey(requestFor('device', 'pump-1')).record.serial,
    )
    expect(new Set(serials).size).toBe(1000)
    for (const serial of serials) expect(serial).toMatch(/^[4-7][0-9A-F]{31}$/)
  })

  test('is what its record says, to the second', async () => {
    await using folder = await AuthorityFolder.make()
    const { credential, record } = (await folder.open('devices')).issueWithKey(
      requestFor('device', 'pump-1', { notBefore: Date.now() + 123, notAfter: Date.now() + 20 * YEAR }),
    )
    const certificate = new X509Certificate(credential.certificate)
    expect(record).toEqual({
      serial: certificate.serialNumber,
      thumbprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
      subject: 'pump-1',
      profile: 'device',
      issuer: 'devices',
      notBefore: Date.parse(certificate.validFrom),
      notAfter: Date.parse(certificate.validTo),
    })
    expect(certificate.validTo).toBe(new X509Certificate(await folder.read('devices.cert.pem')).validTo)
  })

  test('comes with the chain that a listener wants to see, and what its holder trusts', async () => {
    await using folder = await AuthorityFolder.make()
    const device = (await folder.open('devices')).issueWithKey(requestFor('device', 'pump-1')).credential
    expect(device.chain).toBe(device.certificate + (await folder.read('devices.cert.pem')))
    expect(device.anchor).toBe(await folder.read('root.cert.pem'))
    const operator = (await folder.open('staff')).issueWithKey(requestFor('operator', 'op.alice')).credential
    expect(operator.chain).toBe(operator.certificate)
    expect(operator.anchor).toBe(await folder.read('root.cert.pem'))
  })

  test('is refused for a name that no certificate can carry', async () => {
    await using folder = await AuthorityFolder.make()
    const servers = await folder.open('servers')
    const issue = (subject: string, hosts: readonly string[]) => () =>
      servers.issueWithKey(requestFor('server', subject, { hosts }))
    expect(issue('x'.repeat(65), ['localhost'])).toThrow(expect.objectContaining({ code: 'NAME_LENGTH' }))
    expect(issue('localhost', ['münchen.example'])).toThrow(expect.objectContaining({ code: 'HOST_NAME' }))
  })
})

test('the first revocation list of every CA is empty and has the number 1', async () => {
  await using folder = await AuthorityFolder.make()
  for (const name of AUTHORITY_NAMES) {
    expect(parseCrl(await folder.read(`${name}.crl.pem`))).toMatchObject({ number: 1, revoked: new Map() })
  }
})
