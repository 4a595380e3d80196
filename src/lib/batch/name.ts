import { UsageError } from '../base/errors.ts'

/** It becomes part of file names, on every system. */
const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_-]{0,47}$/

/** @throws UsageError `BATCH_NAME` */
export function checkBatchName(text: string): string {
  if (NAME.test(text)) return text
  throw new UsageError('BATCH_NAME', `${JSON.stringify(text)} cannot be the name of a batch.`, {
    hint: 'Use a letter or digit, then up to 47 letters, digits, "_" or "-".',
  })
}
