import { DatabaseSync } from 'node:sqlite'
import type { DatabaseFile } from './open.ts'

/**
 * Which of the files of one connection is damaged: SQLite says that something is, not where. Each that was joined is
 * read whole, alone; only where all of them are good is it `main` itself.
 */
export function damagedOf(main: DatabaseFile, joined: readonly DatabaseFile[]): DatabaseFile {
  return joined.find((other) => !isWhole(other)) ?? main
}

function isWhole({ file }: DatabaseFile): boolean {
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(file, { readOnly: true })
    const [first] = database.prepare('PRAGMA quick_check(1)').all()
    return first?.['quick_check'] === 'ok'
  } catch {
    return false
  } finally {
    database?.close()
  }
}
