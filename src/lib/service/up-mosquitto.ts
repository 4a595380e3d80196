import path from 'node:path'
import { startMosquitto } from '../broker/mosquitto/mosquitto.ts'
import { durableSource, openIngestSession } from './durable-source.ts'
import { startIngest } from './ingest-role.ts'
import { watchLink } from './link-watch.ts'
import { settlePresence } from './presence-of-out.ts'
import { type BrokerWithIngest, brokerSettings, type UpContext } from './up-embedded.ts'

/** mosquitto as a child of this process; what it holds outlives both. */
export async function startOnMosquitto(
  context: UpContext,
  running: AsyncDisposableStack,
): Promise<BrokerWithIngest> {
  const { fleet, admission, state, notes, life, emit } = context
  const settings = brokerSettings(fleet)
  const broker = running.use(
    await startMosquitto({
      ...settings,
      folder: path.join(fleet.directory.data, 'mosquitto'),
      admission,
      evictor: await fleet.identity('svc.broker'),
      host: fleet.config.broker.hosts[0]!,
      openSessions: (staff, signal) => openIngestSession(fleet, staff, signal),
      onEvent: notes.take,
      onLog: (message) => emit({ event: 'log', message }),
      onDeath: (how) => life.died(how),
      onAgain: () => life.runs(),
    }),
  )
  const address = { host: fleet.config.broker.hosts[0]!, port: broker.staffPort }
  const link = watchLink(emit)
  const source = await durableSource(fleet, address, link.emit)
  const ingest = running.use(await startIngest(fleet, { source, state, emit }))
  running.use(settlePresence(fleet, { broker: address, emit }))
  return { broker, ingest, linkFailing: () => link.failing() }
}
