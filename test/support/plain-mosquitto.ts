import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import path from 'node:path'
import { poll } from '../../src/lib/base/retry.ts'
import type { TestAuthorities } from './certificates.ts'
import { portAnswers } from './port-answers.ts'

export interface MosquittoOptions {
  readonly binary: string
  readonly authorities: TestAuthorities
  readonly port: number
}

/** A real mosquitto over mutual TLS that lets everybody do everything, keeps sessions on disk and can be restarted. */
export class PlainMosquitto implements AsyncDisposable {
  readonly address: { readonly host: string; readonly port: number }
  readonly #binary: string
  readonly #folder: string
  #child: ChildProcess | undefined

  private constructor({ binary, port }: MosquittoOptions, folder: string) {
    this.#binary = binary
    this.#folder = folder
    this.address = { host: '127.0.0.1', port }
  }

  static async start(options: MosquittoOptions): Promise<PlainMosquitto> {
    const folder = await mkdtemp(path.join(tmpdir(), 'flotilla-mosquitto-'))
    const { server, deviceTrust, staffTrust } = options.authorities
    const write = (name: string, text: string): Promise<void> => writeFile(path.join(folder, name), text)
    await write('key.pem', server.key)
    await write('chain.pem', server.chain)
    await write('trust.pem', [...deviceTrust, ...staffTrust].join(''))
    await write('mosquitto.conf', configuration(folder, options.port))
    const broker = new PlainMosquitto(options, folder)
    await broker.run()
    return broker
  }

  async run(): Promise<void> {
    const file = path.join(this.#folder, 'mosquitto.conf')
    this.#child = spawn(this.#binary, ['-c', file], { stdio: 'ignore' })
    const up = await poll(() => portAnswers(this.address.port), { within: 5000, every: 20 })
    if (up !== true) throw new Error('mosquitto did not start')
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** SIGTERM: it saves its sessions. */
  async stop(): Promise<void> {
    const child = this.#child
    if (child === undefined || child.exitCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    await ended
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
    await rm(this.#folder, { recursive: true })
  }
}

function configuration(folder: string, port: number): string {
  return [
    `listener ${port} 127.0.0.1`,
    `cafile ${folder}/trust.pem`,
    `certfile ${folder}/chain.pem`,
    `keyfile ${folder}/key.pem`,
    'require_certificate true',
    'use_identity_as_username true',
    'persistence true',
    `persistence_location ${folder}/`,
    'max_queued_messages 10000000',
    'max_inflight_messages 0',
    `user ${userInfo().username}`,
    '',
  ].join('\n')
}
