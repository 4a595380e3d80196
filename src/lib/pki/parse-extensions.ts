import { addressText } from './address.ts'
import {
  type Asn1,
  dottedOid,
  elements,
  isTagged,
  Malformed,
  octets,
  parseDer,
  setBits,
  smallInteger,
} from './asn1.ts'
import { TAG } from './der.ts'
import { OID } from './oids.ts'

/** An Extension (RFC 5280 §4.1), its value still in DER. */
export interface Extension {
  /** Dotted OID. */
  readonly id: string
  readonly critical: boolean
  readonly value: Buffer
}

/** What extensions say that we know how to read; undefined, or empty, where one is not there. */
export interface ExtensionFacts {
  /** Bit numbers (§4.2.1.3); undefined: any use. */
  readonly keyUsage: readonly number[] | undefined
  /** Dotted OIDs (§4.2.1.12); undefined: any purpose. */
  readonly purposes: readonly string[] | undefined
  readonly basicConstraints: BasicConstraints | undefined
  readonly names: readonly GeneralName[]
  /** Hex. */
  readonly subjectKeyIdentifier: string | undefined
  readonly authorityKeyIdentifier: string | undefined
  /** The id of a critical extension that is none of these: who does not know it must refuse (§4.2). */
  readonly unknownCritical: string | undefined
}

export interface BasicConstraints {
  readonly isAuthority: boolean
  /** How many CAs may stand below (§4.2.1.9); undefined: any number. */
  readonly pathLength: number | undefined
}

export interface GeneralName {
  /** `other` is what nobody here asks for: mail, directory names, user principal names, … */
  readonly kind: 'dns' | 'uri' | 'ip' | 'other'
  readonly value: string
}

/** The Extensions in their order; whoever calls decides what a repeated one means. @throws Malformed */
export function parseExtensions(list: Asn1): readonly Extension[] {
  return elements(list, TAG.sequence, 'the list of extensions').map((item) => {
    const [id, ...rest] = elements(item, TAG.sequence, 'an extension')
    const value = rest.at(-1)
    const isCritical = rest.length === 2 && isTrue(rest[0], 'critical')
    if (rest.length > 2) throw new Malformed('an extension has too many parts')
    return {
      id: dottedOid(id, 'an extension'),
      critical: isCritical,
      value: octets(value, TAG.octetString, 'the value of an extension'),
    }
  })
}

/** The first id that is there twice, which RFC 5280 §4.2 forbids. */
export function repeatedExtension(extensions: readonly Extension[]): string | undefined {
  const seen = new Set<string>()
  return extensions.find(({ id }) => seen.size === seen.add(id).size)?.id
}

/** @throws Malformed */
export function readExtensions(extensions: readonly Extension[]): ExtensionFacts {
  const read = <T>(id: string, parse: (value: Asn1) => T): T | undefined => {
    const found = extensions.find((extension) => extension.id === id)
    return found === undefined ? undefined : parse(parseDer(found.value))
  }
  return {
    keyUsage: read(OID.keyUsage, (value) => setBits(value, 'the key usage')),
    purposes: read(OID.extKeyUsage, readPurposes),
    basicConstraints: read(OID.basicConstraints, readBasicConstraints),
    names: read(OID.subjectAltName, readNames) ?? [],
    subjectKeyIdentifier: read(OID.subjectKeyIdentifier, (value) =>
      octets(value, TAG.octetString, 'the key identifier').toString('hex'),
    ),
    authorityKeyIdentifier: read(OID.authorityKeyIdentifier, readAuthorityKeyIdentifier),
    unknownCritical: extensions.find(({ id, critical }) => critical && !KNOWN.has(id))?.id,
  }
}

const KNOWN: ReadonlySet<string> = new Set([
  OID.keyUsage,
  OID.extKeyUsage,
  OID.basicConstraints,
  OID.subjectAltName,
])

function readPurposes(value: Asn1): readonly string[] {
  return elements(value, TAG.sequence, 'the extended key usage').map((purpose) =>
    dottedOid(purpose, 'a purpose'),
  )
}

function readBasicConstraints(value: Asn1): BasicConstraints {
  const parts = elements(value, TAG.sequence, 'the basic constraints')
  const [flag] = parts
  const hasFlag = isTagged(flag, TAG.boolean)
  const length = parts[hasFlag ? 1 : 0]
  return {
    isAuthority: hasFlag && isTrue(flag, 'the CA flag'),
    pathLength: length === undefined ? undefined : smallInteger(length, 'the path length'),
  }
}

/** The alternatives of a GeneralName that we read, by identifier octet (§4.2.1.6). */
const NAME_KINDS = [
  [0x82, 'dns'],
  [0x86, 'uri'],
  [0x87, 'ip'],
] as const

function readNames(value: Asn1): readonly GeneralName[] {
  return elements(value, TAG.sequence, 'the alternative names').map((name) => {
    const known = NAME_KINDS.find(([tag]) => isTagged(name, tag))
    if (known === undefined) return { kind: 'other', value: '' }
    const [tag, kind] = known
    const content = octets(name, tag, 'an alternative name')
    const text = kind === 'ip' ? addressText(content) : content.toString('latin1')
    if (text === undefined) throw new Malformed('an address has neither 4 nor 16 octets')
    return { kind, value: text }
  })
}

function isTrue(value: Asn1 | undefined, what: string): boolean {
  return octets(value, TAG.boolean, what).some((octet) => octet !== 0)
}

function readAuthorityKeyIdentifier(value: Asn1): string | undefined {
  const [first] = elements(value, TAG.sequence, 'the authority key identifier')
  return isTagged(first, 0x80) ? octets(first, 0x80, 'the key identifier').toString('hex') : undefined
}
