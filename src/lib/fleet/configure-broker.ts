import { userInfo } from 'node:os'
import path from 'node:path'
import { writeMosquittoFolder } from '../broker/mosquitto/folder.ts'
import { rememberTarget, startCommand } from './broker-target.ts'
import { bindAddress, type FleetConfig } from './config.ts'
import type { Fleet } from './fleet.ts'
import { readAdmission } from './reload-broker.ts'

/** What `broker config` prints with --json. */
export interface BrokerConfigResult {
  readonly folder: string
  readonly files: readonly string[]
  /** How to start it, as it is typed. */
  readonly start: string
  readonly port: number
  readonly staffPort: number
  /** What fleet.yaml says of the broker; with another than `external` the folder is not what serves the fleet. */
  readonly kind: FleetConfig['broker']['kind']
}

/** Writes the folder that mosquitto serves the fleet from, and notes where it is for block, revoke and reload. */
export async function configureBroker(
  fleet: Fleet,
  { folder, user }: { readonly folder: string; readonly user?: string | undefined },
): Promise<BrokerConfigResult> {
  const { broker, devices } = fleet.config
  const { port, 'staff-port': staffPort, kind } = broker
  const target = path.resolve(folder)
  const files = await writeMosquittoFolder({
    fleet: fleet.name,
    bind: bindAddress(fleet.config),
    port,
    staffPort,
    clientId: devices['client-id'],
    admission: await readAdmission(fleet),
    folder: target,
    user: user ?? userInfo().username,
  })
  await rememberTarget(fleet.directory, { folder: target })
  return { folder: target, files, start: startCommand(target), port, staffPort, kind }
}
