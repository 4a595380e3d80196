import { poll } from '../../base/retry.ts'
import { suspended } from './failure.ts'
import { textLiteral } from './literal.ts'
import type { QuestdbServer } from './server.ts'

/** How far a table is: what it has written down, and what of it can be read. */
interface TableProgress {
  readonly name: string
  readonly written: number
  readonly readable: number
}

/** A question waits for what was acknowledged before it, but no longer than this, in milliseconds. */
const PATIENCE = 10_000

/**
 * QuestDB acknowledges what is in its log, and shows it once it is applied, usually milliseconds later. A question
 * first waits for what was written down when it was asked, so that whoever was told "stored" finds it. Under a load
 * that the server cannot keep up with the answer is as old as its backlog.
 * @returns whether the tables are there
 * @throws UnreachableError `STORE_SUSPENDED`, `STORE_FULL`: what is acknowledged cannot be read
 */
export async function settle(server: QuestdbServer, tables: readonly string[]): Promise<boolean> {
  const first = await progress(server, tables)
  if (first.length < tables.length) return false
  let open = first.filter(({ written, readable }) => readable < written)
  await poll(
    async () => {
      if (open.length === 0) return true
      const now = new Map((await progress(server, tables)).map((one) => [one.name, one.readable]))
      open = open.filter(({ name, written }) => (now.get(name) ?? written) < written)
      return open.length === 0 || undefined
    },
    { within: PATIENCE, every: 10 },
  )
  return true
}

/** Which tables these are: another of the same name has another number. Those that are not there are left out. */
export async function identities(server: QuestdbServer, tables: readonly string[]): Promise<string> {
  const list = tables.map(textLiteral).join(',')
  const { dataset } = await server.query(
    `SELECT table_name, id FROM tables() WHERE table_name IN (${list}) ORDER BY table_name`,
  )
  return JSON.stringify(dataset)
}

/**
 * @param meanwhile what it means that a table is suspended, by its name; one without is told first
 * @throws UnreachableError `STORE_SUSPENDED`, `STORE_FULL`
 */
export async function progress(
  server: QuestdbServer,
  tables: readonly string[],
  meanwhile: Readonly<Record<string, string>> = {},
): Promise<readonly TableProgress[]> {
  const list = tables.map(textLiteral).join(',')
  const { dataset } = await server.query(
    `SELECT name, "writerTxn", "sequencerTxn", suspended, "errorTag", "errorMessage" FROM wal_tables() WHERE name IN (${list})`,
  )
  const stopped = dataset
    .filter(([, , , isStopped]) => isStopped === true)
    .map(([name, , , , tag, message]) => [name, tag, message].map((cell) => String(cell ?? '')))
  const [name = '', tag = '', message = ''] =
    stopped.find(([table = '']) => meanwhile[table] === undefined) ?? stopped[0] ?? []
  if (stopped.length > 0) throw suspended(name, tag, message, meanwhile[name])
  return dataset.map(([table, readable, written]) => ({
    name: String(table),
    written: Number(written),
    readable: Number(readable),
  }))
}
