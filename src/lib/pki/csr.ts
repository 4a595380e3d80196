import { isDeviceId } from '../base/names.ts'
import { printable } from '../base/printable.ts'
import { type Asn1, dottedOid, elements, isTagged, Malformed, octets, smallInteger } from './asn1.ts'
import { refuseForeignExtensions } from './csr-extensions.ts'
import { csrRefused } from './csr-refusal.ts'
import { TAG } from './der.ts'
import { encodedElement, spanAt } from './der-span.ts'
import { OID } from './oids.ts'
import { pemBlocks } from './pem.ts'
import { acceptPublicKey } from './public-key.ts'
import { checkSignature, parseSigned, type SignatureCheck } from './signature.ts'

/** What a device asks for in a certificate request (PKCS#10, RFC 2986): a name for the key that it holds. */
export interface DeviceCsr {
  /** The id of the device. */
  readonly commonName: string
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Buffer
}

/** A request with an RSA key of 8 192 bits has 3 KB; nobody needs to parse much more from outside. */
const LARGEST = 16 * 1024
const LABELS: ReadonlySet<string> = new Set(['CERTIFICATE REQUEST', 'NEW CERTIFICATE REQUEST'])
/** `[0] IMPLICIT SET OF Attribute` */
const ATTRIBUTES = 0xa0
const TEXT_TAGS = [TAG.utf8String, TAG.printableString, TAG.ia5String]

/**
 * Reads the request of a device that made its key itself, and checks that it holds the key. What it asks for and would
 * not get is refused. Fields of the subject beside the CN, and attributes like a challenge password, are left aside.
 * @param content PEM or DER
 * @throws UsageError `CSR_SIZE`, `CSR_FORMAT`, `CSR_TRAILING`, `CSR_KEY`, `CSR_SIGNATURE`, `CSR_ALGORITHM`, `CSR_NAME`,
 * `CSR_ID`, and what `refuseForeignExtensions` throws
 */
export function parseCsr(content: Uint8Array): DeviceCsr {
  if (content.length > LARGEST) {
    const why = `It has ${content.length} bytes, more than the ${LARGEST} that a request can need.`
    throw csrRefused('CSR_SIZE', why, 'Give one certificate request a file.')
  }
  try {
    return readRequest(derOf(content))
  } catch (error) {
    if (!(error instanceof Malformed)) throw error
    const why = `It is no certificate request: ${error.message}.`
    throw csrRefused('CSR_FORMAT', why, 'PKCS#10 is wanted, as PEM or DER: openssl req -new', error)
  }
}

function readRequest(der: Buffer): DeviceCsr {
  const request = parseSigned(der)
  const [version, subject, publicKey, attributes, ...more] = request.content
  if (smallInteger(version, 'the version') !== 0 || more.length > 0)
    throw new Malformed('it is of another version')
  elements(publicKey, TAG.sequence, 'the public key')
  const key = acceptPublicKey(encodedElement(request.toBeSigned, 2))
  if (typeof key === 'string') {
    const hint = 'Make another key: P-256, P-384, Ed25519, or RSA with 2048 bits or more.'
    throw csrRefused('CSR_KEY', `Its key ${key}.`, hint)
  }
  refuseUnproven(checkSignature(request, key.key))
  const commonName = deviceIdOf(subject)
  // Some toolkits leave the attributes out when there are none, against RFC 2986 §4.1 but clearly enough.
  if (attributes !== undefined)
    refuseForeignExtensions(elements(attributes, ATTRIBUTES, 'the attributes'), commonName)
  return { commonName, spki: key.spki }
}

/** The signature proves that whoever asks holds the private key (RFC 2986 §3). */
function refuseUnproven(check: SignatureCheck): void {
  if (check === 'good') return
  if (check === 'bad') {
    const why = 'Its signature was not made by its own key: the request was changed, or the key is not there.'
    throw csrRefused('CSR_SIGNATURE', why, 'Make the request again with the key that the device holds.')
  }
  const why = 'It is signed by an algorithm that is weak or unknown.'
  throw csrRefused('CSR_ALGORITHM', why, 'Sign it with SHA-256: openssl req -new -sha256')
}

function deviceIdOf(subject: Asn1 | undefined): string {
  const names = elements(subject, TAG.sequence, 'the subject')
    .flatMap((set) => elements(set, TAG.set, 'a part of the subject'))
    .map((attribute) => elements(attribute, TAG.sequence, 'a field of the subject'))
    .filter(([type]) => dottedOid(type, 'a field of the subject') === OID.commonName)
  if (names.length !== 1) {
    const count = names.length === 0 ? 'no CN' : `${names.length} CNs`
    throw csrRefused('CSR_NAME', `Its subject has ${count}; the id of the device belongs there.`, ID_HINT)
  }
  const id = textOf(names[0]![1])
  if (isDeviceId(id)) return id
  const why = id.includes('.')
    ? 'names with a dot belong to operators and services'
    : 'it breaks the rules for ids'
  throw csrRefused('CSR_ID', `Its CN "${printable(id)}" is no device id: ${why}.`, ID_HINT)
}

const ID_HINT = 'Make it with -subj /CN=ID, up to 64 letters, digits, ":", "_" or "-".'

function textOf(value: Asn1 | undefined): string {
  const tag = TEXT_TAGS.find((candidate) => isTagged(value, candidate))
  return octets(value, tag ?? TAG.utf8String, 'the text of the CN').toString('utf8')
}

/** The DER of the one request in the content. */
function derOf(content: Uint8Array): Buffer {
  const bytes = Buffer.from(content)
  if (bytes[0] === TAG.sequence) return refuseTrailing(bytes)
  const [block, ...more] = pemBlocks(bytes.toString('latin1'))
  if (block === undefined) throw new Malformed('it is neither PEM nor DER')
  if (!LABELS.has(block.label)) throw new Malformed(`it is a ${block.label}`)
  if (more.length > 0) throw trailing('More than one PEM block is in it.')
  return refuseTrailing(block.der)
}

/** A request that is cut is seen by the parser; one that is followed by something has a name of its own. */
function refuseTrailing(der: Buffer): Buffer {
  const extra = der.length > 1 ? der.length - spanAt(der, 0).end : 0
  if (extra > 0) throw trailing(`${extra} more bytes follow it.`)
  return der
}

function trailing(why: string) {
  return csrRefused('CSR_TRAILING', why, 'Give one certificate request and nothing else.')
}
