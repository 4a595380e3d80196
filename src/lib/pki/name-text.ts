/** A Name as node:crypto gives it, lines of `field=value`, in one line; the CN alone where that is all. */
export function nameText(name: string): string {
  return /^CN=[^\n]*$/.test(name) ? name.slice(3) : name.replaceAll('\n', ', ')
}
