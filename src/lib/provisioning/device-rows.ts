import { FlotillaError } from '../base/errors.ts'
import { isDeviceId, isSelectorWord } from '../base/names.ts'
import type { CheckedRow } from '../batch/input.ts'
import { type InputRow, isFault, type RowFault } from '../batch/row.ts'
import { parseCsr } from '../pki/csr.ts'
import { foldId, type Tags } from '../registry/device.ts'

/** A device that is to get a certificate. */
export interface DeviceRequest {
  /** Where the input names it. */
  readonly line: number
  readonly id: string
  readonly tags: Tags
  /** SubjectPublicKeyInfo (DER) of a CSR, when the device made its key itself. */
  readonly spki?: Uint8Array
}

/** Columns that are no tags. */
const ID = 'id'
const CSR = 'csr'
/** As much as fits a terminal and a broker's log; nobody means more. */
const LONGEST_TAG = 256

/**
 * What a row of a file asks for: the column `id`, or the CN of the column `csr` (PEM, or DER in base64); every other
 * column is a tag. `tags` are for all; a row's own come before them.
 */
export function deviceRow({ line, fields }: InputRow, tags: Tags): DeviceRequest | RowFault {
  const request = fields.get(CSR)
  const csr = request === undefined ? undefined : readCsr(line, request)
  if (csr !== undefined && isFault(csr)) return csr
  const id = fields.get(ID) ?? csr?.commonName
  const idFault = id === undefined ? 'is missing' : faultOfId(id)
  if (id === undefined || idFault !== undefined) return bad(line, ID, idFault ?? 'is missing')
  if (csr !== undefined && csr.commonName !== id)
    return bad(line, CSR, `asks for ${csr.commonName}, not for ${id}`)
  const own: Record<string, string> = {}
  for (const [key, value] of fields) {
    if (key === ID || key === CSR) continue
    const fault = faultOfTag(key, value)
    if (fault !== undefined) return bad(line, key, fault)
    own[key] = value
  }
  return { line, id, tags: { ...tags, ...own }, ...(csr && { spki: csr.spki }) }
}

/** A request as the batch engine compares it: ids without regard to case, tags in order of their keys. */
export function checkedRow({ line, id, tags, spki }: DeviceRequest): CheckedRow {
  const sorted = Object.entries(tags).toSorted(([one], [other]) => (one < other ? -1 : 1))
  const key = spki === undefined ? [] : [Buffer.from(spki).toString('base64')]
  return { line, name: id, key: foldId(id), content: JSON.stringify([id, sorted, ...key]) }
}

function readCsr(line: number, text: string): ReturnType<typeof parseCsr> | RowFault {
  try {
    return parseCsr(text.includes('-----BEGIN') ? Buffer.from(text) : Buffer.from(text, 'base64'))
  } catch (error) {
    if (!(error instanceof FlotillaError)) throw error
    return { line, field: CSR, code: error.code, message: error.message }
  }
}

function faultOfId(id: string): string | undefined {
  if (isDeviceId(id)) return undefined
  const why = isSelectorWord(id) ? 'is a word that selectors use' : 'is no device id'
  return `${JSON.stringify(id.length > 80 ? `${id.slice(0, 80)}...` : id)} ${why}`
}

function faultOfTag(key: string, value: string): string | undefined {
  if (key.includes('=')) return 'is no name for a tag: it has a "="'
  const longest = Math.max(key.length, value.length)
  return longest > LONGEST_TAG
    ? `has ${longest} characters, more than the ${LONGEST_TAG} of a tag`
    : undefined
}

function bad(line: number, field: string, message: string): RowFault {
  return { line, field, code: 'ROW_BAD', message }
}
