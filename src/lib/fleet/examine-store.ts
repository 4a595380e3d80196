import { type Diagnosis, healthy, ill } from '../diagnostics/diagnosis.ts'
import { diagnoseTables } from '../diagnostics/store-tables.ts'
import { damagedDays } from '../telemetry/sqlite/damaged.ts'
import type { Fleet } from './fleet.ts'
import { questdbFleet } from './prepare-store.ts'

/** Whether the store answers, and whether its tables are ours and at work. */
export async function examineStore(fleet: Fleet): Promise<readonly Diagnosis[]> {
  const tables = fleet.config.store.kind === 'questdb' ? await examineTables(fleet) : []
  const isReadable = tables.every(({ level, code }) => level !== 'bad' && code !== 'STORE_TABLE_MISSING')
  if (!isReadable) return tables
  const { series, days } = await (await fleet.telemetry()).stats()
  const damaged = damagedDays(fleet.directory.telemetry).map(damagedDay)
  return [
    healthy('store', `${series} series, ${days} ${days === 1 ? 'day' : 'days'}.`),
    ...tables,
    ...damaged,
  ]
}

function damagedDay(name: string): Diagnosis {
  return ill(
    'damaged day',
    'warn',
    'STORE_DAMAGED',
    `data/telemetry/${name} was damaged and set aside: what was stored in it is not shown. What came since is in a new file.`,
    'Look at the disk. Salvage what is whole as docs/operate/status.md says ("A damaged day"), then move it away.',
  )
}

async function examineTables({ name, config }: Fleet): Promise<readonly Diagnosis[]> {
  const { inspectStore } = await import('../telemetry/questdb/inspect.ts')
  return diagnoseTables(name, await inspectStore(await questdbFleet(config, WITHIN)))
}

/** For each answer of the store, in milliseconds. */
const WITHIN = 10_000
