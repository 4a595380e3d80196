import type { Fleet } from '../fleet/fleet.ts'
import { openSqliteRegistry } from '../registry/sqlite/registry.ts'
import { openSqliteState } from '../registry/sqlite/state.ts'
import type { State } from '../registry/state.ts'

/** Brings registry and state to this program's version, as services may and commands may not, and opens the state. */
export async function openMigratedState({ directory, config }: Fleet): Promise<State> {
  const { registryFile, stateFile } = directory
  const deadLetterBound = config.retention['dead-letters']
  const state = await openSqliteState({ stateFile, migrate: true, deadLetterBound })
  const registry = await openSqliteRegistry({ registryFile, stateFile, migrate: true })
  await registry[Symbol.asyncDispose]()
  return state
}
