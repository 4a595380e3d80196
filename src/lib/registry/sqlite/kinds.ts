import type { DatabaseKind } from './database-kind.ts'
import { REGISTRY_MIGRATIONS } from './registry-migrations.ts'
import { STATE_MIGRATIONS } from './state-migrations.ts'

export const REGISTRY: DatabaseKind = {
  name: 'registry',
  applicationId: 0x666c_7452, // "fltR"
  synchronous: 'FULL',
  migrations: REGISTRY_MIGRATIONS,
}

export const STATE: DatabaseKind = {
  name: 'state',
  applicationId: 0x666c_7453, // "fltS"
  synchronous: 'NORMAL',
  migrations: STATE_MIGRATIONS,
}
