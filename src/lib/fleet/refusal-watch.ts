import { RefusedError } from '../base/errors.ts'
import type { ConnectionState } from '../mqtt/connection.ts'

/**
 * Refused so often in a row, a client that reconnects is not wanted any more. One refusal may be a broker that is just
 * going down or coming up: it closes a connection without a word, too.
 */
const REFUSALS = 3

export interface RefusalWatch {
  /** To be told of each state of the connection. */
  readonly onState: (state: ConnectionState) => void
  /** Resolves with why when there is no point in trying again. */
  readonly refused: Promise<RefusedError>
}

/** @param finalReason says why a refusal is known to last, if it is: then not even another attempt is waited for */
export function watchRefusals(
  finalReason: (refusal: RefusedError) => Promise<RefusedError | undefined>,
): RefusalWatch {
  const { promise: refused, resolve } = Promise.withResolvers<RefusedError>()
  let inARow = 0
  const judge = async (refusal: RefusedError, isLast: boolean): Promise<void> => {
    const final = await finalReason(refusal)
    if (final !== undefined || isLast) resolve(final ?? refusal)
  }
  return {
    refused,
    onState: (event) => {
      if (event.state === 'offline' && event.failure instanceof RefusedError)
        void judge(event.failure, ++inARow >= REFUSALS)
      else inARow = 0
    },
  }
}
