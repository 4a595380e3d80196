import { randomBytes } from 'node:crypto'
import type { Connection, ConnectOptions } from '../mqtt/connection.ts'
import type { Fleet, Identity } from './fleet.ts'

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
  const { name, credential } = as ?? (await fleet.operator())
  const { host, staffPort: port } = await fleet.endpoint()
  const { connect } = await import('../mqtt/connection.ts')
  const clientId = `${name}-${randomBytes(6).toString('hex')}`
  return connect({ ...rest, broker: { host, port }, credential, clientId })
}
