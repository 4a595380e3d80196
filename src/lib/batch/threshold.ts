import { UsageError } from '../base/errors.ts'

/** How many rows may fail before a batch stops: a number, or a share of all. */
export type Threshold = { readonly rows: number } | { readonly share: number }

/** `5` or `0.5%`. @throws UsageError `THRESHOLD` */
export function parseThreshold(text: string): Threshold {
  const [, number = '', percent] = /^(\d{1,9}(?:\.\d{1,6})?)(%?)$/.exec(text) ?? []
  const value = Number(number)
  if (number !== '' && percent === '%' && value <= 100) return { share: value / 100 }
  if (number !== '' && percent === '' && Number.isInteger(value)) return { rows: value }
  throw new UsageError('THRESHOLD', `${JSON.stringify(text)} is no number of rows and no share of them.`, {
    hint: 'Write it like 5 or 0.5%; 0 stops at the first row that fails.',
  })
}

/** Of so many rows, how many may fail: one more stops the batch. */
export function allowedFailures(threshold: Threshold, rows: number): number {
  return 'rows' in threshold ? threshold.rows : Math.floor(threshold.share * rows)
}
