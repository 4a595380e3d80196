import { NotFoundError } from '../base/errors.ts'
import { nearest } from '../base/nearest.ts'
import { printable } from '../base/printable.ts'

/** Names that are listed; what is meant is among the first. */
const SHOWN = 10

/**
 * What was asked for is not stored, other things are: one that is nearly called so comes first.
 * @param stored metrics as devices named them
 */
export function unknownMetric(asked: readonly string[], stored: readonly string[]): NotFoundError {
  const names = [...new Set(stored)]
  const near = asked.map((metric) => nearest(metric, names)).filter((name) => name !== undefined)
  const ordered = [...new Set([...near, ...names])]
  const shown = ordered.slice(0, SHOWN).map(printable).join(', ') + (ordered.length > SHOWN ? ', …' : '')
  return new NotFoundError('METRIC_UNKNOWN', `Nothing is stored of ${asked.map(printable).join(', ')}.`, {
    hint:
      shown === ''
        ? 'Nothing else is stored of it either. Does anything arrive? flotilla tail'
        : `Stored are: ${shown}`,
  })
}
