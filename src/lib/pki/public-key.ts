import { createPublicKey, type KeyObject } from 'node:crypto'

/** A public key that we certify. */
export interface AcceptedKey {
  readonly key: KeyObject
  /** SubjectPublicKeyInfo as node:crypto encodes it, DER. */
  readonly spki: Buffer
}

/**
 * How an accepted SubjectPublicKeyInfo begins: algorithm and parameters in the one form that the standard allows. A
 * curve spelled out by its parameters, a compressed point or RSA-PSS parameters begin otherwise (RFC 5480 §2.1.1,
 * RFC 8410 §3, RFC 3279 §2.3.1).
 */
const EXACT: Readonly<Record<string, { readonly prefix: string; readonly length: number }>> = {
  'P-256': { prefix: '3059301306072a8648ce3d020106082a8648ce3d03010703420004', length: 91 },
  'P-384': { prefix: '3076301006072a8648ce3d020106052b8104002203620004', length: 120 },
  Ed25519: { prefix: '302a300506032b6570032100', length: 44 },
}
const RSA_BITS = { least: 2048, most: 8192 }
const RSA_EXPONENT = 65_537n

/**
 * Judges a public key that a device brings: P-256, P-384, Ed25519, or RSA from 2 048 bits.
 * @param spki SubjectPublicKeyInfo, DER
 * @returns the key, or why it is not accepted, completing "Its key …"
 */
export function acceptPublicKey(spki: Uint8Array): AcceptedKey | string {
  const key = readKey(spki)
  if (key === undefined) return 'cannot be read'
  const encoded = key.export({ type: 'spki', format: 'der' })
  if (key.asymmetricKeyType === 'rsa') return rsaFault(key) ?? { key, spki: encoded }
  const hex = encoded.toString('hex')
  const fits = Object.values(EXACT).some(
    ({ prefix, length }) => encoded.length === length && hex.startsWith(prefix),
  )
  return fits ? { key, spki: encoded } : 'is none of P-256, P-384, Ed25519 and RSA'
}

/** The key's kind and size as people say it: `P-256`, `RSA 2048`, `Ed25519`. */
export function keyName(key: KeyObject): string {
  const { namedCurve, modulusLength } = key.asymmetricKeyDetails ?? {}
  const kind = key.asymmetricKeyType ?? 'unknown'
  if (kind === 'ec') return namedCurve === undefined ? 'EC' : (CURVES[namedCurve] ?? namedCurve)
  if (kind === 'ed25519') return 'Ed25519'
  return modulusLength === undefined ? kind : `${kind.toUpperCase()} ${modulusLength}`
}

const CURVES: Readonly<Record<string, string>> = {
  prime256v1: 'P-256',
  secp384r1: 'P-384',
  secp521r1: 'P-521',
}

function readKey(spki: Uint8Array): KeyObject | undefined {
  try {
    return createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })
  } catch {
    return undefined
  }
}

function rsaFault(key: KeyObject): string | undefined {
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {}
  if (modulusLength < RSA_BITS.least) return `has ${modulusLength} bits, fewer than ${RSA_BITS.least}`
  // A verifier pays for the size, and it is the broker at every connection.
  if (modulusLength > RSA_BITS.most) return `has ${modulusLength} bits, more than ${RSA_BITS.most}`
  return publicExponent < RSA_EXPONENT
    ? `has the exponent ${publicExponent}, less than ${RSA_EXPONENT}`
    : undefined
}
