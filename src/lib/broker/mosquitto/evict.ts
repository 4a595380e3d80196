import type { BrokerAddress, ClientCredential } from '../../mqtt/broker-address.ts'

export interface Evictor {
  readonly staff: BrokerAddress
  /** A service's or an operator's. */
  readonly credential: ClientCredential
}

const AT_ONCE = 8
const WITHIN = 4000

/**
 * Ends the sessions of these client ids: mosquitto has no command for it, but whoever connects with a client id takes
 * its session over (MQTT-3.1.4-2), and on the listener for staff any id may be taken. The session starts clean, so that
 * its queue goes too: what was meant for a blocked device is neither read here nor kept for whoever comes back as it.
 */
export async function evict(ids: readonly string[], { staff, credential }: Evictor): Promise<void> {
  if (ids.length === 0) return
  const { connect } = await import('../../mqtt/connection.ts')
  const queue = [...ids]
  const work = async (): Promise<void> => {
    for (let clientId = queue.shift(); clientId !== undefined; clientId = queue.shift()) {
      const connection = await connect({ broker: staff, credential, clientId, clean: true, within: WITHIN })
      await connection.close()
    }
  }
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, ids.length) }, work))
}
