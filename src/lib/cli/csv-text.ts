/** A line of CSV (RFC 4180 §2): a field is in quotes where it holds a comma, a quote or the end of a line. */
export function csvLine(fields: readonly string[]): string {
  return fields.map(csvField).join(',')
}

/**
 * Text that a spreadsheet would run as a formula gets an apostrophe in front: it comes from devices. A number is none.
 */
function csvField(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) && !Number.isFinite(Number(text)) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
