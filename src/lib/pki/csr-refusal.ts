import { UsageError } from '../base/errors.ts'

/** A request that is not granted. `why` is a sentence about the request. */
export function csrRefused(code: `CSR_${string}`, why: string, hint: string, cause?: unknown): UsageError {
  return new UsageError(code, why, { hint, cause })
}
