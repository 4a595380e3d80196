import { UsageError } from './errors.ts'

/** Words that mean something in a selector and so cannot be the id of a device. */
const SELECTOR_WORDS: ReadonlySet<string> = new Set([
  ...['and', 'or', 'not', 'all', 'is', 'in', 'like', 'below', 'above', 'exactly', 'least', 'most'],
  ...['silent', 'seen', 'update', 'drift', 'cert-ends', 'blocked', 'unknown', 'registered', 'issued'],
  ...['delivered', 'reported', 'retired'],
])

const FLEET = /^[a-z][a-z0-9_-]{0,31}$/
const DEVICE = /^[a-zA-Z0-9][a-zA-Z0-9:_-]{0,63}$/
/** A staff CN: a dot, which no device id can have. */
const STAFF = /^(?:op|svc)\.[a-zA-Z0-9_-]{1,48}$/

/** Whether the text means something in a selector, now or later. */
export function isSelectorWord(text: string): boolean {
  return SELECTOR_WORDS.has(text.toLowerCase())
}

export function isFleetName(text: string): boolean {
  return FLEET.test(text)
}

/** Whether the text can be a device id: 1–64 characters (the limit of a CN, RFC 5280 ub-common-name), no selector word. */
export function isDeviceId(text: string): boolean {
  return DEVICE.test(text) && !isSelectorWord(text)
}

/** Whether the text can be the CN of an operator (`op.alice`) or a service (`svc.ingest`). */
export function isStaffName(text: string): boolean {
  return STAFF.test(text)
}

/** @throws UsageError `DEVICE_ID` */
export function checkDeviceId(text: string): string {
  if (isDeviceId(text)) return text
  const reserved = isSelectorWord(text)
  throw new UsageError('DEVICE_ID', `${JSON.stringify(text)} cannot be the id of a device.`, {
    hint: reserved
      ? 'It is a word that selectors use. Choose another.'
      : 'Use a letter or digit, then up to 63 letters, digits, ":", "_" or "-".',
  })
}

/** A device id as the name of a folder: `:` is not allowed on every file system. */
export function deviceIdToPath(id: string): string {
  return id.replaceAll(':', '%3A')
}

/** The inverse of {@link deviceIdToPath}; undefined for a folder that no device can have. */
export function pathToDeviceId(name: string): string | undefined {
  const id = name.replaceAll('%3A', ':')
  return isDeviceId(id) && deviceIdToPath(id) === name ? id : undefined
}

/** A fleet's name where only letters, digits and `_` are allowed, as in the name of a table. */
export function fleetTableName(fleet: string): string {
  return fleet.replaceAll('-', '_')
}
