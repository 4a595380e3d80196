import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import {
  bitString,
  boolean,
  context,
  integer,
  octetString,
  oid,
  sequence,
  setOf,
  utf8String,
} from '../../src/lib/pki/der.ts'
import { OID } from '../../src/lib/pki/oids.ts'

export interface CsrParts {
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
  readonly version?: number
  /** Fields of the subject, each a RelativeDistinguishedName. */
  readonly subject?: readonly (readonly [oid: string, value: Buffer])[]
  /** Elements of `[0]`; undefined leaves `[0]` out. */
  readonly attributes?: readonly Buffer[] | undefined
  /** AlgorithmIdentifier. */
  readonly algorithm?: Buffer
  /** Hash of the signature; null for Ed25519, which has its own. */
  readonly hash?: string | null
}

/** A P-256 key pair. */
export const ecKeys = () => generateKeyPairSync('ec', { namedCurve: 'P-256' })

/** A certificate request by its parts, well-formed or not, signed by its key: DER. */
export function makeCsr(parts: CsrParts): Buffer {
  const { publicKey, privateKey, version = 0, subject = [cn('pump-1')], hash = 'sha256' } = parts
  const attributes = 'attributes' in parts ? parts.attributes : []
  const algorithm = parts.algorithm ?? sequence(oid(OID.ecdsaWithSha256))
  const info = sequence(
    integer(version),
    sequence(...subject.map(([type, value]) => setOf(sequence(oid(type), value)))),
    publicKey.export({ type: 'spki', format: 'der' }),
    ...(attributes === undefined ? [] : [context(0, ...attributes)]),
  )
  return sequence(info, algorithm, bitString(sign(hash, info, privateKey)))
}

export function cn(text: string): readonly [string, Buffer] {
  return [OID.commonName, utf8String(text)]
}

/** The attribute that asks for extensions. */
export function extensionRequest(...extensions: readonly Buffer[]): Buffer {
  return sequence(oid(OID.extensionRequest), setOf(sequence(...extensions)))
}

export function extension(id: string, value: Uint8Array, isCritical = false): Buffer {
  return sequence(oid(id), ...(isCritical ? [boolean(true)] : []), octetString(value))
}

export function csrPem(der: Uint8Array, label = 'CERTIFICATE REQUEST'): string {
  const lines = Buffer.from(der).toString('base64').replaceAll(/.{64}/g, '$&\n')
  return `-----BEGIN ${label}-----\n${lines.trimEnd()}\n-----END ${label}-----\n`
}
