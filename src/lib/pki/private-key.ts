import { createCipheriv, createPrivateKey, type KeyObject, randomBytes, scrypt } from 'node:crypto'
import { promisify } from 'node:util'
import { RefusedError, VerificationError } from '../base/errors.ts'
import { integer, octetString, oid, sequence } from './der.ts'
import { spanAt } from './der-span.ts'
import { OID } from './oids.ts'
import { pem, pemBlocks } from './pem.ts'

/**
 * 16 MB and five passes for each guess, about 150 ms: as much as OpenSSL's limit of 32 MB for reading a key lets N be,
 * and as often as OWASP asks for at that size.
 */
const SCRYPT = { N: 2 ** 14, r: 8, p: 5 } as const
const derive = promisify<string, Buffer, number, { N: number; r: number; p: number }, Buffer>(scrypt)

/**
 * An encrypted PKCS#8 key (RFC 5958) by PBES2 (RFC 8018 §6.2) with scrypt (RFC 7914 §7) and AES-256-CBC, as PEM.
 * node:crypto's own export derives by PBKDF2 with 2 048 rounds, which is too cheap to guess.
 */
export async function encryptPrivateKey(key: KeyObject, passphrase: string): Promise<string> {
  const salt = randomBytes(16)
  const iv = randomBytes(16)
  const cipher = createCipheriv('aes-256-cbc', await derive(passphrase, salt, 32, SCRYPT), iv)
  const plain = key.export({ type: 'pkcs8', format: 'der' })
  const encrypted = Buffer.concat([cipher.update(plain), cipher.final()])
  plain.fill(0)
  const parameters = sequence(octetString(salt), integer(SCRYPT.N), integer(SCRYPT.r), integer(SCRYPT.p))
  const scheme = sequence(
    sequence(oid(OID.scrypt), parameters),
    sequence(oid(OID.aes256Cbc), octetString(iv)),
  )
  return pem('ENCRYPTED PRIVATE KEY', sequence(sequence(oid(OID.pbes2), scheme), octetString(encrypted)))
}

export function isEncrypted(text: string): boolean {
  return text.includes('BEGIN ENCRYPTED PRIVATE KEY')
}

/**
 * Reads a PKCS#8 key; the passphrase is asked for only when the key is encrypted.
 * @throws RefusedError `CA_PASSPHRASE` when it is wrong · VerificationError `KEY_BROKEN` when this is no key
 */
export async function readPrivateKey(text: string, passphrase: () => Promise<string>): Promise<KeyObject> {
  if (!isEncrypted(text)) return parseKey(text)
  refuseCut(text)
  const given = await passphrase()
  try {
    return createPrivateKey({ key: text, passphrase: given })
  } catch (error) {
    throw new RefusedError('CA_PASSPHRASE', 'The passphrase of the CA keys is not the right one.', {
      cause: error,
    })
  }
}

/** A file cut short must not look like a wrong passphrase: somebody would try others for hours. */
function refuseCut(text: string): void {
  const der = pemBlocks(text).find(({ label }) => label === 'ENCRYPTED PRIVATE KEY')?.der
  if (der !== undefined && der.length > 1 && spanAt(der, 0).end === der.length) return
  throw new VerificationError('KEY_BROKEN', 'The encrypted key is damaged.')
}

function parseKey(text: string): KeyObject {
  try {
    return createPrivateKey(text)
  } catch (error) {
    throw new VerificationError('KEY_BROKEN', 'It is no private key.', { cause: error })
  }
}
