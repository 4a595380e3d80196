import { randomBytes } from 'node:crypto'
import { RefusedError } from '../base/errors.ts'
import type { Connection, ConnectOptions } from '../mqtt/connection.ts'
import type { Fleet, Identity } from './fleet.ts'
import { revokedOperator } from './revoked-operator.ts'

export type OperatorOptions = Omit<ConnectOptions, 'broker' | 'credential' | 'clientId'> & {
  /** Default: the operator who types. */
  readonly as?: Identity
}

/**
 * Connects to the staff listener of the fleet's broker. Each connection is a session of its own, so that an operator
 * may tail in one window and block in another.
 * @throws what `connect` throws · NotFoundError `OPERATOR_MISSING`, `CREDENTIAL_MISSING`
 */
export async function connectOperator(fleet: Fleet, options: OperatorOptions = {}): Promise<Connection> {
  const { as, ...rest } = options
  const identity = as ?? (await fleet.operator())
  const { name, credential } = identity
  const broker = await fleet.address('staff')
  const { connect } = await import('../mqtt/connection.ts')
  const clientId = `${name}-${randomBytes(6).toString('hex')}`
  try {
    return await connect({ ...rest, broker, credential, clientId })
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error
    throw (await revokedOperator(fleet, identity, error)) ?? error
  }
}
