import path from 'node:path'
import { clearInterval, setInterval } from 'node:timers'
import { systemClock } from '../base/clock.ts'
import { messageOf } from '../base/errors.ts'
import type { Fleet } from '../fleet/fleet.ts'
import { openTelemetry } from '../fleet/open-telemetry.ts'
import type { SpoolNote, State } from '../registry/state.ts'
import { GatheredNotes } from '../telemetry/gathered-notes.ts'
import { Ingest, type IngestStats } from '../telemetry/ingest.ts'
import type { TelemetrySource } from '../telemetry/source.ts'
import type { SpoolDamage } from '../telemetry/spool/reader.ts'
import { Spool } from '../telemetry/spool/spool.ts'
import type { TelemetryStore } from '../telemetry/store.ts'
import type { EmitEvent, ServiceEvent } from './events.ts'
import type { RoleState } from './heartbeat.ts'
import type { LinkFailure } from './link-watch.ts'
import { type ReplayQuery, type ReplayTurn, replayTurn } from './replay-letters.ts'

export interface RunningIngest extends AsyncDisposable {
  stats(): IngestStats
  /** Stores dead letters that can be stored by now; about a second of it. */
  replay(query: ReplayQuery): Promise<ReplayTurn>
}

const HOUR = 3_600_000

/** Runs the role that stores telemetry: everything that the source brings, and the end of what is past retention. */
export async function startIngest(
  fleet: Fleet,
  {
    source,
    state,
    emit,
  }: { readonly source: TelemetrySource; readonly state: State; readonly emit: EmitEvent },
): Promise<RunningIngest> {
  const { retention } = fleet.config
  await using cleanup = new AsyncDisposableStack()
  const store = cleanup.use(await openTelemetry(fleet, false, (file) => emit(setAsideNote(file))))
  const spool = cleanup.use(await openSpool(fleet, emit))
  const sink = cleanup.use(new GatheredNotes(state))
  const ingest = new Ingest({
    fleet: fleet.name,
    source,
    store,
    sink,
    spool,
    retention: retention.measurements,
    clock: systemClock,
    onState: (change) => emit({ event: 'store', ...change }),
  })
  cleanup.use(ingest)
  await ingest.start()
  const timer = setInterval(() => void expire(store, retention.measurements, emit), HOUR)
  cleanup.defer(() => clearInterval(timer))
  void expire(store, retention.measurements, emit)
  const kept = cleanup.move()
  const options = { fleet: fleet.name, store, retention: retention.measurements }
  return {
    stats: () => ingest.stats(),
    replay: (query) => replayTurn(state, query, options),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

/**
 * What the role says of itself.
 * @param stats undefined: it has not started yet
 * @param link what is wrong with its connection to the broker; to mend the store alone would not do then
 */
export function ingestRole(stats: IngestStats | undefined, link?: LinkFailure): RoleState {
  const failing = [stats?.storeFailing, link?.message].filter((one) => one !== undefined).join(' ')
  const { lag = 0, collapsed = 0, holding } = stats ?? {}
  const deaf = [link?.since, holding?.since].filter((since) => since !== undefined)
  return {
    role: 'ingest',
    lag: Math.round(lag),
    failing: failing || undefined,
    spool: stats && spoolNote(stats),
    collapsed,
    deafSince: deaf.length === 0 ? undefined : Math.min(...deaf),
  }
}

function spoolNote({ spool, holding }: IngestStats): SpoolNote | undefined {
  if (spool === undefined || (spool.messages === 0 && holding === undefined)) return undefined
  const { messages, bytes, bound, since } = spool
  return { messages, bytes, bound, since, holding }
}

/** @throws what the system says about the folder */
function openSpool({ config, directory }: Fleet, emit: EmitEvent): Promise<Spool> {
  const { spool: bound, sync } = config.store
  const onDamage = (damage: SpoolDamage) => emit({ event: 'log', message: damageText(damage) })
  return Spool.open({ folder: directory.spool, bound, sync: sync === 'full', onDamage })
}

function damageText({ file, start, end, aside }: SpoolDamage): string {
  if (aside === undefined) return `${file} of the spool is gone: what waited in it for the store is lost.`
  return `${file} is damaged from byte ${start} to ${end}: what waited there for the store cannot be read. The file is kept as ${aside}; the rest of it goes on.`
}

function setAsideNote(file: string): ServiceEvent {
  const name = path.basename(file)
  const message = `A day of telemetry is damaged and was set aside as ${name}; new data goes into a new file. How to salvage it: flotilla doctor`
  return { event: 'log', message }
}

async function expire(store: TelemetryStore, retention: number, emit: EmitEvent): Promise<void> {
  try {
    const days = await store.expire((systemClock.now() - retention) * 1000)
    if (days > 0)
      emit({ event: 'log', message: `Retention: ${days} day${days === 1 ? '' : 's'} of telemetry deleted.` })
  } catch (error) {
    emit({ event: 'log', message: `Retention could not be kept: ${messageOf(error)}` })
  }
}
