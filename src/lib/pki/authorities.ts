import { createPublicKey, generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto'
import type { Clock } from '../base/clock.ts'
import { PRIVATE_FILE, readTextIfPresent, writeFileAtomic } from '../base/files.ts'
import { once } from '../base/once.ts'
import { Authority, type AuthorityName } from './authority.ts'
import { authorityFile } from './authority-file.ts'
import { openKey, readCertificate, readKeyText } from './authority-files.ts'
import { commonName, randomSerial, signCertificate } from './certificate-builder.ts'
import {
  authorityKeyIdentifier,
  basicConstraintsCa,
  extKeyUsage,
  keyIdentifier,
  keyUsage,
  subjectKeyIdentifier,
} from './extensions.ts'
import { pem } from './pem.ts'
import { encryptPrivateKey, isEncrypted, readPrivateKey } from './private-key.ts'
import { ROOT_TITLE } from './root-title.ts'
import { BACKDATE, END_OF_TIME, refuseWrongClock, validity } from './validity.ts'

export { openAuthority, readCertificate, readCrl, writeCrl } from './authority-files.ts'
export { BACKDATE } from './validity.ts'

interface AuthorityPlan {
  readonly signer: AuthorityName
  /** How many CAs may stand below it (RFC 5280 §4.2.1.9). */
  readonly pathLength: number
  /** Whom it may certify. Verifiers hold a chain to the purposes of its CAs, too: a stolen device CA makes no server. */
  readonly purpose?: 'clientAuth' | 'serverAuth'
  readonly title: string
}

/** The CAs in the order in which they are made. */
const AUTHORITIES: Readonly<Record<AuthorityName, AuthorityPlan>> = {
  root: { signer: 'root', pathLength: 1, title: ROOT_TITLE },
  devices: { signer: 'root', pathLength: 0, purpose: 'clientAuth', title: 'device issuing CA' },
  servers: { signer: 'root', pathLength: 0, purpose: 'serverAuth', title: 'server issuing CA' },
  staff: { signer: 'staff', pathLength: 0, purpose: 'clientAuth', title: 'staff CA' },
}

export const AUTHORITY_NAMES = Object.keys(AUTHORITIES) as readonly AuthorityName[]

const KEY_CERT_SIGN = 5
const CRL_SIGN = 6

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

/**
 * Makes what is missing of the fleet's CAs: the device root, which signs the issuing CAs for devices and servers, and
 * the staff CA, a root of its own, so that a stolen issuing CA cannot make an operator. A CRL of each comes with it.
 * A certificate is written last, so that a killed run leaves no CA without its key.
 * @returns the names that were made now
 * @throws UsageError `CLOCK_WRONG` · and, when it goes on where another run stopped, what `openKey` throws
 */
export async function createAuthorities(
  folder: string,
  options: CreateAuthorities,
): Promise<readonly AuthorityName[]> {
  const missing: AuthorityName[] = []
  for (const name of AUTHORITY_NAMES) if (!(await isThere(folder, name))) missing.push(name)
  if (missing.length === 0) return []
  refuseWrongClock(options.clock.now())
  const existingPassphrase = once(options.existingPassphrase)
  const passphrase = await passphraseOfAll(folder, { ...options, existingPassphrase })
  const made = new Map<AuthorityName, Signer>()
  for (const name of missing) {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const { signer } = AUTHORITIES[name]
    const by =
      signer === name
        ? { key: privateKey }
        : (made.get(signer) ?? (await openSigner(folder, signer, existingPassphrase)))
    const certificate = certifyAuthority(name, publicKey, by, options)
    await writeKey(authorityFile(folder, name, 'key'), privateKey, passphrase)
    const crl = firstCrl(name, certificate, privateKey, options)
    await writeFileAtomic(authorityFile(folder, name, 'crl'), crl)
    await writeFileAtomic(authorityFile(folder, name, 'cert'), certificate.toString())
    made.set(name, { key: privateKey, certificate })
  }
  return missing
}

interface Signer {
  readonly key: KeyObject
  /** Undefined when a root signs itself. */
  readonly certificate?: X509Certificate
}

async function isThere(folder: string, name: AuthorityName): Promise<boolean> {
  return (await readTextIfPresent(authorityFile(folder, name, 'cert'))) !== undefined
}

/** All keys of a fleet have one passphrase: where a killed run left some, theirs counts, and is tried first. */
async function passphraseOfAll(folder: string, options: CreateAuthorities): Promise<string | undefined> {
  for (const name of AUTHORITY_NAMES) {
    const text = (await isThere(folder, name)) ? await readKeyText(folder, name) : undefined
    if (text === undefined || !isEncrypted(text)) continue
    await readPrivateKey(text, options.existingPassphrase)
    return options.existingPassphrase()
  }
  return options.passphrase()
}

async function openSigner(
  folder: string,
  name: AuthorityName,
  passphrase: () => Promise<string>,
): Promise<Signer> {
  const certificate = await readCertificate(folder, name)
  return { key: await openKey(folder, name, certificate, passphrase), certificate }
}

async function writeKey(target: string, key: KeyObject, passphrase: string | undefined): Promise<void> {
  const text =
    passphrase === undefined
      ? (key.export({ type: 'pkcs8', format: 'pem' }) as string)
      : await encryptPrivateKey(key, passphrase)
  await writeFileAtomic(target, text, { mode: PRIVATE_FILE })
}

function certifyAuthority(
  name: AuthorityName,
  publicKey: KeyObject,
  by: Signer,
  { fleet, lifetimes, clock }: CreateAuthorities,
): X509Certificate {
  const { signer, pathLength, purpose, title } = AUTHORITIES[name]
  const wanted = clock.now() + (signer === name ? lifetimes.root : lifetimes.issuing)
  // A CA that outlives its signer would break its chain before its own end.
  const limit = by.certificate === undefined ? END_OF_TIME : Date.parse(by.certificate.validTo)
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  const signerSpki = createPublicKey(by.key).export({ type: 'spki', format: 'der' })
  const der = signCertificate(
    {
      serial: randomSerial(),
      issuer: commonName(`${fleet} ${AUTHORITIES[signer].title}`),
      validity: validity(clock.now() - BACKDATE, Math.min(wanted, limit)),
      subject: commonName(`${fleet} ${title}`),
      spki,
      extensions: [
        basicConstraintsCa(pathLength),
        keyUsage(KEY_CERT_SIGN, CRL_SIGN),
        ...(purpose === undefined ? [] : [extKeyUsage(purpose)]),
        subjectKeyIdentifier(keyIdentifier(spki)),
        authorityKeyIdentifier(keyIdentifier(signerSpki)),
      ],
    },
    by.key,
  )
  return new X509Certificate(pem('CERTIFICATE', der))
}

function firstCrl(
  name: AuthorityName,
  certificate: X509Certificate,
  key: KeyObject,
  { fleet, clock }: CreateAuthorities,
): string {
  const authority = new Authority({ name, fleet, certificate, key, anchor: '', chainBehind: '' })
  return authority.signCrl([], 1, clock.now())
}
