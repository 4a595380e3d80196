import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '../base/clock.ts'
import { messageOf } from '../base/errors.ts'
import { giveNotice } from '../broker/mosquitto/evict.ts'
import { outNotices } from '../broker/out-notice.ts'
import type { Fleet } from '../fleet/fleet.ts'
import { readAdmission } from '../fleet/reload-broker.ts'
import type { BrokerAddress } from '../mqtt/broker-address.ts'
import { saysWhyOut } from '../mqtt/presence.ts'
import { parsePresenceTopic, presenceTopic } from '../mqtt/topics.ts'
import type { EmitEvent } from './events.ts'

export interface OutPresenceOptions {
  /** The listener for staff. */
  readonly broker: BrokerAddress
  readonly emit: EmitEvent
}

/** Topics of one SUBSCRIBE. */
const TOPICS = 500
/** Without a message for so long nothing retained is on its way any more, in milliseconds. */
const QUIET = 500

/**
 * Who was put out while no broker ran could not be told offline then, and its broker remembers what it said last: for
 * ever online. Beside the start, not before it: nobody waits for this.
 */
export function settlePresence(fleet: Fleet, { broker, emit }: OutPresenceOptions): AsyncDisposable {
  const closing = new AbortController()
  const settling = settle(fleet, broker, closing.signal).then(
    (settled) => {
      if (settled > 0) emit({ event: 'log', message: settledText(settled) })
    },
    (error: unknown) => {
      if (closing.signal.aborted) return
      const why = messageOf(error)
      emit({ event: 'log', message: `The presence of devices that are out could not be looked at: ${why}` })
    },
  )
  return {
    async [Symbol.asyncDispose]() {
      closing.abort()
      await settling
    },
  }
}

function settledText(settled: number): string {
  const whose = settled === 1 ? 'a device that is' : `${settled} devices that are`
  return `The presence of ${whose} blocked, revoked or removed says so now: offline, with the reason.`
}

/** @returns of how many devices it was said that they are out */
async function settle(fleet: Fleet, broker: BrokerAddress, signal: AbortSignal): Promise<number> {
  const { barred, revoked } = await out(fleet)
  const stale = await staleOf(fleet, [...new Set([...barred, ...revoked])], { broker, signal })
  const notices = outNotices(fleet.name, stale, { barred, at: systemClock.now() })
  signal.throwIfAborted()
  await giveNotice(notices, { ...(await fleet.identity('svc.broker')), staff: broker })
  return notices.length
}

/** Whose certificates are revoked is out only without another: a renewed one's is revoked, too. */
async function out(fleet: Fleet) {
  const { barred, revoked = [] } = await readAdmission(fleet)
  const holders = [...new Set(revoked.map(({ subject }) => subject))]
  const certified = await (await fleet.registry()).certified(holders, systemClock.now())
  return { barred, revoked: holders.filter((holder) => !certified.has(holder)) }
}

/** Those of which something is retained that does not say that they are out. */
async function staleOf(
  fleet: Fleet,
  devices: readonly string[],
  { broker, signal }: { readonly broker: BrokerAddress; readonly signal: AbortSignal },
): Promise<readonly string[]> {
  if (devices.length === 0) return []
  const { connect } = await import('../mqtt/connection.ts')
  const { name, credential } = await fleet.identity('svc.ingest') // the service that may read presence
  const clientId = `${name}-${randomBytes(6).toString('hex')}`
  await using connection = await connect({ broker, credential, clientId, signal })
  const stale = new Set<string>()
  let heard = performance.now()
  for (let start = 0; start < devices.length; start += TOPICS) {
    const topics = devices.slice(start, start + TOPICS).map((id) => presenceTopic(fleet.name, id))
    await connection.subscribe(topics, ({ topic, payload, retained }) => {
      heard = performance.now()
      const { device } = parsePresenceTopic(topic) ?? {}
      if (retained && device !== undefined && !saysWhyOut(payload)) stale.add(device)
    })
  }
  heard = performance.now()
  while (performance.now() - heard < QUIET) await sleep(QUIET / 5, undefined, { signal })
  return [...stale]
}
