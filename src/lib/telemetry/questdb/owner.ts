import { UsageError } from '../../base/errors.ts'
import { printable } from '../../base/printable.ts'
import { textLiteral } from './literal.ts'
import type { TableNames } from './names.ts'
import type { QuestdbServer } from './server.ts'
import { settle } from './visibility.ts'

/**
 * The name of the fleet that the tables belong to; undefined: nobody's yet. Fleets whose names differ in `-` and `_`
 * have tables of the same names, and nothing in a row says whose it is.
 */
export async function ownerOf(server: QuestdbServer, { owner }: TableNames): Promise<string | undefined> {
  const { dataset } = await server.query(
    `SELECT table_name FROM tables() WHERE table_name = ${textLiteral(owner)}`,
  )
  if (dataset.length === 0) return undefined
  const first = await server.query(`SELECT fleet FROM ${owner} LIMIT 1`)
  const name = first.dataset[0]?.[0]
  return typeof name === 'string' ? name : undefined
}

/**
 * Makes the tables this fleet's, if they are nobody's. All rows have the same time, so they stay in the order in which
 * the server took them: of two fleets that claim at once the first has it, and both read so.
 * @throws UsageError `STORE_FLEET`
 */
export async function claimTables(server: QuestdbServer, names: TableNames): Promise<void> {
  if ((await ownerOf(server, names)) === undefined) {
    await server.query(
      `CREATE TABLE IF NOT EXISTS ${names.owner} (ts TIMESTAMP, fleet VARCHAR) TIMESTAMP(ts) PARTITION BY YEAR WAL`,
    )
    await server.query(`INSERT INTO ${names.owner} VALUES (0, ${textLiteral(names.fleet)})`)
    await settle(server, [names.owner])
  }
  refuseOther(await ownerOf(server, names), names, server.address)
}

/** @throws UsageError `STORE_FLEET` */
export function refuseOther(owner: string | undefined, names: TableNames, server: string): void {
  if (owner === undefined || owner === names.fleet) return
  const other = printable(owner)
  throw new UsageError(
    'STORE_FLEET',
    `On QuestDB at ${server} the tables ${names.measurements}, … belong to the fleet ${other}: "-" is "_" in a table's name, so ${names.fleet} would have the same.`,
    {
      layer: 'store',
      hint: `Give ${names.fleet} a server of its own (store.url), or another name. If ${other} is gone: DROP TABLE ${names.owner} there, and what it stored is ${names.fleet}'s.`,
    },
  )
}
