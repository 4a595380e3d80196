import { fleetTableName } from '../../base/names.ts'

/** The tables of a fleet. Its name is in each, so that fleets can share a server; `-` is no part of a table's name. */
export interface TableNames {
  /** As it is in fleet.yaml. */
  readonly fleet: string
  readonly measurements: string
  /** Which series have something on which day: what `latest` needs to know where to look. */
  readonly series: string
  /** Five-minute sums of the numbers, kept up to date by the server. */
  readonly sums: string
  /** Connections and life states. */
  readonly events: string
  /** Whose these tables are: `a-b` and `a_b` would have the same. */
  readonly owner: string
}

export function tableNames(fleet: string): TableNames {
  const name = fleetTableName(fleet)
  const measurements = `${name}_measurements`
  return {
    fleet,
    measurements,
    series: `${name}_series`,
    sums: `${measurements}_5m`,
    events: `${name}_events`,
    owner: `${name}_owner`,
  }
}
