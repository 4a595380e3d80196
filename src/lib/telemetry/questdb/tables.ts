import type { TableNames } from './names.ts'

type Columns = Readonly<Record<string, string>>

/** A table as it must be. */
export interface Table {
  readonly name: string
  /** Types by column; the first is the designated timestamp. */
  readonly columns: Columns
  /** By these a row that comes again is the same row. */
  readonly keys: readonly string[]
  /** Days after which the server deletes rows by itself. */
  readonly days: number
}

/** How long rows are kept, in milliseconds. */
export interface Retention {
  readonly measurements: number
  readonly events: number
}

const DAY = 86_400_000
/** Sums are kept for a year, or as long as what they are made of. */
const SUMS_DAYS = 365

const SERIES: Columns = { ts: 'TIMESTAMP', device: 'SYMBOL', metric: 'SYMBOL' }
const EVENT: Columns = { ts: 'TIMESTAMP', device: 'SYMBOL', kind: 'SYMBOL', seq: 'LONG', body: 'VARCHAR' }

/**
 * A row holds one value (device, metric), never a device's whole message: deduplication replaces whole rows, and two
 * messages of one moment would wipe each other's metrics out. No index on device: with late data it costs more than
 * it brings.
 */
export function telemetryTables({ measurements, series }: TableNames, retention: number): readonly Table[] {
  const keys = ['ts', 'device', 'metric']
  const days = daysOf(retention)
  return [
    { name: measurements, columns: { ...SERIES, value: 'DOUBLE', text: 'VARCHAR' }, keys, days },
    { name: series, columns: SERIES, keys, days },
  ]
}

export function eventTable({ events }: TableNames, retention: number): Table {
  return { name: events, columns: EVENT, keys: ['ts', 'device', 'kind', 'seq'], days: daysOf(retention) }
}

export function sumsDays(retention: number): number {
  return Math.max(SUMS_DAYS, daysOf(retention))
}

/** The server deletes whole days: a day that is partly within the retention stays. */
function daysOf(retention: number): number {
  return Math.max(1, Math.ceil(retention / DAY))
}

export function creation({ name, columns, keys, days }: Table): string {
  const list = Object.entries(columns).map(([column, type]) => `${column} ${type}`)
  return `CREATE TABLE IF NOT EXISTS ${name} (${list.join(', ')}) TIMESTAMP(ts)
    PARTITION BY DAY TTL ${days} DAYS WAL DEDUP UPSERT KEYS(${keys.join(', ')})`
}

/**
 * Summing up at every commit reads the rows of the last minutes again each time: a third of all that the server does
 * under load. Whoever asks in between has it done at once.
 */
export const SUMS_REFRESH = 'EVERY 1m'

/** Has the server sum up what is new; it answers at once. */
export function sumsRefresh({ sums }: TableNames): string {
  return `REFRESH MATERIALIZED VIEW ${sums} INCREMENTAL`
}

export function sumsCreation({ measurements, sums }: TableNames, days: number): string {
  return `CREATE MATERIALIZED VIEW IF NOT EXISTS ${sums} REFRESH ${SUMS_REFRESH} AS (
    SELECT ts, device, metric, count(value) n, avg(value) avg, min(value) min, max(value) max, last_not_null(value) last
    FROM ${measurements} SAMPLE BY 5m) PARTITION BY DAY TTL ${days} DAYS`
}
