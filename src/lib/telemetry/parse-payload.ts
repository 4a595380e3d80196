import { looksLikeCbor, parseCbor } from './cbor.ts'
import { jsonFault } from './json-fault.ts'
import { payloadText } from './payload-text.ts'
import { isRejection, quote, type Rejection, reject } from './rejection.ts'

/** As JSON.parse gives it, and as other encodings are to be brought to it. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [name: string]: Json
}

export function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Null counts as absent. An inherited member (a polluted prototype) is not the device's. */
export function ownValue(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? (object[key] ?? undefined) : undefined
}

/** Largest payload, in bytes: eight times AWS IoT Core's. */
const MOST_BYTES = 1024 * 1024

/** Numbers as devices print them, more than JSON allows: `+21.5`, `.5`, `21.`, `007`. */
const BARE_NUMBER = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/
const NO_NUMBER = /^[+-]?(?:nan|inf(?:inity)?)$/i

/** What stands in a payload. The caller knows that a document is wrapped, because `null` is one too. */
export interface Parsed {
  readonly document: Json
}

/** Reads a payload as what it looks like: CBOR begins with a byte that no UTF-8 text begins with, else it is text. */
export function parsePayload(payload: Uint8Array): Parsed | Rejection {
  if (payload.length === 0) return reject('empty', 'The payload is empty.')
  if (payload.length > MOST_BYTES)
    return reject('size', `${payload.length} bytes are more than ${MOST_BYTES}.`)
  if (looksLikeCbor(payload)) return parseBinary(payload)
  const text = payloadText(payload)
  if (typeof text === 'number') return reject('utf8', `Byte ${text} is not UTF-8.`)
  return parseText(text)
}

function parseBinary(payload: Uint8Array): Parsed | Rejection {
  const parsed = parseCbor(payload)
  if (isRejection(parsed)) return parsed
  const { document } = parsed
  return typeof document === 'number' ? finite(document, String(document)) : parsed
}

function parseText(text: string): Parsed | Rejection {
  try {
    return finite(JSON.parse(text) as Json, text)
  } catch {
    return parseBareNumber(text.trim()) ?? badJson(text)
  }
}

function parseBareNumber(text: string): Parsed | Rejection | undefined {
  if (BARE_NUMBER.test(text)) return finite(Number(text), text)
  return NO_NUMBER.test(text) ? noNumber(text) : undefined
}

/** JSON has no infinity, but `1e999` becomes one. */
function finite(document: Json, text: string): Parsed | Rejection {
  return typeof document === 'number' && !Number.isFinite(document) ? noNumber(text) : { document }
}

function noNumber(text: string): Rejection {
  return reject('number', `${quote(text)} is not a number that can be stored.`)
}

/** The place is given in bytes from 0, because a payload is bytes to whoever looks at it. */
function badJson(text: string): Rejection {
  const fault = jsonFault(text)
  if (fault === undefined) return reject('json', 'It is no JSON.')
  const { index, expected } = fault
  const found = index < text.length ? quote(String.fromCodePoint(text.codePointAt(index)!)) : 'the end'
  const at = Buffer.byteLength(text.slice(0, index))
  return reject('json', `At byte ${at}: expected ${expected}, found ${found}.`)
}
