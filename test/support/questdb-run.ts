import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { readTextIfPresent } from '../../src/lib/base/files.ts'
import { QUESTDB_FOLDER, SERVER_FILE, type SharedQuestdb } from './questdb.ts'

/** One QuestDB a run, started by the first test that asks for it: here is where it lives, and its end. */
export default async function setup(): Promise<() => Promise<void>> {
  const folder = (process.env[QUESTDB_FOLDER] ??= await mkdtemp(path.join(tmpdir(), 'flotilla-questdb-')))
  return async () => {
    const started = await readTextIfPresent(path.join(folder, SERVER_FILE))
    if (started !== undefined) end(JSON.parse(started) as SharedQuestdb)
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
  }
}

function end({ pid }: SharedQuestdb): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // Another project of the run was here before.
  }
}
