import { messageOf, UsageError } from '../base/errors.ts'
import { readSecret } from '../base/read-input.ts'
import type { EventStore } from '../telemetry/events.ts'
import type { TelemetryStore } from '../telemetry/store.ts'
import type { FleetConfig } from './config.ts'
import type { FleetDirectory } from './directory.ts'

const VARIABLE = 'FLOTILLA_STORE_PASSWORD'
const FILE_VARIABLE = 'FLOTILLA_STORE_PASSWORD_FILE'

/**
 * The store that fleet.yaml names; only the libraries of that one are loaded.
 * @param onSetAside told of each damaged day that the embedded store has put under another name
 * @throws UsageError `STORE_PASSWORD_FILE`, and what the store's opening throws
 */
export async function openTelemetry(
  at: FleetPlace,
  readOnly: boolean,
  onSetAside?: (file: string) => void,
): Promise<TelemetryStore> {
  const store = await openStore(at, readOnly, onSetAside)
  if (readOnly) return store
  const { boundedWrite } = await import('../telemetry/metric-bound.ts')
  return { ...store, write: boundedWrite(store, at.config.telemetry['metrics-per-device']) }
}

interface FleetPlace {
  readonly config: FleetConfig
  readonly directory: FleetDirectory
}

async function openStore(
  { config, directory }: FleetPlace,
  readOnly: boolean,
  onSetAside: ((file: string) => void) | undefined,
): Promise<TelemetryStore> {
  const { store, retention } = config
  if (store.kind === 'questdb') {
    const { openQuestdbTelemetry } = await import('../telemetry/questdb/store.ts')
    const server = await storeAddress(config)
    return openQuestdbTelemetry({
      ...server,
      fleet: config.name,
      retention: retention.measurements,
      readOnly,
    })
  }
  const { openSqliteTelemetry } = await import('../telemetry/sqlite/store.ts')
  return openSqliteTelemetry({ folder: directory.telemetry, sync: store.sync, readOnly, onSetAside })
}

/** Where events are kept; undefined: this kind of store keeps none. @throws UsageError `STORE_PASSWORD_FILE` */
export async function openEvents({
  config,
}: {
  readonly config: FleetConfig
}): Promise<EventStore | undefined> {
  if (config.store.kind !== 'questdb') return undefined
  const { openQuestdbEvents } = await import('../telemetry/questdb/events.ts')
  const server = await storeAddress(config)
  return openQuestdbEvents({ ...server, fleet: config.name, retention: config.retention.events })
}

export interface StoreAddress {
  readonly url: string
  readonly user: string
  readonly password: string | undefined
}

/** @throws UsageError `STORE_PASSWORD_FILE` */
export async function storeAddress({ store: { url, user } }: FleetConfig): Promise<StoreAddress> {
  return { url, user, password: await storePassword() }
}

async function storePassword(): Promise<string | undefined> {
  const file = process.env[FILE_VARIABLE]
  if (file === undefined) return process.env[VARIABLE] || undefined
  try {
    return await readSecret(file)
  } catch (error) {
    throw new UsageError(
      'STORE_PASSWORD_FILE',
      `The password of the store cannot be read: ${messageOf(error)}.`,
      {
        hint: `Look at the path in ${FILE_VARIABLE}, and whether this user may read it. The password is its first line.`,
        layer: 'file',
        cause: error,
      },
    )
  }
}
