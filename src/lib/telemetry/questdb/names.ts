import { fleetTableName } from '../../base/names.ts'

/** The tables of a fleet. Its name is in each, so that fleets can share a server; `-` is no part of a table's name. */
export interface TableNames {
  readonly measurements: string
  /** Which series have something on which day: what `latest` needs to know where to look. */
  readonly series: string
  /** Five-minute sums of the numbers, kept up to date by the server. */
  readonly sums: string
}

export function tableNames(fleet: string): TableNames {
  const name = fleetTableName(fleet)
  return { measurements: `${name}_measurements`, series: `${name}_series`, sums: `${name}_measurements_5m` }
}
