import { createECDH } from 'node:crypto'
import { bitString, context, integer, octetString, oid, sequence } from './der.ts'
import { OID } from './oids.ts'
import { pem } from './pem.ts'

/** A new P-256 key as a credential and a certificate need it. */
export interface EncodedKeyPair {
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Buffer
  /** PKCS#8, PEM. */
  readonly privateKey: string
}

const KEY_BYTES = 32
/** AlgorithmIdentifier id-ecPublicKey with secp256r1 (RFC 5480 §2.1.1). */
const ALGORITHM = sequence(oid(OID.ecPublicKey), oid(OID.prime256v1))

/**
 * Makes a P-256 key. The key comes from OpenSSL; only its encoding, whose every length is fixed, is done here, because
 * OpenSSL 3's encoders cost three times what making the key costs (docs/decisions/certificates.md).
 * A key for ECDH and one for ECDSA are the same on this curve: what it may be used for is in the certificate.
 */
export function makeKeyPair(): EncodedKeyPair {
  const pair = createECDH('prime256v1')
  const point = pair.generateKeys()
  const scalar = pair.getPrivateKey()
  const privateKey = pem('PRIVATE KEY', privateKeyInfo(scalar, point))
  scalar.fill(0)
  return { spki: sequence(ALGORITHM, bitString(point)), privateKey }
}

/** PrivateKeyInfo (RFC 5958 §2) around ECPrivateKey (RFC 5915 §3), whose octets are as many as the curve's order has. */
function privateKeyInfo(scalar: Buffer, point: Buffer): Buffer {
  // Node gives the number without leading zeros.
  const padded = Buffer.concat([Buffer.alloc(KEY_BYTES - scalar.length), scalar])
  const key = sequence(integer(1), octetString(padded), context(1, bitString(point)))
  padded.fill(0)
  return sequence(integer(0), ALGORITHM, octetString(key))
}
