import path from 'node:path'
import * as v from 'valibot'
import { readTextIfPresent, writeFileAtomic } from '../base/files.ts'
import type { FleetDirectory } from './directory.ts'

/**
 * A mosquitto that is not ours to run but that `broker config` has written the folder of: where commands find its
 * rules, and the process to signal. It stands in data/run, because fleet.yaml carries no machine's paths.
 */
export interface BrokerTarget {
  readonly folder: string
}

/** How a mosquitto is started from its folder, as it is typed. */
export function startCommand(folder: string): string {
  return `mosquitto -c ${path.join(folder, 'mosquitto.conf')}`
}

const schema = v.object({ folder: v.string() })
const fileOf = (directory: FleetDirectory) => path.join(directory.run, 'broker-target.json')

export async function rememberTarget(directory: FleetDirectory, target: BrokerTarget): Promise<void> {
  await writeFileAtomic(fileOf(directory), `${JSON.stringify(target, undefined, 2)}\n`)
}

/** undefined: no folder was ever written, or the note is broken; `broker config` makes a new one. */
export async function brokerTarget(directory: FleetDirectory): Promise<BrokerTarget | undefined> {
  const text = await readTextIfPresent(fileOf(directory))
  if (text === undefined) return undefined
  try {
    return v.parse(schema, JSON.parse(text))
  } catch {
    return undefined
  }
}
