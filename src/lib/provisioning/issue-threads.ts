import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { Authority, SharedAuthority } from '../pki/authority.ts'
import type { IssuePlan } from './issue-device.ts'
import { type IssuedPack, issuePack, type PackRow } from './pack.ts'

/** Makes packs, here or in threads beside. */
export interface PackIssuer extends AsyncDisposable {
  issue(rows: readonly PackRow[]): Promise<IssuedPack>
}

/** What a thread is started with. */
export interface IssueThreadData {
  readonly authority: SharedAuthority
  readonly plan: IssuePlan
}

/**
 * With fewer rows threads do not pay: one is ready and warm after 100 ms, and the files of a chunk are synced beside
 * this thread anyway (docs/decisions/batches.md).
 */
const THREADS_FROM = 5000
/** The registry takes about 10 000 rows a second from its one writer; more threads than this would wait for it. */
const MOST = 4

/** This thread writes files and registry; the others make keys and certificates. */
export function threadCount(rows: number, cores = availableParallelism()): number {
  return rows < THREADS_FROM || cores < 2 ? 0 : Math.min(MOST, cores - 1)
}

/** @param threads 0: in this thread */
export function openIssuer(authority: Authority, plan: IssuePlan, threads: number): PackIssuer {
  if (threads > 0) return new ThreadIssuer({ authority: authority.share(), plan }, threads)
  return {
    issue: async (rows) => issuePack(authority, rows, plan),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}

class ThreadIssuer implements PackIssuer {
  readonly #all: readonly Worker[]
  readonly #free: Worker[]
  readonly #waiting: ((worker: Worker) => void)[] = []

  constructor(workerData: IssueThreadData, threads: number) {
    this.#all = Array.from(
      { length: threads },
      () => new Worker(new URL('./issue-worker.ts', import.meta.url), { workerData }),
    )
    this.#free = [...this.#all]
  }

  async issue(rows: readonly PackRow[]): Promise<IssuedPack> {
    const worker = this.#free.pop() ?? (await new Promise<Worker>((resolve) => this.#waiting.push(resolve)))
    try {
      worker.postMessage(rows)
      // A thread that dies emits 'error', which rejects.
      const [pack] = (await once(worker, 'message')) as [IssuedPack]
      return pack
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#free.push(worker)
      else next(worker)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#all.map((worker) => worker.terminate()))
  }
}
