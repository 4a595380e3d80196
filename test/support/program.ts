import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'

const RUN = path.resolve(import.meta.dirname, '../../bin/run.js')

export interface Finished {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

interface RunOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  readonly input?: string
  /** The number of another user, whom only root can become. */
  readonly user?: number
}

function start(args: readonly string[], { env, cwd, input, user }: RunOptions): ChildProcess {
  const { NODE_ENV: _, VITEST: __, FLOTILLA_FLEET: ___, ...rest } = process.env
  const child = spawn(process.execPath, [RUN, ...args], {
    cwd,
    ...(user === undefined ? {} : { uid: user, gid: user }),
    env: { ...rest, CI: '1', NO_COLOR: '1', ...env },
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  })
  if (input !== undefined) child.stdin?.end(input)
  return child
}

/** Runs the built program to its end; stdout, stderr and the exit code apart. */
export async function flotilla(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const child = start(args, options)
  const text = { stdout: '', stderr: '' }
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (text.stdout += chunk))
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (text.stderr += chunk))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, ...text }
}

/** Runs a command with --json and gives back its document. */
export async function flotillaJson<T>(args: readonly string[], options: RunOptions = {}): Promise<T> {
  const { code, stdout, stderr } = await flotilla([...args, '--json'], options)
  if (code !== 0) throw new Error(`flotilla ${args.join(' ')} ended with ${code}: ${stdout}${stderr}`)
  return JSON.parse(stdout) as T
}

/** A program that keeps running, its NDJSON lines as they come. */
export class Running implements AsyncDisposable {
  readonly child: ChildProcess
  readonly lines: string[] = []
  stderr = ''
  #rest = ''
  readonly #wake = new Set<() => void>()

  constructor(args: readonly string[], options: RunOptions = {}) {
    this.child = start(args, options)
    this.child.stdout?.setEncoding('utf8').on('data', (chunk: string) => this.#take(chunk))
    this.child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (this.stderr += chunk))
    this.child.on('close', () => this.#wakeAll())
  }

  /** The first line that fits, already printed or yet to come. */
  async line<T>(fits: (line: Record<string, unknown>) => boolean, within = 20_000): Promise<T> {
    const deadline = performance.now() + within
    for (;;) {
      for (const text of this.lines) {
        const line = JSON.parse(text) as Record<string, unknown>
        if (fits(line)) return line as T
      }
      if (this.child.exitCode !== null)
        throw new Error(`It ended with ${this.child.exitCode}: ${this.stderr}`)
      const left = deadline - performance.now()
      if (left <= 0)
        throw new Error(`No such line within ${within} ms. Lines:\n${this.lines.join('\n')}\n${this.stderr}`)
      await this.#next(left)
    }
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return this.child.exitCode
    this.child.kill(signal)
    const [code] = (await once(this.child, 'close')) as [number | null]
    return code
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop('SIGKILL')
  }

  #take(chunk: string): void {
    const parts = (this.#rest + chunk).split('\n')
    this.#rest = parts.pop()!
    this.lines.push(...parts.filter((part) => part !== ''))
    this.#wakeAll()
  }

  #wakeAll(): void {
    for (const wake of this.#wake) wake()
    this.#wake.clear()
  }

  #next(within: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, within)
      this.#wake.add(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  }
}
