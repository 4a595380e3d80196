import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import path from 'node:path'
import { messageOf, UsageError } from '../base/errors.ts'
import { csvFields, csvHeader } from './csv.ts'
import { ndjsonFields } from './ndjson.ts'
import { records, type TextRecord } from './records.ts'
import { type InputRow, isFault, type RowFault } from './row.ts'

/** A file of rows, read from its beginning each time it is asked for: once to check it, once to work. */
export interface RowFile {
  readonly name: string
  rows(): AsyncIterable<InputRow | RowFault>
}

/** A million rows with certificate requests need less. */
const LARGEST = 2 ** 31

type Format = (bytes: AsyncIterable<Uint8Array>) => AsyncIterable<InputRow | RowFault>

const FORMATS: Readonly<Record<string, Format>> = {
  '.csv': csvRows,
  '.ndjson': ndjsonRows,
  '.jsonl': ndjsonRows,
}

/**
 * Opens a CSV file (RFC 4180, its first record names the columns) or NDJSON file, by its name.
 * @throws UsageError `FROM_FORMAT`, `FROM_FILE`, `FROM_SIZE`
 */
export async function openRowFile(file: string): Promise<RowFile> {
  if (file === '-') throw notTwice('Standard input')
  const format = FORMATS[path.extname(file).toLowerCase()]
  if (format === undefined) {
    throw new UsageError('FROM_FORMAT', `${file} is neither .csv nor .ndjson.`, {
      hint: 'Give a CSV file whose first line names the columns, or a file with one JSON object a line.',
      layer: 'file',
    })
  }
  await refuseUnreadable(file)
  return { name: file, rows: () => format(createReadStream(file)) }
}

/** The rows are read twice, so it must be a file that stays: a pipe does not. */
async function refuseUnreadable(file: string): Promise<void> {
  const found = await stat(file).catch((error: unknown) => {
    throw new UsageError('FROM_FILE', `The rows cannot be read: ${messageOf(error)}.`, {
      hint: 'Look at the path behind --from, and whether this user may read it.',
      layer: 'file',
      cause: error,
    })
  })
  if (!found.isFile()) throw notTwice(file)
  if (found.size <= LARGEST) return
  throw new UsageError('FROM_SIZE', `${file} has ${found.size} bytes, more than ${LARGEST}.`, {
    hint: 'Split it, and give each part a batch of its own.',
    layer: 'file',
  })
}

function notTwice(source: string): UsageError {
  return new UsageError('FROM_FILE', `${source} is no file.`, {
    hint: 'Rows are read twice, once to check them: write what comes through a pipe to a file first.',
    layer: 'file',
  })
}

/** NDJSON from anywhere: a row as soon as its line is whole. */
export async function* ndjsonRows(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<InputRow | RowFault> {
  for await (const record of records(bytes, { quoted: false })) {
    const text = isFault(record) ? record : textOf(record)
    if (typeof text !== 'string') {
      yield text
      continue
    }
    const fields = ndjsonFields(text)
    yield typeof fields === 'string' ? bad(record.line, fields) : { line: record.line, fields }
  }
}

async function* csvRows(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<InputRow | RowFault> {
  let header: ReturnType<typeof csvHeader>
  for await (const record of records(bytes, { quoted: true })) {
    const text = isFault(record) ? record : textOf(record)
    if (typeof text !== 'string') {
      yield text
      if (header === undefined) return
    } else if (header === undefined) {
      header = csvHeader(text)
      const fault = headerFault(header?.columns)
      // Without its columns no row means anything.
      if (fault !== undefined) return yield bad(record.line, fault)
    } else yield csvRow(record.line, text, header)
  }
}

function csvRow(
  line: number,
  text: string,
  { columns, separator }: NonNullable<ReturnType<typeof csvHeader>>,
): InputRow | RowFault {
  const values = csvFields(text, separator)
  if (values === undefined) return bad(line, 'has a quote in the middle of a field')
  if (values.length !== columns.length) {
    return bad(line, `the first line names ${columns.length} columns, here are ${values.length}`)
  }
  const filled = columns.map((column, index) => [column, values[index]!] as const)
  return { line, fields: new Map(filled.filter(([, value]) => value !== '')) }
}

function headerFault(columns: readonly string[] | undefined): string | undefined {
  if (columns === undefined) return 'has a quote in the middle of a column name'
  if (columns.includes('')) return 'has a column without a name'
  const twice = columns.find((column, index) => columns.indexOf(column) < index)
  return twice === undefined ? undefined : `names the column ${JSON.stringify(twice)} twice`
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function textOf({ line, bytes }: TextRecord): string | RowFault {
  try {
    return decoder.decode(bytes)
  } catch {
    return bad(line, 'is no UTF-8')
  }
}

function bad(line: number, message: string): RowFault {
  return { line, code: 'ROW_BAD', message }
}
