import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'

/** One mosquitto process of ours. */
export interface MosquittoChild {
  readonly pid: number | undefined
  /** Resolves when it has ended, with how. */
  readonly ended: Promise<string>
  signal(name: 'SIGHUP' | 'SIGTERM' | 'SIGKILL'): void
  /** Asks it to end, so that it saves what it holds, and makes it after a while. */
  stop(): Promise<void>
}

export interface ChildOptions {
  readonly binary: string
  /** mosquitto.conf */
  readonly configuration: string
  readonly onLine: (line: string) => void
}

const SAVING_MS = 10_000
const PATIENCE_MS = 500
/** util-linux: the kernel signals the program when its parent dies, however that was. */
const SETPRIV = '/usr/bin/setpriv'

export function spawnMosquitto({ binary, configuration, onLine }: ChildOptions): MosquittoChild {
  const args = ['-c', configuration]
  const [program, ...all] = existsSync(SETPRIV)
    ? ([SETPRIV, '--pdeathsig', 'TERM', binary, ...args] as const)
    : ([binary, ...args] as const)
  // Detached, in a process group of its own: a terminal sends Ctrl-C to every process of ours, and mosquitto would be
  // gone before what it holds is stored. It ends when we say so, or die.
  const child = spawn(program, all, { stdio: ['ignore', 'ignore', 'pipe'], detached: true })
  createInterface(child.stderr).on('line', onLine)
  const ended = endOf(child)
  const signal = (name: 'SIGHUP' | 'SIGTERM' | 'SIGKILL'): void => void child.kill(name)
  return {
    pid: child.pid,
    ended,
    signal,
    async stop() {
      const isRunning = (): boolean => child.exitCode === null && child.signalCode === null
      // More than once: it forgets one that comes between its word that it runs and its main loop.
      for (let waited = 0; isRunning() && waited < SAVING_MS; waited += PATIENCE_MS) {
        signal('SIGTERM')
        await Promise.race([ended, sleep(PATIENCE_MS, undefined, { ref: false })])
      }
      signal('SIGKILL')
      await ended
    },
  }
}

async function endOf(child: ChildProcess): Promise<string> {
  try {
    // `close` follows when its last words are read.
    const [code, signal] = await once(child, 'close')
    return signal === null ? `exit code ${code}` : `signal ${signal}`
  } catch (error) {
    return String(error) // it could not be started
  }
}
