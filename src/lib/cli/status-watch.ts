import { setTimeout as sleep } from 'node:timers/promises'
import type { FleetStatus } from '../fleet/status.ts'
import { liveBlock } from '../ui/live.ts'
import { statusLines } from './status-text.ts'
import type { Terminal } from './terminal.ts'

export interface WatchOptions {
  /** Milliseconds. */
  readonly every: number
  readonly terminal: Terminal
  readonly signal: AbortSignal
}

/** More often nothing changes; milliseconds. */
const LEAST = 200

/** Shows the status again and again until the signal: in place on a terminal, a line of JSON each time elsewhere. */
export async function watchStatus(
  look: () => Promise<FleetStatus>,
  { every, terminal, signal }: WatchOptions,
): Promise<void> {
  const block = liveBlock(process.stdout)
  const narrower = { ...terminal, columns: terminal.columns - 1 } // a block leaves the last column free
  while (!signal.aborted) {
    const status = await look()
    if (terminal.isScreen) block.show(statusLines(status, narrower))
    else await terminal.line(JSON.stringify(status))
    await sleep(Math.max(every, LEAST), undefined, { signal }).catch(() => {})
  }
  block.end()
}
