/** QuestDB has no bind variables over HTTP: what goes into a statement is written by these functions only. */

/** A `'` is doubled; a backslash escapes nothing. Whether it may stand in a statement at all says {@link isNameable}. */
export function textLiteral(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** A NUL would end the statement for a part of the server's parsers. */
export function isNameable(name: string): boolean {
  return !name.includes('\u0000')
}

/** @param at integer microseconds since 1970 */
export function momentLiteral(at: number): string {
  const milliseconds = Math.floor(at / 1000)
  const micro = String(at - milliseconds * 1000).padStart(3, '0')
  return `'${new Date(milliseconds).toISOString().slice(0, -1)}${micro}Z'`
}

/** Characters of a statement in a request's line: the server's header buffer holds 64 KiB. */
const LONGEST = 20_000

/** Lists of names for `IN (…)`, each short enough for one request. Names that no statement can hold are left out. */
export function* nameLists(names: Iterable<string>): Generator<string> {
  let list: string[] = []
  let length = 0
  for (const name of new Set(names)) {
    if (!isNameable(name)) continue
    const literal = textLiteral(name)
    const more = encodeURIComponent(literal).length + 3
    if (length + more > LONGEST) {
      yield list.join(',')
      list = []
      length = 0
    }
    list.push(literal)
    length += more
  }
  if (list.length > 0) yield list.join(',')
}
