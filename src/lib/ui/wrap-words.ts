import { displayWidth } from './width.ts'

const STYLE = String.raw`\u001B\[[\d;]*m`
/** What is to be typed ends with its sentence: before a stop, a bracket, two blanks. */
const COMMAND = String.raw`(?:${STYLE})*flotilla\b(?: (?=\S)\S*[^\s.,;:()])*\S*`
const WORD = new RegExp(String.raw`(?:${COMMAND}|\S+) *`, 'g')

/**
 * The text on as many lines as it needs, broken between words; all but the first begin with `indent` blanks. What is
 * copied stays in one piece: a word (a path, a fingerprint) and a command of ours. One that is wider than a line gets
 * a line of its own, which the terminal breaks and gives back whole.
 */
export function wrapWords(text: string, width: number, indent: number): string {
  const lines: string[] = []
  let line = /^ */.exec(text)![0]
  let isEmpty = true
  for (const [word] of text.matchAll(WORD)) {
    const size = displayWidth(word.trimEnd())
    if (!isEmpty && displayWidth(line) + size > width) {
      lines.push(line.trimEnd())
      line = ' '.repeat(Math.max(0, Math.min(indent, width - size)))
    }
    line += word
    isEmpty = false
  }
  return [...lines, line.trimEnd()].join('\n')
}

/** Each line that is too wide for a screen goes on below itself, as far in as it began. */
export function wrapLines(text: string, width: number): string {
  return text
    .split('\n')
    .map((line) => (displayWidth(line) <= width ? line : wrapWords(line, width, line.search(/\S|$/))))
    .join('\n')
}
