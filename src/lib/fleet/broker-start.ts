import { brokerTarget, startCommand } from './broker-target.ts'
import type { FleetConfig } from './config.ts'
import type { FleetDirectory } from './directory.ts'

/** What helps where nothing answers: `up` runs a broker of its own, an external one is somebody else's to start. */
export async function brokerStart({ broker }: FleetConfig, directory: FleetDirectory): Promise<string> {
  if (broker.kind !== 'external') return 'Start the broker: flotilla up'
  const target = await brokerTarget(directory)
  if (target !== undefined) return `Start the broker: ${startCommand(target.folder)}`
  return 'Start the broker that fleet.yaml names, which is external. What a mosquitto needs for it: flotilla broker config --to DIR'
}
