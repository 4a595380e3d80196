import type { Admission, BrokerSettings, ServedBroker } from '../broker/broker.ts'
import { startEmbeddedBroker } from '../broker/embedded.ts'
import { bindAddress } from '../fleet/config.ts'
import type { Fleet } from '../fleet/fleet.ts'
import type { State } from '../registry/state.ts'
import type { BrokerLife } from './broker-life.ts'
import type { BrokerNotes } from './broker-notes.ts'
import { EmbeddedSource } from './embedded-source.ts'
import type { EmitEvent } from './events.ts'
import { type RunningIngest, startIngest } from './ingest-role.ts'
import type { LinkFailure } from './link-watch.ts'

export interface UpContext {
  readonly fleet: Fleet
  readonly admission: Admission
  readonly state: State
  readonly notes: BrokerNotes
  readonly life: BrokerLife
  readonly emit: EmitEvent
}

export interface BrokerWithIngest {
  readonly broker: ServedBroker
  readonly ingest: RunningIngest
  /** What is wrong with the connection between the two; undefined: nothing, or there is none. */
  readonly linkFailing: () => LinkFailure | undefined
}

/** Ingest first: a message that comes before anybody ingests could not be acknowledged until its device reconnects. */
export async function startEmbedded(
  context: UpContext,
  running: AsyncDisposableStack,
): Promise<BrokerWithIngest> {
  const { fleet, admission, state, notes, emit } = context
  const source = new EmbeddedSource()
  const ingest = running.use(await startIngest(fleet, { source, state, emit }))
  const broker = running.use(
    await startEmbeddedBroker({
      ...brokerSettings(fleet),
      admission,
      onTelemetry: (message) => source.offer(message),
      onEvent: notes.take,
    }),
  )
  return { broker, ingest, linkFailing: () => undefined } // one process: there is no connection
}

export function brokerSettings({ name, config }: Fleet): BrokerSettings {
  const { port, 'staff-port': staffPort } = config.broker
  return { fleet: name, bind: bindAddress(config), port, staffPort, clientId: config.devices['client-id'] }
}
