import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { freePort } from './free-port.ts'
import { type Finished, flotilla, flotillaJson, Running } from './program.ts'

export type BrokerKind = 'embedded' | 'mosquitto' | 'external'

export const PASSPHRASE = 'correct horse battery'

/** A throw-away fleet directory made by the real `init`, and the program run on it. */
export class TestFleet implements AsyncDisposable {
  readonly name = 'acme'
  readonly folder: string
  readonly port: number
  readonly staffPort: number

  private constructor(folder: string, port: number, staffPort: number) {
    this.folder = folder
    this.port = port
    this.staffPort = staffPort
  }

  static async make({ broker = 'embedded' }: { readonly broker?: BrokerKind } = {}): Promise<TestFleet> {
    const folder = await mkdtemp(path.join(tmpdir(), 'flotilla-e2e-'))
    const fleet = new TestFleet(folder, await freePort(), await freePort())
    const ports = ['--port', String(fleet.port), '--staff-port', String(fleet.staffPort)]
    const { code, stderr } = await flotilla(
      ['init', folder, '--name', fleet.name, '--broker', broker, ...ports],
      { env: ENV },
    )
    if (code !== 0) throw new Error(`init ended with ${code}: ${stderr}`)
    return fleet
  }

  run(...args: readonly string[]): Promise<Finished> {
    return flotilla([...args, '--fleet', this.folder], { env: ENV })
  }

  json<T>(...args: readonly string[]): Promise<T> {
    return flotillaJson<T>([...args, '--fleet', this.folder], { env: ENV })
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

const ENV = { FLOTILLA_CA_PASSPHRASE: PASSPHRASE, FLOTILLA_OPERATOR: '' }
