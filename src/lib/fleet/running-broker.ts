import { rm } from 'node:fs/promises'
import path from 'node:path'
import { readTextIfPresent, writeFileAtomic } from '../base/files.ts'
import type { FleetDirectory } from './directory.ts'

/** What a running broker leaves for the commands in `data/run/broker.json`: where it listens and who it is. */
export interface RunningBroker {
  readonly kind: 'embedded' | 'mosquitto'
  readonly pid: number
  readonly port: number
  readonly staffPort: number
  /** Milliseconds since 1970. */
  readonly startedAt: number
}

const fileOf = (directory: FleetDirectory) => path.join(directory.run, 'broker.json')

export async function announceBroker(directory: FleetDirectory, broker: RunningBroker): Promise<void> {
  await writeFileAtomic(fileOf(directory), `${JSON.stringify(broker, undefined, 2)}\n`)
}

export async function withdrawBroker(directory: FleetDirectory): Promise<void> {
  await rm(fileOf(directory), { force: true })
}

/** The broker that `flotilla up` runs from this directory now; undefined when none does. */
export async function runningBroker(directory: FleetDirectory): Promise<RunningBroker | undefined> {
  const text = await readTextIfPresent(fileOf(directory))
  const broker = text === undefined ? undefined : parse(text)
  return broker !== undefined && isAlive(broker.pid) ? broker : undefined
}

function parse(text: string): RunningBroker | undefined {
  try {
    const value = JSON.parse(text) as Partial<RunningBroker>
    return typeof value.pid === 'number' && typeof value.staffPort === 'number'
      ? (value as RunningBroker)
      : undefined
  } catch {
    return undefined // written by an older or a broken process: as good as none
  }
}

/** Signal 0 asks whether a process exists; EPERM means it does, and is not ours. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
