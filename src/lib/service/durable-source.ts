import { formatDuration } from '../base/duration.ts'
import type { FlotillaError } from '../base/errors.ts'
import type { Fleet } from '../fleet/fleet.ts'
import type { BrokerAddress } from '../mqtt/broker-address.ts'
import { DurableConsumer } from '../mqtt/durable-consumer.ts'
import { openSession } from '../mqtt/open-session.ts'
import { telemetryFilters } from '../mqtt/topics.ts'
import type { TelemetrySource } from '../telemetry/source.ts'
import type { EmitEvent } from './events.ts'

/**
 * Telemetry from a broker that is not in this process. The session's name is the fleet's, so that whichever process
 * ingests goes on where the last one stopped; the lock of the role keeps two from sharing it.
 */
export async function durableSource(
  fleet: Fleet,
  broker: BrokerAddress,
  emit: EmitEvent,
): Promise<TelemetrySource> {
  return new DurableConsumer({
    ...(await sessionOf(fleet, broker)),
    onState: (change) => {
      if (change.state === 'offline' && change.failure !== undefined) {
        emit({ event: 'link', state: 'offline', message: offlineText(change.failure) })
      } else if (change.state === 'stalled') {
        const quiet = formatDuration(change.quiet)
        const message = `the broker had held messages back for ${quiet}; on a new connection they come`
        emit({ event: 'link', state: 'stalled', message })
      } else emit({ event: 'link', state: change.state })
    },
  })
}

/** A service has no flag for its deadline: it goes on trying. */
function offlineText({ code, layer, message, hint = '' }: FlotillaError): string {
  if (code !== 'BROKER_SILENT') return `${message} ${hint}`.trim()
  if (layer === 'tcp') return `${message} Check address, port and firewall.`
  return `${message} It takes connections and says nothing: look at its process and its load.`
}

/** Before anybody sends; see {@link openSession}. */
export async function openIngestSession(
  fleet: Fleet,
  broker: BrokerAddress,
  signal: AbortSignal,
): Promise<void> {
  await openSession(await sessionOf(fleet, broker), signal)
}

async function sessionOf(fleet: Fleet, broker: BrokerAddress) {
  const { credential } = await fleet.identity('svc.ingest')
  return {
    ...{ broker, credential, clientId: `svc.ingest-${fleet.name}` },
    filters: telemetryFilters(fleet.name),
  }
}
