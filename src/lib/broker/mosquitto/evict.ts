import { randomBytes } from 'node:crypto'
import type { BrokerAddress, ClientCredential } from '../../mqtt/broker-address.ts'
import type { OutNotice } from '../out-notice.ts'

export interface Evictor {
  /** CN: a service's or an operator's. */
  readonly name: string
  readonly staff: BrokerAddress
  readonly credential: ClientCredential
}

const AT_ONCE = 8
/** Notices between PUBLISH and PUBACK. */
const WINDOW = 500
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

/**
 * Says in the place of devices that they are offline; the rules let only `svc.broker` do it, from anybody else
 * mosquitto drops it. Before they are evicted: a device whose renewed certificate lets it come back at once then has
 * the last word.
 */
export async function giveNotice(
  notices: readonly OutNotice[],
  { name, staff, credential }: Evictor,
): Promise<void> {
  if (notices.length === 0) return
  const { connect } = await import('../../mqtt/connection.ts')
  const clientId = `${name}-${randomBytes(6).toString('hex')}`
  await using connection = await connect({ broker: staff, credential, clientId, within: WITHIN })
  const publish = ({ topic, payload }: OutNotice) => connection.publish(topic, payload, { retain: true })
  for (let start = 0; start < notices.length; start += WINDOW) {
    await Promise.all(notices.slice(start, start + WINDOW).map(publish))
  }
}
