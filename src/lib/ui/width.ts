import fastStringWidth from 'fast-string-width'
import { once } from '../base/once.ts'
import { ellipsisOf, speaksUnicode } from './charset.ts'

const PLAIN = /^[\x20-\x7e]*$/
const ESCAPE = '\u001b'
/** Colours and weights (ECMA-48 SGR): they take no room and must survive a cut. */
const STYLE = new RegExp(`(${ESCAPE}\\[[\\d;]*m)`)
const RESET = `${ESCAPE}[0m`
/** Made when it is needed: it costs more than the rest of this file, 8 ms. */
const graphemes = once(() => new Intl.Segmenter(undefined, { granularity: 'grapheme' }))

/** How many columns a terminal needs for the text: wide characters and emoji two, combining marks and colours none. */
export function displayWidth(text: string): number {
  return PLAIN.test(text) ? text.length : fastStringWidth(text)
}

/** The text, or its beginning with an ellipsis (a tilde without UTF-8) where it needs more than `width` columns. Never cuts a character in two. */
export function shorten(text: string, width: number, unicode?: boolean): string {
  if (displayWidth(text) <= width) return text
  const ellipsis = ellipsisOf(unicode ?? speaksUnicode())
  const room = width - displayWidth(ellipsis)
  if (room < 0) return ''
  let kept = ''
  let used = 0
  for (const { piece, size } of pieces(text)) {
    if (used + size > room) break
    kept += piece
    used += size
  }
  return STYLE.test(text) ? `${kept}${ellipsis}${RESET}` : kept + ellipsis
}

/** The same, cut in the middle: where names are alike at their beginning, their ends tell them apart. */
export function shortenMiddle(text: string, width: number, unicode?: boolean): string {
  if (displayWidth(text) <= width) return text
  const end = lastCharacters(text, Math.floor((width - 1) / 2))
  return shorten(text, width - displayWidth(end), unicode) + end
}

function lastCharacters(text: string, room: number): string {
  let kept = ''
  let used = 0
  for (const { piece, size } of [...pieces(text)].toReversed()) {
    if (used + size > room) break
    kept = piece + kept
    used += size
  }
  return kept
}

/** Filled up with spaces to `width` columns; longer text stays as it is. */
export function pad(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const fill = ' '.repeat(Math.max(0, width - displayWidth(text)))
  return align === 'left' ? text + fill : fill + text
}

/** What may not be cut: a sequence of style, a character with its marks. */
function* pieces(text: string): Generator<{ readonly piece: string; readonly size: number }> {
  for (const [index, part] of text.split(STYLE).entries()) {
    if (index % 2 === 1) yield { piece: part, size: 0 }
    else for (const piece of charactersOf(part)) yield { piece, size: displayWidth(piece) }
  }
}

function charactersOf(text: string): Iterable<string> {
  return PLAIN.test(text) ? text : Array.from(graphemes().segment(text), ({ segment }) => segment)
}
