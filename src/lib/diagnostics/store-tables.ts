import { printable } from '../base/printable.ts'
import { EVENTS_WAIT, isFull } from '../telemetry/questdb/failure.ts'
import type { StoreFacts, TableFact } from '../telemetry/questdb/inspect.ts'
import { tableNames } from '../telemetry/questdb/names.ts'
import { type Diagnosis, healthy, ill } from './diagnosis.ts'

const CHECK = 'store tables'

/** Whether the tables of a fleet are what ingest writes into and questions are asked of. */
export function diagnoseTables(fleet: string, { server, owner, tables }: StoreFacts): readonly Diagnosis[] {
  if (owner !== undefined && owner !== fleet) return [otherFleet(fleet, owner, tables, server)]
  const missing = tables.filter(({ isThere }) => !isThere).map(({ name }) => name)
  const found = [
    ...(missing.length === 0 ? [] : [notMade(missing, server)]),
    ...tables.filter(({ isThere }) => isThere).flatMap((table) => faultsOf(table, fleet)),
  ]
  return found.length > 0 ? found : [healthy(CHECK, `${tables.length} on ${server}, as they should be.`)]
}

function otherFleet(fleet: string, owner: string, tables: readonly TableFact[], server: string): Diagnosis {
  const other = printable(owner)
  return ill(
    CHECK,
    'bad',
    'STORE_FLEET',
    `${tables[0]!.name} and the others on ${server} belong to the fleet ${other}: "-" is "_" in a table's name.`,
    `Give ${fleet} a server of its own (store.url in fleet.yaml), or another name.`,
  )
}

function notMade(missing: readonly string[], server: string): Diagnosis {
  return ill(
    CHECK,
    'warn',
    'STORE_TABLE_MISSING',
    `Not on ${server} yet: ${missing.join(', ')}.`,
    'flotilla migrate makes them; up and serve do at their start.',
  )
}

function faultsOf({ name, faults, ttl, suspended, invalid }: TableFact, fleet: string): readonly Diagnosis[] {
  const found: Diagnosis[] = []
  if (faults.length > 0)
    found.push(
      ill(
        CHECK,
        'bad',
        'STORE_SCHEMA',
        `${name} is not ours: ${faults.map(printable).join('; ')}.`,
        `If nobody needs it, run there: RENAME TABLE ${name} TO ${name}_old. Then: flotilla migrate`,
      ),
    )
  if (suspended !== undefined) found.push(stopped(name, suspended, name === tableNames(fleet).events))
  if (invalid !== undefined)
    found.push(
      ill(
        CHECK,
        'warn',
        'STORE_VIEW',
        `${name} is no longer kept up to date${because(invalid)}. Plots of long times read the rows instead.`,
        `Run there: REFRESH MATERIALIZED VIEW ${name} FULL`,
      ),
    )
  if (ttl.is !== ttl.should)
    found.push(
      ill(
        CHECK,
        'warn',
        'STORE_RETENTION',
        `${name} keeps rows for ${daysText(ttl.is)}; by fleet.yaml it should be ${daysText(ttl.should)}.`,
        'flotilla migrate',
      ),
    )
  return found
}

function stopped(name: string, said: string, isEvents: boolean): Diagnosis {
  const full = isFull(said)
  const meanwhile = isEvents ? ` ${EVENTS_WAIT}` : ''
  return ill(
    CHECK,
    'bad',
    full ? 'STORE_FULL' : 'STORE_SUSPENDED',
    `${name} takes rows and shows none: its server has stopped applying them${because(said)}.${meanwhile}`,
    `${full ? 'Make room on its disk' : 'Mend the cause'}, then run there: ALTER TABLE ${name} RESUME WAL`,
  )
}

function because(said: string): string {
  return said === '' ? '' : `: ${printable(said)}`
}

/** The server's `30 DAY` and `0 HOUR`, which is for ever. */
function daysText(ttl: string): string {
  const [value = '', unit = ''] = ttl.toLowerCase().split(' ')
  return value === '0' ? 'ever' : `${value} ${unit}${value === '1' ? '' : 's'}`
}
