/**
 * Whether any topic can lie under both filters (MQTT 3.1.1 §4.7). A leading wildcard never covers `$…`
 * (MQTT-4.7.2-1), and `a/#` covers `a` as well (§4.7.1.2).
 */
export function filtersOverlap(one: string, other: string): boolean {
  if (one.startsWith('$') !== other.startsWith('$') && (isWild(one) || isWild(other))) return false
  const a = one.split('/')
  const b = other.split('/')
  const length = Math.max(a.length, b.length)
  for (let index = 0; index < length; index++) {
    if (a[index] === '#' || b[index] === '#') return true
    if (a[index] === undefined || b[index] === undefined) return false
    if (a[index] !== '+' && b[index] !== '+' && a[index] !== b[index]) return false
  }
  return true
}

const isWild = (filter: string): boolean => filter.startsWith('+') || filter.startsWith('#')
