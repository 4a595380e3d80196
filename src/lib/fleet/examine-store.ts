import { type Diagnosis, healthy } from '../diagnostics/diagnosis.ts'
import { diagnoseTables } from '../diagnostics/store-tables.ts'
import type { Fleet } from './fleet.ts'
import { questdbFleet } from './prepare-store.ts'

/** Whether the store answers, and whether its tables are ours and at work. */
export async function examineStore(fleet: Fleet): Promise<readonly Diagnosis[]> {
  const tables = fleet.config.store.kind === 'questdb' ? await examineTables(fleet) : []
  const isReadable = tables.every(({ level, code }) => level !== 'bad' && code !== 'STORE_TABLE_MISSING')
  if (!isReadable) return tables
  const { series, days } = await (await fleet.telemetry()).stats()
  return [healthy('store', `${series} series, ${days} days.`), ...tables]
}

async function examineTables({ name, config }: Fleet): Promise<readonly Diagnosis[]> {
  const { inspectStore } = await import('../telemetry/questdb/inspect.ts')
  return diagnoseTables(name, await inspectStore(await questdbFleet(config, WITHIN)))
}

/** For each answer of the store, in milliseconds. */
const WITHIN = 10_000
