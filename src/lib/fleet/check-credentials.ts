import { FlotillaError, NotFoundError, UnreachableError } from '../base/errors.ts'
import { handshake } from '../mqtt/handshake.ts'
import type { Credential } from '../pki/credential.ts'
import { HeldCredentials, hasKey } from '../provisioning/held-credentials.ts'
import type { Fleet } from './fleet.ts'

/** What came of trying credentials on the broker. */
export interface CheckReport {
  readonly tried: number
  /** Not tried: the device keeps its key itself. */
  readonly keyless: number
  readonly failed: readonly CheckFailure[]
}

export interface CheckFailure {
  readonly id: string
  readonly code: string
  readonly message: string
}

export interface CheckOptions {
  readonly onProgress: (done: number) => void
  readonly signal?: AbortSignal | undefined
}

/** Handshakes at the same time: enough for a hundred a second, few for a broker. */
const AT_ONCE = 32
const WITHIN = 10_000

/**
 * Asks the broker about itself before any device is made, so that nobody waits for ten thousand certificates to learn
 * that it is down: the operator who types shows its own credential to the staff listener.
 * @throws UnreachableError `BROKER_UNREACHABLE` and what else `handshake` throws
 */
export async function refuseNoBroker(fleet: Fleet, signal?: AbortSignal): Promise<void> {
  const broker = await fleet.address('staff')
  const { credential } = await fleet.operator()
  await handshake({ broker, credential, within: WITHIN, signal })
}

/**
 * Tries the credentials of devices on the fleet's broker, by a TLS handshake each.
 * @throws UnreachableError `BROKER_UNREACHABLE` when the broker went away: that says nothing about the credentials
 */
export async function checkCredentials(
  fleet: Fleet,
  ids: readonly string[],
  { onProgress, signal }: CheckOptions,
): Promise<CheckReport> {
  const broker = await fleet.address('devices')
  const credentials = await new HeldCredentials(fleet.directory.devices).read(ids)
  const failed: CheckFailure[] = []
  let keyless = 0
  let done = 0
  const one = async (id: string) => {
    const credential = credentials.get(id)
    if (credential !== undefined && !hasKey(credential)) keyless++
    else {
      const failure = await failureOf(id, credential)
      if (failure !== undefined) failed.push(failure)
    }
    onProgress(++done)
  }
  const failureOf = async (
    id: string,
    credential: Credential | undefined,
  ): Promise<CheckFailure | undefined> => {
    try {
      if (credential === undefined) throw missing(id)
      await handshake({ broker, credential, within: WITHIN, signal })
      return undefined
    } catch (error) {
      if (!(error instanceof FlotillaError) || error instanceof UnreachableError) throw error
      return { id, code: error.code, message: error.message }
    }
  }
  for (let start = 0; start < ids.length; start += AT_ONCE) {
    await Promise.all(ids.slice(start, start + AT_ONCE).map(one))
  }
  return { tried: ids.length - keyless, keyless, failed }
}

function missing(id: string): NotFoundError {
  return new NotFoundError('CREDENTIAL_MISSING', `The credential of ${id} is not in this fleet directory.`)
}
