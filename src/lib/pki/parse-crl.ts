import type { KeyObject } from 'node:crypto'
import { VerificationError } from '../base/errors.ts'
import { type Asn1, elements, isTagged, Malformed, octets, parseDer, smallInteger, timeOf } from './asn1.ts'
import { TAG } from './der.ts'
import { OID } from './oids.ts'
import { parseExtensions } from './parse-extensions.ts'
import { pemBlocks } from './pem.ts'
import { checkSignature, parseSigned, type SignedValue } from './signature.ts'

/** A CRL (RFC 5280 §5.1), read. */
export interface ParsedCrl {
  readonly number: number
  /** Milliseconds since 1970. */
  readonly thisUpdate: number
  readonly nextUpdate: number
  /** Upper-case hex as in the registry → when it was revoked. */
  readonly revoked: ReadonlyMap<string, number>
  /** Whether this key has signed it. A CA is known by its key: no two share one. */
  isSignedBy(key: KeyObject): boolean
}

/** A million certificates revoked; a larger file is not one of ours. */
const LARGEST = 64 * 1024 * 1024
const EXTENSIONS = 0xa0

/**
 * Reads a CRL, PEM. Its signature is checked when asked for, with the key of the CA that it names.
 * @throws VerificationError `CRL_BROKEN`
 */
export function parseCrl(text: string): ParsedCrl {
  try {
    const [block] = text.length > LARGEST ? [] : pemBlocks(text)
    if (block?.label !== 'X509 CRL') throw new Malformed('there is no X509 CRL in it')
    return readCrl(parseSigned(block.der))
  } catch (error) {
    if (!(error instanceof Malformed)) throw error
    throw new VerificationError('CRL_BROKEN', `It is no revocation list: ${error.message}.`, { cause: error })
  }
}

function readCrl(list: SignedValue): ParsedCrl {
  const [version, , , thisUpdate, nextUpdate, ...rest] = list.content
  if (smallInteger(version, 'the version') !== 1) throw new Malformed('it is not version 2')
  const revoked = rest.find((value) => isTagged(value, TAG.sequence))
  const extensions = rest.find((value) => isTagged(value, EXTENSIONS))
  return {
    number: crlNumber(extensions),
    thisUpdate: timeOf(thisUpdate, 'thisUpdate'),
    nextUpdate: timeOf(nextUpdate, 'nextUpdate'),
    revoked: new Map(revoked === undefined ? [] : elements(revoked, TAG.sequence, 'the list').map(readEntry)),
    isSignedBy: (key) => checkSignature(list, key) === 'good',
  }
}

function readEntry(entry: Asn1): readonly [string, number] {
  const [serial, at] = elements(entry, TAG.sequence, 'an entry')
  return [serialText(octets(serial, TAG.integer, 'a serial')), timeOf(at, 'a time of revocation')]
}

/** A serial as OpenSSL prints it: upper-case hex without a leading zero octet. */
export function serialText(octets: Uint8Array): string {
  const hex = Buffer.from(octets).toString('hex').toUpperCase()
  return hex.replace(/^00(?=.)/, '')
}

/** §5.2.3 */
function crlNumber(extensions: Asn1 | undefined): number {
  const [list] = elements(extensions, EXTENSIONS, 'the extensions')
  const found = list && parseExtensions(list).find(({ id }) => id === OID.crlNumber)
  if (found === undefined) throw new Malformed('it has no number')
  return smallInteger(parseDer(found.value), 'the number')
}
