import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Clock } from '../../src/lib/base/clock.ts'
import type { Registry } from '../../src/lib/registry/registry.ts'
import { openSqliteRegistry } from '../../src/lib/registry/sqlite/registry.ts'
import { openSqliteState } from '../../src/lib/registry/sqlite/state.ts'
import type { State } from '../../src/lib/registry/state.ts'

export interface Bounds {
  readonly deadLetterBound?: number
  readonly deadLetterBytes?: number
  readonly refusedBound?: number
}

/** An empty registry and state, as another process could open them too. */
export interface Databases extends AsyncDisposable {
  openRegistry(): Promise<Registry>
  openState(bounds?: Bounds): Promise<State>
}

export interface RegistryDriver {
  readonly name: string
  readonly make: (clock?: Clock) => Promise<Databases>
}

/** The engines that the suites run on; PostgreSQL joins the list. */
export const DRIVERS: readonly RegistryDriver[] = [{ name: 'SQLite', make: makeSqlite }]

async function makeSqlite(clock?: Clock): Promise<Databases> {
  const folder = await mkdtemp(path.join(tmpdir(), 'flotilla-registry-'))
  const [registryFile, stateFile] = [path.join(folder, 'registry.db'), path.join(folder, 'state.db')]
  const opened: AsyncDisposable[] = []
  const kept = <T extends AsyncDisposable>(one: T): T => {
    opened.push(one)
    return one
  }
  return {
    openRegistry: async () =>
      kept(await openSqliteRegistry({ registryFile, stateFile, migrate: true, ...(clock && { clock }) })),
    openState: async (bounds) => kept(await openSqliteState({ stateFile, migrate: true, ...bounds })),
    async [Symbol.asyncDispose]() {
      for (const one of opened) await one[Symbol.asyncDispose]()
      await rm(folder, { recursive: true })
    },
  }
}
