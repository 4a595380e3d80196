import { aborted } from '../base/aborted.ts'
import { takeLock } from '../base/process-lock.ts'
import type { Fleet } from '../fleet/fleet.ts'
import type { TelemetrySource } from '../telemetry/source.ts'
import { durableSource } from './durable-source.ts'
import type { ServiceStatus } from './events.ts'
import { startHeartbeat } from './heartbeat.ts'
import { serveIngestControl } from './ingest-control.ts'
import { ingestRole, type RunningIngest, startIngest } from './ingest-role.ts'
import { watchLink } from './link-watch.ts'
import { openMigratedState } from './migrated-state.ts'
import { ROLES } from './roles.ts'
import { reportStatus } from './status-report.ts'
import { startStoreRole, storeRoles } from './store-role.ts'
import type { ServeOptions } from './up.ts'

/**
 * Runs the ingest role against the fleet's broker until the signal. While the broker is away it goes on trying.
 * @throws UnreachableError `LOCKED` when the role runs already · RefusedError when the broker refuses the service
 */
export async function runServe(fleet: Fleet, { emit, signal }: ServeOptions): Promise<ServiceStatus> {
  await using running = new AsyncDisposableStack()
  running.use(await takeLock(fleet.directory.lock('ingest'), { what: 'The ingest role' }))
  const state = running.use(await openMigratedState(fleet))
  const { host, port, staffPort } = await fleet.endpoint()
  const link = watchLink(emit)
  const broker = await fleet.address('staff')
  const source = await durableSource(fleet, broker, link.emit)
  emit({ event: 'serving', fleet: fleet.name, roles: ROLES, host, port, staffPort })
  let ingest: RunningIngest | undefined
  const store = running.use(await startStoreRole(fleet, { state, emit }))
  running.use(
    await startHeartbeat(state, () => [ingestRole(ingest?.stats(), link.failing()), ...storeRoles(store)]),
  )
  ingest = await startedUnlessStopped(startIngest(fleet, { source, state, emit }), source, signal)
  if (ingest === undefined) return NOTHING
  running.use(ingest)
  running.use(await serveIngestControl(fleet, broker, ingest, emit))
  const status = (): ServiceStatus => {
    const { messages, stored, deadLetters, collapsed, lag, spool } = ingest.stats()
    const spooled = spool?.messages ?? 0
    return { connections: null, messages, stored, deadLetters, refused: 0, lag, spooled, collapsed }
  }
  running.use(reportStatus(status, emit))
  await aborted(signal)
  await running.disposeAsync()
  return status()
}

const NOTHING: ServiceStatus = {
  connections: null,
  messages: 0,
  stored: 0,
  deadLetters: 0,
  refused: 0,
  lag: 0,
  spooled: 0,
  collapsed: 0,
}

/** A start that still waits for its broker ends with the signal; undefined then. */
async function startedUnlessStopped(
  starting: Promise<RunningIngest>,
  source: TelemetrySource,
  signal: AbortSignal,
): Promise<RunningIngest | undefined> {
  const first = await Promise.race([starting, aborted(signal)])
  if (first !== undefined) return first
  await source[Symbol.asyncDispose]()
  await starting.catch(() => {})
  return undefined
}
