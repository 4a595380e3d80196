/**
 * JSON of which there is one text for one value: members sorted by their names' UTF-16 code units, no white space,
 * numbers and strings as ECMAScript writes them (RFC 8785 §3.2).
 */
export function canonicalJson(value: unknown): string {
  // What JSON cannot say (undefined, NaN, a Date) is settled first, as JSON.stringify does it.
  return write(JSON.parse(JSON.stringify(value) ?? 'null') as Json)
}

type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json }

function write(value: Json): string {
  if (isList(value)) return `[${value.map(write).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${write(member)}`).join(',')}}`
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}
