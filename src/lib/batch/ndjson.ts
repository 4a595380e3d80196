/**
 * The members of one line of NDJSON as the fields of a row: strings as they are, numbers and booleans as JSON writes
 * them, null is none.
 * @returns what is wrong with it, else
 */
export function ndjsonFields(line: string): ReadonlyMap<string, string> | string {
  const value = parsed(line)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'is no JSON object'
  const fields = new Map<string, string>()
  for (const [name, member] of Object.entries(value)) {
    if (member === null) continue
    if (typeof member === 'object') return `has an object or a list as ${JSON.stringify(name)}`
    fields.set(name, String(member))
  }
  return fields
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
