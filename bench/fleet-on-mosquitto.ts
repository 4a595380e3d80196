import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { poll } from '../src/lib/base/retry.ts'
import { TestFleet } from '../test/support/fleet.ts'
import { mosquittoBinary } from '../test/support/mosquitto.ts'
import { portAnswers } from '../test/support/port-answers.ts'

/** A fleet made by the program, on a mosquitto started from what `broker config` writes: mTLS, rules, two listeners. */
export class FleetOnMosquitto implements AsyncDisposable {
  readonly fleet: TestFleet
  readonly #configuration: string
  #mosquitto: ChildProcess | undefined

  private constructor(fleet: TestFleet, configuration: string) {
    this.fleet = fleet
    this.#configuration = configuration
  }

  static async start(): Promise<FleetOnMosquitto> {
    const fleet = await TestFleet.make({ broker: 'external' })
    const folder = path.join(fleet.folder, 'broker')
    await fleet.json('broker', 'config', '--to', folder)
    const served = new FleetOnMosquitto(fleet, path.join(folder, 'mosquitto.conf'))
    await served.run()
    return served
  }

  get pid(): number {
    return this.#mosquitto!.pid!
  }

  async run(): Promise<void> {
    this.#mosquitto = spawn(mosquittoBinary()!, ['-c', this.#configuration], { stdio: 'ignore' })
    const up = await poll(() => portAnswers(this.fleet.staffPort), { within: 10_000, every: 20 })
    if (up !== true) throw new Error('mosquitto did not start')
  }

  /** SIGTERM: it saves its sessions. */
  async stop(): Promise<void> {
    const ended = once(this.#mosquitto!, 'exit')
    this.#mosquitto!.kill('SIGTERM')
    await ended
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
    await this.fleet[Symbol.asyncDispose]()
  }
}
