import { readFile } from 'node:fs/promises'
import type { BrokerAddress } from '../mqtt/broker-address.ts'
import type { Credential } from '../pki/credential.ts'
import type { Registry } from '../registry/registry.ts'
import type { State } from '../registry/state.ts'
import type { TelemetryStore } from '../telemetry/store.ts'
import { brokerStart } from './broker-start.ts'
import { type FleetConfig, parseConfig } from './config.ts'
import { chooseOperator } from './credentials.ts'
import type { FleetDirectory } from './directory.ts'
import { findFleetDirectory } from './discovery.ts'
import { refuseOtherName } from './lasting-name.ts'
import { ownCredential } from './own-credential.ts'
import { runningBroker } from './running-broker.ts'

/** Where a broker listens. */
export interface BrokerEndpoint {
  readonly host: string
  readonly port: number
  readonly staffPort: number
}

/** An operator or service and what it proves that with. */
export interface Identity {
  readonly name: string
  readonly credential: Credential
}

/**
 * A fleet, opened: its directory and configuration at once, everything else when it is asked for, so that a command
 * pays only for what it uses. Disposing closes what was opened.
 */
export class Fleet implements AsyncDisposable {
  readonly directory: FleetDirectory
  readonly config: FleetConfig
  readonly #opened = new Map<string, Promise<AsyncDisposable>>()

  private constructor(directory: FleetDirectory, config: FleetConfig) {
    this.directory = directory
    this.config = config
  }

  /**
   * Finds and opens the fleet directory.
   * @throws NotFoundError `FLEET_MISSING` · UsageError `CONFIG`, `FLEET_NAME`
   */
  static async find(named: string | undefined): Promise<Fleet> {
    return Fleet.at(findFleetDirectory(named))
  }

  static async at(directory: FleetDirectory): Promise<Fleet> {
    const source = await readFile(directory.configFile, 'utf8')
    const config = parseConfig(source, directory.configFile)
    await refuseOtherName(directory, config.name)
    return new Fleet(directory, config)
  }

  get name(): string {
    return this.config.name
  }

  registry(): Promise<Registry> {
    return this.#open('registry', async () => {
      const { openSqliteRegistry } = await import('../registry/sqlite/registry.ts')
      const { registryFile, stateFile } = this.directory
      return openSqliteRegistry({ registryFile, stateFile, migrate: false })
    })
  }

  state(): Promise<State> {
    return this.#open('state', async () => {
      const { openSqliteState } = await import('../registry/sqlite/state.ts')
      return openSqliteState({ stateFile: this.directory.stateFile, migrate: false })
    })
  }

  /** The telemetry store, for reading. */
  telemetry(): Promise<TelemetryStore> {
    return this.#open('telemetry', async () => {
      const { openTelemetry } = await import('./open-telemetry.ts')
      return openTelemetry(this, true)
    })
  }

  /** Where the broker is: the one that runs from this directory, else the one that fleet.yaml names. */
  async endpoint(): Promise<BrokerEndpoint> {
    const { broker } = this.config
    const running = await runningBroker(this.directory)
    const host = broker.hosts[0]!
    if (running !== undefined) return { host, port: running.port, staffPort: running.staffPort }
    return { host, port: broker.port, staffPort: broker['staff-port'] }
  }

  /** The same for who connects to one of its listeners. */
  async address(listener: 'devices' | 'staff'): Promise<BrokerAddress> {
    const { host, port, staffPort } = await this.endpoint()
    const start = await brokerStart(this.config, this.directory)
    return { host, port: listener === 'staff' ? staffPort : port, start }
  }

  /** Who types. @throws NotFoundError `OPERATOR_MISSING`, `CREDENTIAL_MISSING` · UsageError `CREDENTIAL_BROKEN` */
  async operator(): Promise<Identity> {
    return this.identity(await chooseOperator(this.directory))
  }

  /** An operator's or service's credential. @throws NotFoundError `CREDENTIAL_MISSING` · UsageError `CREDENTIAL_BROKEN` */
  async identity(name: string): Promise<Identity> {
    return { name, credential: await ownCredential(this.directory, name) }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const opened = await Promise.allSettled(this.#opened.values())
    for (const one of opened) if (one.status === 'fulfilled') await one.value[Symbol.asyncDispose]()
    this.#opened.clear()
  }

  #open<T extends AsyncDisposable>(what: string, open: () => Promise<T>): Promise<T> {
    const before = this.#opened.get(what)
    if (before !== undefined) return before as Promise<T>
    const opening = open()
    this.#opened.set(what, opening)
    return opening
  }
}
