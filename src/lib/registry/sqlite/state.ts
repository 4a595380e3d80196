import { Kysely } from 'kysely'
import {
  addDeadLetters,
  countDeadLetters,
  lettersNotKept,
  readDeadLetterPage,
  readDeadLetters,
  removeDeadLetters,
} from '../sql/dead-letters.ts'
import { readFirsts, removeFirsts } from '../sql/firsts.ts'
import { noteRefused, readRefused } from '../sql/refused.ts'
import { noteSeen } from '../sql/seen.ts'
import { noteServices, readServices } from '../sql/services.ts'
import type { StateTables } from '../sql/tables.ts'
import type { State } from '../state.ts'
import { bringUpToDate } from './bring-up-to-date.ts'
import { sqliteDialect } from './dialect.ts'
import { STATE } from './kinds.ts'
import { readerOf, writerOf } from './open.ts'

export interface SqliteStateOptions {
  readonly stateFile: string
  /** Makes what is missing and brings the file to this program's version; else it must be so. */
  readonly migrate: boolean
  /** How many dead letters are kept. */
  readonly deadLetterBound?: number
  /** How many bytes of them. */
  readonly deadLetterBytes?: number
  /** How many (identity, reason, address) are kept: whoever can reach a listener can make them up. */
  readonly refusedBound?: number
  /** How long to wait for other processes' transactions, in milliseconds. */
  readonly patience?: number
}

const DEAD_LETTER_BYTES = 256 * 1024 * 1024

/**
 * The state in a SQLite file.
 * @throws NotFoundError `STATE_MISSING` · UsageError `…_OUTDATED`, `…_FOREIGN`, `PROGRAM_OUTDATED` ·
 *   UnreachableError `…_BUSY`, `…_FULL` · RefusedError `…_DENIED` · DifferenceError `…_CORRUPT`
 */
export async function openSqliteState(options: SqliteStateOptions): Promise<State> {
  const { stateFile, migrate, deadLetterBound = 100_000, refusedBound = 10_000, patience } = options
  const bounds = { count: deadLetterBound, bytes: options.deadLetterBytes ?? DEAD_LETTER_BYTES }
  const here = { kind: STATE, file: stateFile, patience }
  if (migrate) await bringUpToDate(here)
  const reader = new Kysely<StateTables>({ dialect: sqliteDialect(readerOf(here)) })
  const writer = new Kysely<StateTables>({ dialect: sqliteDialect(writerOf(here)) })

  async function write(rows: readonly unknown[], step: (db: Kysely<StateTables>) => Promise<void>) {
    if (rows.length > 0) await writer.transaction().execute(step)
  }

  await readRefused(reader, { limit: 1 }) // opens it: what is wrong with the file is said here
  return {
    noteSeen: (seen) => write(seen, (db) => noteSeen(db, seen)),
    noteRefused: (refused) => write(refused, (db) => noteRefused(db, refused, refusedBound)),
    addDeadLetters: (letters, options) =>
      write(letters, async (db) => {
        const added = options?.again === true ? await lettersNotKept(db, letters) : letters
        if (added.length > 0) await addDeadLetters(db, added, bounds)
      }),
    deadLetters: (query = {}) => readDeadLetters(reader, query),
    deadLetterPage: (query) => readDeadLetterPage(reader, query),
    removeDeadLetters: (ids) => write(ids, (db) => removeDeadLetters(db, ids)),
    countDeadLetters: (filter) => countDeadLetters(reader, filter),
    refused: (query = {}) => readRefused(reader, query),
    firsts: ({ limit }) => readFirsts(reader, limit),
    removeFirsts: (upTo) => write([upTo], (db) => removeFirsts(db, upTo)),
    noteServices: (notes) => write(notes, (db) => noteServices(db, notes)),
    services: () => readServices(reader),
    async [Symbol.asyncDispose]() {
      await writer.destroy()
      await reader.destroy()
    },
  }
}
