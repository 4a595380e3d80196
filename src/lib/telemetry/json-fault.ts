/** What has to come next. */
type Expected = 'value' | 'value or ]' | 'key' | 'key or }' | ':' | ', or }' | ', or ]' | 'end'

/** Where and what. */
export interface JsonFault {
  /** Index into the text. */
  readonly index: number
  readonly expected: string
}

const WORDS = ['true', 'false', 'null'] as const
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y
const SPACE = /[ \t\n\r]*/y

/**
 * The first place at which the text stops being JSON (RFC 8259); undefined when it is JSON. `JSON.parse` decides
 * faster, but names a place only for some faults. Nesting takes heap, not stack.
 */
export function jsonFault(text: string): JsonFault | undefined {
  const open: ('{' | '[')[] = []
  let expected: Expected = 'value'
  for (let index = skip(SPACE, text, 0); index < text.length || expected !== 'end'; ) {
    const taken = take(text, index, expected, open)
    if (typeof taken === 'object') return taken
    expected = nextExpected(text[index]!, expected, open)
    index = skip(SPACE, text, taken)
  }
  return undefined
}

/** The end of the token at `index`, if it may stand there. */
function take(text: string, index: number, expected: Expected, open: readonly string[]): number | JsonFault {
  const fault = { index, expected }
  const character = text[index]
  if (character === undefined || expected === 'end') return fault
  if (expected === ':') return character === ':' ? index + 1 : fault
  if (expected === ', or }' || expected === ', or ]')
    return character === ',' || character === closing(open) ? index + 1 : fault
  if (expected === 'key or }' && character === '}') return index + 1
  if (expected === 'value or ]' && character === ']') return index + 1
  if (character === '"') return takeString(text, index)
  if (expected === 'key' || expected === 'key or }') return fault
  if (character === '{' || character === '[') return index + 1
  const word = WORDS.find((word) => text.startsWith(word, index))
  if (word !== undefined) return index + word.length
  const end = skip(NUMBER, text, index)
  return end > index ? end : fault
}

function nextExpected(character: string, expected: Expected, open: ('{' | '[')[]): Expected {
  if (expected === ':') return 'value'
  if (character === ',' && expected === ', or }') return 'key'
  if (character === ',' && expected === ', or ]') return 'value'
  if (expected === 'key' || (expected === 'key or }' && character !== '}')) return ':'
  if (character === '{' || character === '[') {
    open.push(character)
    return character === '{' ? 'key or }' : 'value or ]'
  }
  if (character === '}' || character === ']') open.pop()
  const inside = open.at(-1)
  if (inside === undefined) return 'end'
  return inside === '{' ? ', or }' : ', or ]'
}

function closing(open: readonly string[]): string {
  return open.at(-1) === '{' ? '}' : ']'
}

/** RFC 8259 §7: control characters must be escaped, and only nine escapes exist. */
function takeString(text: string, start: number): number | JsonFault {
  for (let index = start + 1; index < text.length; index++) {
    const character = text[index]!
    if (character === '"') return index + 1
    if (character < ' ') return { index, expected: 'escaped control character' }
    if (character !== '\\') continue
    const escaped = text[++index] ?? ''
    if (escaped === 'u' && /^[0-9a-fA-F]{4}$/.test(text.slice(index + 1, index + 5))) index += 4
    else if (escaped === '' || !'"\\/bfnrt'.includes(escaped)) return { index, expected: 'escape sequence' }
  }
  return { index: text.length, expected: 'end of the string' }
}

function skip(pattern: RegExp, text: string, index: number): number {
  pattern.lastIndex = index
  return pattern.test(text) ? pattern.lastIndex : index
}
