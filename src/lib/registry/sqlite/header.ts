import type { DatabaseSync } from 'node:sqlite'
import type { Header } from './database-kind.ts'

/** @param schema `main`, or the name of an attached database */
export function readHeader(database: DatabaseSync, schema: string): Header {
  const number = (query: string): number => Number(Object.values(database.prepare(query).get()!)[0])
  return {
    applicationId: number(`PRAGMA ${schema}.application_id`),
    version: number(`PRAGMA ${schema}.user_version`),
    empty: number(`SELECT count(*) FROM ${schema}.sqlite_schema`) === 0,
  }
}
