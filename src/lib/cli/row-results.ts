import { randomBytes } from 'node:crypto'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { messageOf, UsageError } from '../base/errors.ts'
import type { Terminal } from './terminal.ts'

/** Where `--results` puts a line of JSON for every row. */
export interface RowResults extends AsyncDisposable {
  write(rows: readonly object[]): Promise<void>
  /** Nothing more comes: the file gets its name. */
  finish(): Promise<void>
}

const NOWHERE: RowResults = {
  write: () => Promise.resolve(),
  finish: () => Promise.resolve(),
  [Symbol.asyncDispose]: () => Promise.resolve(),
}

/**
 * Opens `--results FILE|-`. Until the run ends the file has another name: one that is there is not cut off by a kill,
 * and what a killed run did is told again by the run that goes on.
 * @throws UsageError `RESULTS_FILE`, `RESULTS_JSON`
 */
export async function openResults(
  target: string | undefined,
  terminal: Terminal,
  isJson: boolean,
): Promise<RowResults> {
  if (target === undefined) return NOWHERE
  if (target === '-' && isJson) throw twoDocuments()
  if (target === '-') return { ...NOWHERE, write: (rows) => terminal.line(linesOf(rows)) }
  const temporary = `${target}.${randomBytes(4).toString('hex')}.tmp`
  const handle = await openNew(temporary)
  let isOpen = true
  let isEmpty = true
  return {
    async write(rows) {
      isEmpty &&= rows.length === 0
      await handle.write(`${linesOf(rows)}\n`)
    },
    async finish() {
      await handle.sync()
      isOpen = false
      await handle.close()
      // Where nothing was looked at, the results of an earlier run are worth more.
      if (isEmpty) await rm(temporary)
      else await rename(temporary, target)
    },
    async [Symbol.asyncDispose]() {
      if (!isOpen) return
      await handle.close()
      await rm(temporary, { force: true })
    },
  }
}

function twoDocuments(): UsageError {
  return new UsageError('RESULTS_JSON', 'Both --json and --results - would write to standard output.', {
    hint: 'Give --results a file.',
  })
}

function linesOf(rows: readonly object[]): string {
  return rows.map((row) => JSON.stringify(row)).join('\n')
}

async function openNew(file: string): Promise<FileHandle> {
  try {
    return await open(file, 'wx')
  } catch (error) {
    throw new UsageError('RESULTS_FILE', `The results cannot be written: ${messageOf(error)}.`, {
      layer: 'file',
      cause: error,
    })
  }
}
