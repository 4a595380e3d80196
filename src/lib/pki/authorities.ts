import { createPublicKey, generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto'
import path from 'node:path'
import type { Clock } from '../base/clock.ts'
import { NotFoundError, VerificationError } from '../base/errors.ts'
import { PRIVATE_FILE, readTextIfPresent, writeFileAtomic } from '../base/files.ts'
import { Authority, type AuthorityName, commonNameOf } from './authority.ts'
import { commonName, randomSerial, signCertificate, validity } from './certificate-builder.ts'
import {
  authorityKeyIdentifier,
  basicConstraintsCa,
  keyIdentifier,
  keyUsage,
  subjectKeyIdentifier,
} from './extensions.ts'
import { pem } from './pem.ts'
import { encryptPrivateKey, readPrivateKey } from './private-key.ts'

/** The CAs in the order in which they are made: who signs, how deep below it a chain may go, what it is called. */
const AUTHORITIES = {
  root: { signer: 'root', pathLength: 1, title: 'device root' },
  devices: { signer: 'root', pathLength: 0, title: 'device issuing CA' },
  servers: { signer: 'root', pathLength: 0, title: 'server issuing CA' },
  staff: { signer: 'staff', pathLength: 0, title: 'staff CA' },
} as const satisfies Record<AuthorityName, { signer: AuthorityName; pathLength: number; title: string }>

export const AUTHORITY_NAMES = Object.keys(AUTHORITIES) as readonly AuthorityName[]

const KEY_CERT_SIGN = 5
const CRL_SIGN = 6
/** Devices have poor clocks, and so do the machines that issue: certificates are valid from an hour ago. */
export const BACKDATE = 3_600_000

export interface CreateAuthorities {
  readonly fleet: string
  /** Encrypts every new key; undefined leaves them in the clear and needs the user's explicit word. */
  readonly passphrase: () => Promise<string | undefined>
  /** The passphrase of keys that are there already, when a killed run left some. */
  readonly existingPassphrase: () => Promise<string>
  /** Milliseconds. */
  readonly lifetimes: { readonly root: number; readonly issuing: number }
  readonly clock: Clock
}

const file = (folder: string, name: AuthorityName, what: 'cert' | 'key' | 'crl') =>
  path.join(folder, `${name}.${what}.pem`)

/**
 * Makes what is missing of the fleet's CAs: the device root, which signs the issuing CAs for devices and servers, and
 * the staff CA, a root of its own, so that a stolen issuing CA cannot make an operator. A CRL of each comes with it.
 * A certificate is written last, so that a killed run leaves no CA without its key.
 * @returns the names that were made now
 */
export async function createAuthorities(
  folder: string,
  options: CreateAuthorities,
): Promise<readonly AuthorityName[]> {
  const made: AuthorityName[] = []
  const keys = new Map<AuthorityName, KeyObject>()
  let passphrase: Promise<string | undefined> | undefined
  for (const name of AUTHORITY_NAMES) {
    if ((await readTextIfPresent(file(folder, name, 'cert'))) !== undefined) continue
    passphrase ??= options.passphrase()
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    keys.set(name, privateKey)
    const { signer } = AUTHORITIES[name]
    const signerKey = keys.get(signer) ?? (await openKey(folder, signer, options.existingPassphrase))
    const certificate = await certifyAuthority(folder, name, publicKey, signerKey, options)
    await writeKey(file(folder, name, 'key'), privateKey, await passphrase)
    await writeFileAtomic(file(folder, name, 'crl'), emptyCrl(name, certificate, privateKey, options))
    await writeFileAtomic(file(folder, name, 'cert'), certificate.toString())
    made.push(name)
  }
  return made
}

async function writeKey(target: string, key: KeyObject, passphrase: string | undefined): Promise<void> {
  const text =
    passphrase === undefined
      ? (key.export({ type: 'pkcs8', format: 'pem' }) as string)
      : await encryptPrivateKey(key, passphrase)
  await writeFileAtomic(target, text, { mode: PRIVATE_FILE })
}

async function certifyAuthority(
  folder: string,
  name: AuthorityName,
  publicKey: KeyObject,
  signerKey: KeyObject,
  { fleet, lifetimes, clock }: CreateAuthorities,
): Promise<X509Certificate> {
  const { signer, pathLength, title } = AUTHORITIES[name]
  const notBefore = clock.now() - BACKDATE
  const own = clock.now() + (signer === name ? lifetimes.root : lifetimes.issuing)
  // A CA that outlives its signer would break its chain before its own end.
  const notAfter =
    signer === name ? own : Math.min(own, Date.parse((await readCertificate(folder, signer)).validTo))
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  const signerSpki = createPublicKey(signerKey).export({ type: 'spki', format: 'der' })
  const der = signCertificate(
    {
      serial: randomSerial(),
      issuer: commonName(`${fleet} ${AUTHORITIES[signer].title}`),
      validity: validity(notBefore, notAfter),
      subject: commonName(`${fleet} ${title}`),
      spki,
      extensions: [
        basicConstraintsCa(pathLength),
        keyUsage(KEY_CERT_SIGN, CRL_SIGN),
        subjectKeyIdentifier(keyIdentifier(spki)),
        authorityKeyIdentifier(keyIdentifier(signerSpki)),
      ],
    },
    signerKey,
  )
  return new X509Certificate(pem('CERTIFICATE', der))
}

function emptyCrl(
  name: AuthorityName,
  certificate: X509Certificate,
  key: KeyObject,
  { fleet, clock }: CreateAuthorities,
): string {
  const authority = new Authority({ name, fleet, certificate, key, anchor: '', chainBehind: '' })
  return authority.signCrl([], 1, clock.now() - BACKDATE)
}

/**
 * The certificate of a CA; no key is touched.
 * @throws NotFoundError `CA_MISSING`
 */
export async function readCertificate(folder: string, name: AuthorityName): Promise<X509Certificate> {
  const text = await readTextIfPresent(file(folder, name, 'cert'))
  if (text === undefined) throw missing(name, folder)
  return new X509Certificate(text)
}

/** The current CRL of a CA, PEM. @throws NotFoundError `CA_MISSING` */
export async function readCrl(folder: string, name: AuthorityName): Promise<string> {
  const text = await readTextIfPresent(file(folder, name, 'crl'))
  if (text === undefined) throw missing(name, folder)
  return text
}

export async function writeCrl(folder: string, name: AuthorityName, crl: string): Promise<void> {
  await writeFileAtomic(file(folder, name, 'crl'), crl)
}

/**
 * Opens a CA for issuing; the passphrase is asked for only when its key is encrypted.
 * @throws NotFoundError `CA_MISSING` · RefusedError `CA_PASSPHRASE` · VerificationError `CA_KEY_OTHER`
 */
export async function openAuthority(
  folder: string,
  name: AuthorityName,
  fleet: string,
  passphrase: () => Promise<string>,
): Promise<Authority> {
  const certificate = await readCertificate(folder, name)
  const anchor = (await readCertificate(folder, 'root')).toString()
  const key = await openKey(folder, name, passphrase)
  if (!certificate.checkPrivateKey(key)) {
    throw new VerificationError(
      'CA_KEY_OTHER',
      `The key of the CA "${commonNameOf(certificate)}" is not its own.`,
      {
        hint: `Restore ${file(folder, name, 'key')} from the backup that its certificate comes from.`,
      },
    )
  }
  const chainBehind = AUTHORITIES[name].signer === name ? '' : certificate.toString()
  return new Authority({ name, fleet, certificate, key, anchor, chainBehind })
}

async function openKey(
  folder: string,
  name: AuthorityName,
  passphrase: () => Promise<string>,
): Promise<KeyObject> {
  const text = await readTextIfPresent(file(folder, name, 'key'))
  if (text === undefined) {
    throw new NotFoundError('CA_KEY_MISSING', `The key of the CA "${name}" is not here.`, {
      hint: `It belongs at ${file(folder, name, 'key')}; issuing needs the machine that keeps it.`,
    })
  }
  return readPrivateKey(text, passphrase)
}

function missing(name: AuthorityName, folder: string): NotFoundError {
  return new NotFoundError('CA_MISSING', `There is no whole CA "${name}" in ${folder}.`, {
    hint: 'flotilla init completes the fleet directory.',
  })
}
