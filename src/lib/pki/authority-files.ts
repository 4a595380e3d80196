import { type KeyObject, X509Certificate } from 'node:crypto'
import { type Clock, systemClock } from '../base/clock.ts'
import { NotFoundError, VerificationError } from '../base/errors.ts'
import { readTextIfPresent, writeFileAtomic } from '../base/files.ts'
import { Authority, type AuthorityName } from './authority.ts'
import { authorityFile } from './authority-file.ts'
import { nameText } from './name-text.ts'
import { type ParsedCrl, parseCrl } from './parse-crl.ts'
import { readPrivateKey } from './private-key.ts'
import { refuseWrongClock } from './validity.ts'

/** The certificate of a CA; no key is touched. @throws NotFoundError `CA_MISSING` · VerificationError `CA_BROKEN` */
export async function readCertificate(folder: string, name: AuthorityName): Promise<X509Certificate> {
  const file = authorityFile(folder, name, 'cert')
  const text = await readTextIfPresent(file)
  if (text !== undefined) return parseAuthority(text, file, name)
  throw new NotFoundError('CA_MISSING', `There is no whole CA "${name}" in ${folder}.`, {
    hint: 'flotilla init completes the fleet directory.',
  })
}

function parseAuthority(text: string, file: string, name: AuthorityName): X509Certificate {
  try {
    return new X509Certificate(text)
  } catch (error) {
    throw new VerificationError('CA_BROKEN', `${file} is no certificate.`, {
      hint:
        name === 'root'
          ? 'Restore it from a backup, or from a copy of it: ca.pem of every credential made here.'
          : 'Restore it from a backup.',
      cause: error,
    })
  }
}

/** The current CRL of a CA, PEM. @throws NotFoundError `CRL_MISSING` */
export async function readCrl(folder: string, name: AuthorityName): Promise<string> {
  const file = authorityFile(folder, name, 'crl')
  const text = await readTextIfPresent(file)
  if (text !== undefined) return text
  throw new NotFoundError('CRL_MISSING', `The revocation list of the CA "${name}" is not at ${file}.`, {
    hint: restoreList(name),
  })
}

/** The current CRL of a CA, read. @throws NotFoundError `CRL_MISSING` · VerificationError `CRL_BROKEN` */
export async function readRevocations(folder: string, name: AuthorityName): Promise<ParsedCrl> {
  return revocationsIn(await readCrl(folder, name), folder, name)
}

function revocationsIn(text: string, folder: string, name: AuthorityName): ParsedCrl {
  try {
    return parseCrl(text)
  } catch (error) {
    if (!(error instanceof VerificationError)) throw error
    const message = `${authorityFile(folder, name, 'crl')}: ${error.message}`
    throw new VerificationError(error.code, message, { hint: restoreList(name), cause: error })
  }
}

/** An empty one in its place would let everybody in again who was put out. */
function restoreList(name: AuthorityName): string {
  return `Restore it from a backup: without it brokers refuse everybody. What the registry knows of it is signed anew by: flotilla cert crl ${name} --force`
}

/** What a listener is to trust: the certificate of every CA and a list of each, PEM. */
export interface TrustedAuthorities {
  readonly certificates: readonly string[]
  readonly crls: readonly string[]
}

/**
 * A root and the CAs that it has signed, with their lists, fit to be trusted: a broker that is given others starts, and
 * refuses everybody.
 * @throws NotFoundError `CA_MISSING`, `CRL_MISSING` · VerificationError `CA_BROKEN`, `CRL_BROKEN`
 */
export async function readTrusted(
  folder: string,
  root: AuthorityName,
  ...signed: readonly AuthorityName[]
): Promise<TrustedAuthorities> {
  const certificates: string[] = []
  const crls: string[] = []
  const { publicKey } = await readCertificate(folder, root)
  for (const name of [root, ...signed]) {
    const certificate = await readCertificate(folder, name)
    if (!certificate.verify(publicKey)) throw signedByAnother(folder, name, root)
    certificates.push(certificate.toString())
  }
  for (const [index, name] of [root, ...signed].entries()) {
    const crl = await readCrl(folder, name)
    const { publicKey: own } = new X509Certificate(certificates[index]!)
    if (!revocationsIn(crl, folder, name).isSignedBy(own)) throw listOfAnother(folder, name)
    crls.push(crl)
  }
  return { certificates, crls }
}

function signedByAnother(folder: string, name: AuthorityName, root: AuthorityName): VerificationError {
  const files = [name, root].map((one) => authorityFile(folder, one, 'cert'))
  return new VerificationError('CA_BROKEN', `${files.join(' is not signed by ')}.`, {
    layer: 'certificate',
    hint: 'One of them is of another fleet: restore both from a backup.',
  })
}

function listOfAnother(folder: string, name: AuthorityName): VerificationError {
  const file = authorityFile(folder, name, 'crl')
  return new VerificationError('CRL_BROKEN', `${file} is not signed by the CA "${name}".`, {
    layer: 'certificate',
    hint: restoreList(name),
  })
}

export async function writeCrl(folder: string, name: AuthorityName, crl: string): Promise<void> {
  await writeFileAtomic(authorityFile(folder, name, 'crl'), crl)
}

/** The key of a CA as it lies there, PEM; undefined where it is kept on another machine. */
export function readKeyText(folder: string, name: AuthorityName): Promise<string | undefined> {
  return readTextIfPresent(authorityFile(folder, name, 'key'))
}

/**
 * Opens a CA for signing; the passphrase is asked for only when its key is encrypted.
 * @throws NotFoundError `CA_MISSING`, `CA_KEY_MISSING` · RefusedError `CA_PASSPHRASE` · UsageError `CLOCK_WRONG` ·
 * VerificationError `CA_KEY_OTHER`, `CA_ENDED`
 */
export async function openAuthority(
  folder: string,
  name: AuthorityName,
  fleet: string,
  passphrase: () => Promise<string>,
  clock: Clock = systemClock,
): Promise<Authority> {
  const certificate = await readCertificate(folder, name)
  refuseWrongClock(clock.now(), Date.parse(certificate.validFrom))
  refuseEnded(certificate, clock.now())
  const anchor = (await readCertificate(folder, 'root')).toString()
  const key = await openKey(folder, name, certificate, passphrase)
  const isRoot = certificate.checkIssued(certificate)
  return new Authority({
    name,
    fleet,
    certificate,
    key,
    anchor,
    chainBehind: isRoot ? '' : certificate.toString(),
  })
}

/**
 * The key of a CA, which must be the one that its certificate names.
 * @throws NotFoundError `CA_KEY_MISSING` · RefusedError `CA_PASSPHRASE` · VerificationError `CA_KEY_OTHER`
 */
export async function openKey(
  folder: string,
  name: AuthorityName,
  certificate: X509Certificate,
  passphrase: () => Promise<string>,
): Promise<KeyObject> {
  const file = authorityFile(folder, name, 'key')
  const text = await readKeyText(folder, name)
  if (text === undefined) {
    throw new NotFoundError('CA_KEY_MISSING', `The key of the CA "${name}" is not here.`, {
      hint: `It belongs at ${file}; signing needs the machine that keeps it.`,
    })
  }
  const key = await readPrivateKey(text, passphrase).catch((error: unknown) => {
    throw keyBroken(error, file) ?? error
  })
  if (certificate.checkPrivateKey(key)) return key
  const title = nameText(certificate.subject)
  throw new VerificationError('CA_KEY_OTHER', `The key of the CA "${title}" is not its own.`, {
    hint: `Restore ${file} from the backup that its certificate comes from.`,
  })
}

/** Damage, told with its place; undefined: it is something else, such as a wrong passphrase. */
function keyBroken(error: unknown, file: string): VerificationError | undefined {
  if (!(error instanceof VerificationError)) return undefined
  return new VerificationError(error.code, `${file} holds no private key, or only a part of one.`, {
    layer: 'certificate',
    hint: 'Restore it from the backup that its certificate comes from.',
    cause: error,
  })
}

function refuseEnded(certificate: X509Certificate, now: number): void {
  if (now <= Date.parse(certificate.validTo)) return
  const title = nameText(certificate.subject)
  throw new VerificationError('CA_ENDED', `The CA "${title}" ended on ${certificate.validTo}.`, {
    layer: 'certificate',
    hint: 'Nothing that it signs would be accepted. A new fleet directory has new CAs: flotilla init',
  })
}
