import path from 'node:path'
import { openQuestdbTelemetry } from '../../src/lib/telemetry/questdb/store.ts'
import { openSqliteTelemetry } from '../../src/lib/telemetry/sqlite/store.ts'
import type { TelemetryStore } from '../../src/lib/telemetry/store.ts'
import { freshFleet, questdbMissing, sharedQuestdb } from '../support/questdb.ts'

/** Every driver of the port: where it keeps its data, opened for writing and for reading. */
export interface TelemetryDriver {
  readonly name: string
  readonly missing?: boolean
  /** A place for a store without data; a folder that only this test has is at hand. */
  place(folder: string): string
  open(place: string, readOnly: boolean): Promise<TelemetryStore>
  /** Whether it is told to delete days, and knows newest values for longer; as the store itself says. */
  readonly keepsLatest: boolean
  /** Of each property; a server over HTTP is slower than a file. */
  readonly runs: number
  /** Whether a name can be stored. */
  readonly takes?: (name: string) => boolean
}

const DRIVERS: readonly TelemetryDriver[] = [
  {
    name: 'SQLite',
    keepsLatest: true,
    runs: 100,
    place: (folder) => path.join(folder, Math.random().toString(36)),
    open: (folder, readOnly) => openSqliteTelemetry({ folder, sync: 'normal', readOnly }),
  },
  {
    name: 'QuestDB',
    missing: questdbMissing(),
    keepsLatest: false,
    runs: 25,
    place: freshFleet,
    open: async (fleet, readOnly) =>
      openQuestdbTelemetry({ ...(await sharedQuestdb()), fleet, retention: 30 * 86_400_000, readOnly }),
    takes: (name) => !name.includes('\u0000'),
  },
]

export const TELEMETRY_DRIVERS = DRIVERS.filter(({ missing }) => !missing)
