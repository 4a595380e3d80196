import { isObject, type Json, type JsonObject } from './parse-payload.ts'

/** Labels of RFC 8428 §4.1 and §4.2, and of RFC 9193: what a record may hold. */
const LABELS = new Set('bn bt bu bv bs bver n u v vs vb vd s t ut ct bct'.split(' '))

/** What a label is in CBOR (§6, table 4). Integers come as decimal text from the CBOR reader. */
const INTEGERS: ReadonlyMap<string, string> = new Map([
  ['-1', 'bver'],
  ['-2', 'bn'],
  ['-3', 'bt'],
  ['-4', 'bu'],
  ['-5', 'bv'],
  ['-6', 'bs'],
  ['0', 'n'],
  ['1', 'u'],
  ['2', 'v'],
  ['3', 'vs'],
  ['4', 'vb'],
  ['5', 's'],
  ['6', 't'],
  ['7', 'ut'],
  ['8', 'vd'],
])

const VALUES = ['v', 'vs', 'vb', 'vd', 's']

/**
 * The records of a SenML pack, with the labels of JSON; undefined when it is none. Telemetry says nowhere what it is,
 * so a list of objects is SenML only when it can hardly be anything else: its first record has a base name, or has a
 * name and a value and no record holds anything but SenML's labels. Else it is a list of samples, in which `n` and `v`
 * are metrics like others.
 */
export function senmlPack(document: Json): readonly JsonObject[] | undefined {
  if (!Array.isArray(document) || document.length === 0) return undefined
  const list = document as readonly Json[]
  const first = list[0]!
  if (!isObject(first) || !mayBegin(first) || !list.every(isObject)) return undefined
  const records = list.some(hasNumberedLabels) ? list.map(withTextLabels) : list
  const { bn, n } = records[0]!
  if (typeof bn === 'string') return records
  return typeof n === 'string' && hasValue(records[0]!) && records.every(isAllLabels) ? records : undefined
}

/** Asked first, of one record: every list of samples passes here. */
function mayBegin(record: JsonObject): boolean {
  return ['bn', 'n', '-2', '0'].some((label) => Object.hasOwn(record, label))
}

function hasNumberedLabels(record: JsonObject): boolean {
  return Object.keys(record).some((label) => INTEGERS.has(label))
}

function withTextLabels(record: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(record).map(([label, value]) => [INTEGERS.get(label) ?? label, value]),
  )
}

function hasValue(record: JsonObject): boolean {
  return VALUES.some((label) => Object.hasOwn(record, label))
}

/** §4.4: a label that ends in `_` must be understood, so it is SenML's as well. */
function isAllLabels(record: JsonObject): boolean {
  return Object.keys(record).every((label) => LABELS.has(label) || label.endsWith('_'))
}
