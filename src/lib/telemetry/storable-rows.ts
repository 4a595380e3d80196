import type { Measurement } from './measurement.ts'
import { RowRefusedError } from './store.ts'

/** @throws RowRefusedError for what no column of any store takes */
export function checkRows(batch: readonly Measurement[]): void {
  batch.forEach(({ at, value }, row) => {
    if (!Number.isSafeInteger(at)) throw RowRefusedError.one(row, `${at} is no moment in microseconds.`)
    if (value !== undefined && !Number.isFinite(value))
      throw RowRefusedError.one(row, `${value} is not a finite number.`)
  })
}
