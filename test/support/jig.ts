import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { createInterface, type Interface } from 'node:readline'

const RUN = path.resolve(import.meta.dirname, '../../bin/run.js')

/** A test jig with the program as its coprocess: it asks a line, and waits for the answer before it asks another. */
export class Jig implements AsyncDisposable {
  readonly child: ChildProcess
  readonly #lines: Interface
  readonly #answers: AsyncIterator<string>

  /** @param program what it is to Node; else ours */
  constructor(
    args: readonly string[],
    env: Readonly<Record<string, string>>,
    program: readonly string[] = [RUN],
  ) {
    this.child = spawn(process.execPath, [...program, ...args], {
      env: { ...process.env, CI: '1', NO_COLOR: '1', ...env },
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    this.#lines = createInterface({ input: this.child.stdout! })
    this.#answers = this.#lines[Symbol.asyncIterator]()
  }

  async ask(line: object | string): Promise<Record<string, unknown>> {
    this.child.stdin!.write(`${typeof line === 'string' ? line : JSON.stringify(line)}\n`)
    const { value, done } = await this.#answers.next()
    if (done) throw new Error('It ended without an answer.')
    return JSON.parse(value) as Record<string, unknown>
  }

  /** Nothing more is asked; its exit code. */
  async end(): Promise<number | null> {
    this.child.stdin!.end()
    return this.#exit()
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL')
    await this.#exit()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
    this.#lines.close()
  }

  async #exit(): Promise<number | null> {
    const { exitCode, signalCode } = this.child
    if (exitCode === null && signalCode === null) await once(this.child, 'exit')
    return this.child.exitCode
  }
}
