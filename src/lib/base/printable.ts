/**
 * What must not reach a terminal from outside: C0 and C1 controls (escape sequences begin with one), DEL, the marks
 * that turn the direction of text (they make one name look like another), line and paragraph separators, and lone
 * surrogates.
 */
const UNSAFE =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]|\p{Cs}/gu

/** Text from a device, a broker or a file, fit for a terminal: what could steer it is shown as `\x1b` or `\u202e`. */
export function printable(text: string): string {
  return text.replace(UNSAFE, escape)
}

/** The same for text of ours that has lines: only their ends stay. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n')
}

function escape(character: string): string {
  const code = character.charCodeAt(0)
  return code < 0x100
    ? `\\x${code.toString(16).padStart(2, '0')}`
    : `\\u${code.toString(16).padStart(4, '0')}`
}
