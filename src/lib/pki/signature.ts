import { type KeyObject, verify } from 'node:crypto'
import { type Asn1, bitOctets, dottedOid, elements, Malformed, parseDer } from './asn1.ts'
import { TAG } from './der.ts'
import { encodedElement } from './der-span.ts'

/** Signature algorithms that we check: which key they belong to and what they hash. SHA-1 and MD5 are not among them. */
const ALGORITHMS: Readonly<
  Record<string, { readonly key: 'ec' | 'rsa' | 'ed25519'; readonly hash: string | null }>
> = {
  '1.2.840.10045.4.3.2': { key: 'ec', hash: 'sha256' },
  '1.2.840.10045.4.3.3': { key: 'ec', hash: 'sha384' },
  '1.2.840.10045.4.3.4': { key: 'ec', hash: 'sha512' },
  '1.2.840.113549.1.1.11': { key: 'rsa', hash: 'sha256' },
  '1.2.840.113549.1.1.12': { key: 'rsa', hash: 'sha384' },
  '1.2.840.113549.1.1.13': { key: 'rsa', hash: 'sha512' },
  '1.3.101.112': { key: 'ed25519', hash: null },
}

/** SEQUENCE { toBeSigned, algorithm, signature }: the form of certificates, certificate requests and CRLs alike. */
export interface SignedValue {
  /** What the signature covers, as it came. */
  readonly toBeSigned: Uint8Array
  /** The same, parsed. */
  readonly content: readonly Asn1[]
  /** Dotted OID. */
  readonly algorithm: string
  readonly signature: Uint8Array
}

/** @throws Malformed */
export function parseSigned(der: Uint8Array): SignedValue {
  const [content, algorithm, signature, ...more] = elements(parseDer(der), TAG.sequence, 'the outer sequence')
  const [identifier] = elements(algorithm, TAG.sequence, 'the signature algorithm')
  if (more.length > 0) throw new Malformed('something follows the signature')
  return {
    content: elements(content, TAG.sequence, 'the signed part'),
    toBeSigned: encodedElement(der, 0),
    algorithm: dottedOid(identifier, 'the signature algorithm'),
    signature: bitOctets(signature, 'the signature'),
  }
}

export type SignatureCheck = 'good' | 'bad' | 'unknown-algorithm'

/** Checks a signature with the key that is said to have made it. */
export function checkSignature(
  { toBeSigned, algorithm, signature }: SignedValue,
  key: KeyObject,
): SignatureCheck {
  const known = ALGORITHMS[algorithm]
  if (known === undefined) return 'unknown-algorithm'
  // A name of another kind of key must not decide how the signature is read.
  if (known.key !== key.asymmetricKeyType) return 'bad'
  return verify(known.hash, toBeSigned, key, signature) ? 'good' : 'bad'
}
