import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { freePort } from './free-port.ts'
import { type Finished, flotilla, flotillaJson, Running } from './program.ts'
import { PASSWORD as STORE_PASSWORD } from './questdb.ts'

export type BrokerKind = 'embedded' | 'mosquitto' | 'external'

export const PASSPHRASE = 'correct horse battery'

export interface FleetChoices {
  readonly broker?: BrokerKind
  readonly name?: string
  /** Where the run's QuestDB is; else telemetry is kept in the fleet's folder. */
  readonly questdb?: string
  /** Where its folder is made; else where the system puts what is thrown away. */
  readonly below?: string
}

/** A throw-away fleet directory made by the real `init`, and the program run on it. */
export class TestFleet implements AsyncDisposable {
  readonly name: string
  readonly folder: string
  readonly port: number
  readonly staffPort: number

  private constructor(name: string, folder: string, port: number, staffPort: number) {
    this.name = name
    this.folder = folder
    this.port = port
    this.staffPort = staffPort
  }

  static async make({
    broker = 'embedded',
    name = 'acme',
    questdb,
    below = tmpdir(),
  }: FleetChoices = {}): Promise<TestFleet> {
    const folder = await mkdtemp(path.join(below, 'flotilla-e2e-'))
    const fleet = new TestFleet(name, folder, await freePort(), await freePort())
    const ports = ['--port', String(fleet.port), '--staff-port', String(fleet.staffPort)]
    const store = questdb === undefined ? [] : ['--store', 'questdb', '--store-url', questdb]
    const { code, stderr } = await flotilla(
      ['init', folder, '--name', fleet.name, '--broker', broker, ...ports, ...store],
      { env: ENV },
    )
    if (code === 0) return fleet
    await fleet[Symbol.asyncDispose]()
    throw new Error(`init ended with ${code}: ${stderr}`)
  }

  run(...args: readonly string[]): Promise<Finished> {
    return flotilla([...args, '--fleet', this.folder], { env: ENV })
  }

  json<T>(...args: readonly string[]): Promise<T> {
    return flotillaJson<T>([...args, '--fleet', this.folder], { env: ENV })
  }

  /** The same with something on standard input. */
  jsonWith<T>(input: string, ...args: readonly string[]): Promise<T> {
    return flotillaJson<T>([...args, '--fleet', this.folder], { env: ENV, input })
  }

  start(...args: readonly string[]): Running {
    return new Running([...args, '--fleet', this.folder, '--json'], { env: ENV })
  }

  /** `flotilla up`, listening. */
  async up(): Promise<Running> {
    const running = this.start('up')
    await running.line(({ event }) => event === 'listening')
    return running
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  }
}

const ENV = {
  FLOTILLA_CA_PASSPHRASE: PASSPHRASE,
  FLOTILLA_OPERATOR: '',
  FLOTILLA_STORE_PASSWORD: STORE_PASSWORD,
}
