/** Bytes that open some files from spreadsheets. */
const MARK = '\ufeff'

/**
 * The fields of one CSV record (RFC 4180 §2): in quotes, `""` stands for a quote; blanks belong to the field.
 * @returns undefined where a quote stands in the middle of a field, or text behind a closing one
 */
export function csvFields(record: string, separator: string): string[] | undefined {
  const fields: string[] = []
  for (let at = 0; ; ) {
    const isQuoted = record[at] === '"'
    const end = isQuoted ? endOfQuoted(record, at) : endOfPlain(record, at, separator)
    if (end === undefined) return undefined
    const raw = record.slice(at, end)
    if (!isQuoted && raw.includes('"')) return undefined
    fields.push(isQuoted ? raw.slice(1, -1).replaceAll('""', '"') : raw)
    if (end === record.length) return fields
    if (record[end] !== separator) return undefined
    at = end + 1
  }
}

/** The columns of the first record, and what separates them: spreadsheets of half the world write `;`. */
export function csvHeader(
  record: string,
): { readonly columns: readonly string[]; readonly separator: string } | undefined {
  const text = record.startsWith(MARK) ? record.slice(1) : record
  const separator = text.includes(';') && !text.includes(',') ? ';' : ','
  const columns = csvFields(text, separator)?.map((column) => column.trim())
  return columns && { columns, separator }
}

function endOfPlain(record: string, start: number, separator: string): number {
  const end = record.indexOf(separator, start)
  return end === -1 ? record.length : end
}

/** Behind the closing quote. */
function endOfQuoted(record: string, start: number): number | undefined {
  for (let at = start + 1; ; ) {
    const quote = record.indexOf('"', at)
    if (quote === -1) return undefined
    if (record[quote + 1] !== '"') return quote + 1
    at = quote + 2
  }
}
