import path from 'node:path'
import { deviceIdToPath } from '../base/names.ts'

/** Where everything of a fleet lies (design §2). Paths only: nothing is read here. */
export class FleetDirectory {
  readonly root: string

  constructor(root: string) {
    this.root = path.resolve(root)
  }

  get configFile(): string {
    return path.join(this.root, 'fleet.yaml')
  }
  get gitignore(): string {
    return path.join(this.root, '.gitignore')
  }
  get ca(): string {
    return path.join(this.root, 'ca')
  }
  /** Operator and service identities, 0700. */
  get credentials(): string {
    return path.join(this.root, 'credentials')
  }
  get devices(): string {
    return path.join(this.root, 'devices')
  }
  device(id: string): string {
    return path.join(this.devices, deviceIdToPath(id))
  }
  credential(name: string): string {
    return path.join(this.credentials, name)
  }
  get data(): string {
    return path.join(this.root, 'data')
  }
  get registryFile(): string {
    return path.join(this.data, 'registry.db')
  }
  get stateFile(): string {
    return path.join(this.data, 'state.db')
  }
  get telemetry(): string {
    return path.join(this.data, 'telemetry')
  }
  /** What is acknowledged and waits for the telemetry store. */
  get spool(): string {
    return path.join(this.data, 'spool')
  }
  /** Events of connections that the store has not taken yet when a service ended. */
  get waitingEvents(): string {
    return path.join(this.data, 'waiting-events.ndjson')
  }
  /** Locks, ports, how to reach what runs. */
  get run(): string {
    return path.join(this.data, 'run')
  }
  lock(role: string): string {
    return path.join(this.run, `${role}.lock`)
  }
}
