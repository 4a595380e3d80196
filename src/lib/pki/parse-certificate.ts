import { type KeyObject, X509Certificate } from 'node:crypto'
import { UsageError } from '../base/errors.ts'
import { elements, isTagged, Malformed } from './asn1.ts'
import { TAG } from './der.ts'
import {
  type ExtensionFacts,
  parseExtensions,
  readExtensions,
  repeatedExtension,
} from './parse-extensions.ts'
import { pemBlocks } from './pem.ts'
import { parseSigned } from './signature.ts'

/** A chain of RSA certificates has 10 KB; nobody needs to parse much more from outside. */
const LARGEST = 64 * 1024
/** `[3] EXPLICIT Extensions` (RFC 5280 §4.1). */
const EXTENSIONS = 0xa3

/** A certificate of which everything that may be broken has been read. */
export interface ParsedCertificate {
  readonly certificate: X509Certificate
  readonly publicKey: KeyObject
  /** Milliseconds since 1970. */
  readonly notBefore: number
  readonly notAfter: number
  readonly extensions: ExtensionFacts
}

/**
 * Reads the first certificate of a file, PEM or DER.
 * @throws UsageError `CERTIFICATE_FORMAT`
 */
export function parseCertificate(content: Uint8Array): ParsedCertificate {
  try {
    return readWhole(new X509Certificate(derOf(content)))
  } catch (error) {
    const why = error instanceof Malformed ? error.message : 'it cannot be read'
    throw new UsageError('CERTIFICATE_FORMAT', `It is no certificate: ${why}.`, {
      hint: 'An X.509 certificate is wanted, as PEM or DER.',
      cause: error,
    })
  }
}

/** node:crypto reads key and times only when it is asked for them, and gives a time that is none as text. */
function readWhole(certificate: X509Certificate): ParsedCertificate {
  const { publicKey, validFrom, validTo } = certificate
  const [notBefore, notAfter] = [Date.parse(validFrom), Date.parse(validTo)]
  if (Number.isNaN(notBefore) || Number.isNaN(notAfter)) throw new Malformed('its validity is no time')
  return { certificate, publicKey, notBefore, notAfter, extensions: extensionsOf(certificate) }
}

/** What the extensions of a certificate say. @throws Malformed */
export function extensionsOf(certificate: X509Certificate): ExtensionFacts {
  const { content } = parseSigned(certificate.raw)
  const list = content.find((value) => isTagged(value, EXTENSIONS))
  const [sequence] = list === undefined ? [] : elements(list, EXTENSIONS, 'the extensions')
  const extensions = sequence === undefined ? [] : parseExtensions(sequence)
  if (repeatedExtension(extensions) !== undefined) throw new Malformed('an extension is in it twice')
  return readExtensions(extensions)
}

function derOf(content: Uint8Array): Buffer {
  if (content.length > LARGEST) throw new Malformed(`it has more than ${LARGEST} bytes`)
  const bytes = Buffer.from(content)
  if (bytes[0] === TAG.sequence) return bytes
  const block = pemBlocks(bytes.toString('latin1')).find(({ label }) => label === 'CERTIFICATE')
  if (block === undefined) throw new Malformed('there is no CERTIFICATE in it')
  return block.der
}
