import { printable } from '../base/printable.ts'
import { type Asn1, dottedOid, elements, Malformed } from './asn1.ts'
import { csrRefused } from './csr-refusal.ts'
import { TAG } from './der.ts'
import { OID } from './oids.ts'
import {
  type BasicConstraints,
  type Extension,
  type GeneralName,
  parseExtensions,
  readExtensions,
  repeatedExtension,
} from './parse-extensions.ts'

const KEY_CERT_SIGN = 5
const CRL_SIGN = 6

/** What a device may ask for. Nothing of it is copied: a device's certificate has what every device's has. */
const ALLOWED: ReadonlySet<string> = new Set([
  OID.basicConstraints,
  OID.keyUsage,
  OID.extKeyUsage,
  OID.subjectAltName,
  OID.subjectKeyIdentifier,
])
const HINT = 'Make the request again with the CN alone: openssl req -new -key key.pem -subj /CN=ID'

/**
 * Refuses a request for what a device does not get, so that nobody finds out in the field.
 * @param attributes the elements of `[0] Attributes` (RFC 2986 §4.1)
 * @throws UsageError `CSR_CA`, `CSR_ALTERNATIVE_NAME`, `CSR_PURPOSE`, `CSR_EXTENSION`, `CSR_TWICE` · Malformed
 */
export function refuseForeignExtensions(attributes: readonly Asn1[], id: string): void {
  const extensions = requestedExtensions(attributes)
  const twice = repeatedExtension(extensions)
  if (twice !== undefined) throw csrRefused('CSR_TWICE', `It asks for the extension ${twice} twice.`, HINT)
  const foreign = extensions.find((extension) => !ALLOWED.has(extension.id))
  if (foreign !== undefined) {
    throw csrRefused(
      'CSR_EXTENSION',
      `It asks for the extension ${foreign.id}, which devices do not get.`,
      HINT,
    )
  }
  const { basicConstraints, keyUsage = [], purposes = [], names } = readExtensions(extensions)
  refuseAuthority(basicConstraints, keyUsage)
  refusePurposes(purposes)
  refuseNames(names, id)
}

/** The extensions of the one extensionRequest (RFC 2985 §5.4.2); other attributes ask for nothing in the certificate. */
function requestedExtensions(attributes: readonly Asn1[]): readonly Extension[] {
  const requests = attributes
    .map((attribute) => elements(attribute, TAG.sequence, 'an attribute'))
    .filter(([type]) => dottedOid(type, 'an attribute') === OID.extensionRequest)
  const [request] = requests
  if (request === undefined) return []
  const [list, ...more] = elements(request[1], TAG.set, 'the requested extensions')
  if (requests.length > 1 || more.length > 0)
    throw csrRefused('CSR_TWICE', 'It asks for extensions in two places.', HINT)
  if (list === undefined) throw new Malformed('the requested extensions are missing')
  return parseExtensions(list)
}

function refuseAuthority(constraints: BasicConstraints | undefined, keyUsage: readonly number[]): void {
  const signs = keyUsage.includes(KEY_CERT_SIGN) || keyUsage.includes(CRL_SIGN)
  if (!signs && !constraints?.isAuthority && constraints?.pathLength === undefined) return
  throw csrRefused('CSR_CA', 'It asks to be a certificate authority.', HINT)
}

function refusePurposes(purposes: readonly string[]): void {
  const foreign = purposes.find((purpose) => purpose !== OID.clientAuth)
  if (foreign === undefined) return
  const what = foreign === OID.serverAuth ? 'a server' : `the purpose ${foreign}`
  throw csrRefused('CSR_PURPOSE', `It asks to be used for ${what}; a device is a client only.`, HINT)
}

function refuseNames(names: readonly GeneralName[], id: string): void {
  const foreign = names.find(({ kind, value }) => kind !== 'dns' || value !== id)
  if (foreign === undefined) return
  const what = foreign.value === '' ? 'of another kind' : printable(foreign.value)
  throw csrRefused('CSR_ALTERNATIVE_NAME', `It asks for the alternative name ${what} beside its CN.`, HINT)
}
