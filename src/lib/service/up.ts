import path from 'node:path'
import { aborted } from '../base/aborted.ts'
import { systemClock } from '../base/clock.ts'
import { takeLock } from '../base/process-lock.ts'
import type { ServedBroker } from '../broker/broker.ts'
import type { Fleet } from '../fleet/fleet.ts'
import { readAdmission } from '../fleet/reload-broker.ts'
import { announceBroker, withdrawBroker } from '../fleet/running-broker.ts'
import { AdmissionWatch } from './admission-watch.ts'
import { BrokerLife } from './broker-life.ts'
import { BrokerNotes } from './broker-notes.ts'
import { serveControl } from './control.ts'
import type { EmitEvent, ServiceStatus } from './events.ts'
import { startHeartbeat } from './heartbeat.ts'
import { serveIngestControl } from './ingest-control.ts'
import { ingestRole, type RunningIngest } from './ingest-role.ts'
import { openMigratedState } from './migrated-state.ts'
import { reportStatus } from './status-report.ts'
import { startStoreRole, storeRoles } from './store-role.ts'
import type { BrokerWithIngest, UpContext } from './up-embedded.ts'

export interface ServeOptions {
  readonly emit: EmitEvent
  /** Ends the services in good order. */
  readonly signal: AbortSignal
}

/**
 * Runs the fleet's broker and every role until the signal: what `flotilla up` does. What it started it ends in the
 * reverse order; what is not acknowledged by then stays with its device. A broker that is external is only connected to.
 * @throws UnreachableError `LOCKED` when it runs already, `BROKER_PORT` when a port is taken
 */
export async function runUp(fleet: Fleet, options: ServeOptions): Promise<ServiceStatus> {
  const { emit, signal } = options
  if (fleet.config.broker.kind === 'external') {
    const { runServe } = await import('./serve.ts')
    return runServe(fleet, options)
  }
  await using running = new AsyncDisposableStack()
  for (const role of ['broker', 'ingest'])
    running.use(await takeLock(fleet.directory.lock(role), { what: UP }))
  const state = running.use(await openMigratedState(fleet))
  const admission = await readAdmission(fleet)
  const store = running.use(await startStoreRole(fleet, { state, emit }))
  const notes = running.use(new BrokerNotes(state, systemClock, emit, (event) => store?.take(event)))
  const life = await BrokerLife.of(state)
  const context = { fleet, admission, state, notes, life, emit }
  const { broker, ingest, linkFailing } = await startBroker(context, running)
  const ingestState = () => ingestRole(ingest.stats(), linkFailing())
  running.use(await startHeartbeat(state, () => [life.role(), ingestState(), ...storeRoles(store)]))
  const address = { host: fleet.config.broker.hosts[0]!, port: broker.staffPort }
  running.use(await serveIngestControl(fleet, address, ingest, emit))
  await serveOperators(fleet, { broker, admission, life, emit }, running)
  const status = () => statusOf(broker, ingest, notes)
  running.use(reportStatus(status, emit))
  await Promise.race([aborted(signal), broker.failed.then((error) => Promise.reject(error))])
  await running.disposeAsync()
  return status()
}

const UP = 'flotilla up'

/** Each kind brings libraries of its own: only the one that is meant is loaded. */
async function startBroker(context: UpContext, running: AsyncDisposableStack): Promise<BrokerWithIngest> {
  if (context.fleet.config.broker.kind === 'mosquitto') {
    const { startOnMosquitto } = await import('./up-mosquitto.ts')
    return startOnMosquitto(context, running)
  }
  const { startEmbedded } = await import('./up-embedded.ts')
  return startEmbedded(context, running)
}

/** Says where the broker is, keeps its admission up to date and answers those who ask. */
async function serveOperators(
  fleet: Fleet,
  {
    broker,
    admission,
    life,
    emit,
  }: Pick<UpContext, 'admission' | 'life' | 'emit'> & { broker: ServedBroker },
  running: AsyncDisposableStack,
): Promise<void> {
  const { kind, port, staffPort } = broker
  const watch = running.use(new AdmissionWatch(fleet, broker, admission, emit))
  running.defer(() => withdrawBroker(fleet.directory))
  await announceBroker(fleet.directory, {
    kind,
    port,
    staffPort,
    pid: process.pid,
    startedAt: systemClock.now(),
  })
  const host = fleet.config.broker.hosts[0]!
  const { credential } = await fleet.identity('svc.broker')
  const verbs = { reload: async () => ({ ...(await watch.apply()) }) }
  const address = { host, port: staffPort }
  const keeping = kind === 'mosquitto' ? await pulseOf(fleet, life, emit) : {}
  running.use(
    await serveControl({ fleet: fleet.name, role: 'broker', broker: address, credential, keeping, verbs }),
  )
  emit({ event: 'listening', fleet: fleet.name, broker: kind, host, port, staffPort })
}

/** mosquitto is a process of its own and may hang; the embedded broker cannot without this one. */
async function pulseOf({ directory }: Fleet, life: BrokerLife, emit: EmitEvent) {
  const { brokerPulse } = await import('./broker-pulse.ts')
  const { runningMosquitto } = await import('../broker/mosquitto/running.ts')
  return brokerPulse({
    process: () => runningMosquitto(path.join(directory.data, 'mosquitto')),
    onChange: (silent) => {
      life.answers(silent)
      const message = silent === undefined ? 'mosquitto answers again.' : `${silent}. Next: flotilla doctor`
      emit({ event: 'log', message })
    },
  })
}

function statusOf(broker: ServedBroker, ingest: RunningIngest, notes: BrokerNotes): ServiceStatus {
  const { messages, stored, deadLetters, collapsed, lag, spool } = ingest.stats()
  return {
    connections: broker.connections() ?? null,
    messages,
    stored,
    deadLetters,
    refused: notes.refused,
    lag,
    spooled: spool?.messages ?? 0,
    collapsed,
  }
}
