import type { Measurements } from './measurements.ts'
import { SeriesMap } from './series-map.ts'
import type { SeriesName } from './series-name.ts'

/** Series that are kept in memory; with more they begin anew. */
const KEPT = 1_000_000

/**
 * Counts the measurements of a batch that another one of the same (device, metric, at) takes the place of, with
 * another value: the last one wins, and somebody should know. A repetition of the same value is a redelivery and no
 * loss.
 */
export class CollapseCounter {
  readonly #newest = new SeriesMap<{ batch: number; at: number }>()
  #batch = 0

  count(rows: Measurements): number {
    const doubtful = this.#doubtful(rows)
    return doubtful.size === 0 ? 0 : collapsedIn(rows, doubtful)
  }

  /**
   * Series in which something might be there twice; some of them in vain. Almost always there are none: a series' times
   * only grow, and seeing that costs one look for each row.
   */
  #doubtful(rows: Measurements): ReadonlySet<SeriesName> {
    const doubtful = new Set<SeriesName>()
    const batch = ++this.#batch
    if (this.#newest.size > KEPT) this.#newest.clear()
    for (let row = 0; row < rows.length; row++) {
      const series = rows.series(row)
      const newest = this.#newest.get(series)
      const at = rows.at(row)
      if (newest === undefined) this.#newest.set(series, { batch, at })
      else if (newest.batch === batch && at <= newest.at) doubtful.add(series)
      else {
        newest.batch = batch
        newest.at = at
      }
    }
    return doubtful
  }
}

function collapsedIn(rows: Measurements, doubtful: ReadonlySet<SeriesName>): number {
  let collapsed = 0
  const last = new Map<SeriesName, Map<number, number>>()
  for (let row = 0; row < rows.length; row++) {
    const series = rows.series(row)
    if (!doubtful.has(series)) continue
    let moments = last.get(series)
    if (moments === undefined) last.set(series, (moments = new Map()))
    const before = moments.get(rows.at(row))
    if (before !== undefined && !isSame(rows, before, row)) collapsed++
    moments.set(rows.at(row), row)
  }
  return collapsed
}

/** 0 and -0 are one value, and so is having none. */
function isSame(rows: Measurements, one: number, other: number): boolean {
  const [before, after] = [rows.value(one), rows.value(other)]
  const sameValue = before === after || (Number.isNaN(before) && Number.isNaN(after))
  return sameValue && rows.text(one) === rows.text(other)
}
