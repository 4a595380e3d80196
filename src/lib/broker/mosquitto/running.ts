import { execFile } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { readTextIfPresent } from '../../base/files.ts'
import { FILES } from './configuration.ts'

const run = promisify(execFile)

/**
 * The process id of the mosquitto that runs from this folder; undefined when none does. Its pid file is tried first,
 * but a second one that was started by mistake removes it, and a number may be another process by now: what counts is
 * a mosquitto with our configuration on its command line.
 */
export async function runningMosquitto(folder: string): Promise<number | undefined> {
  const configuration = path.join(folder, FILES.configuration)
  const isOurs = (words: readonly string[]): boolean =>
    words.includes(configuration) && words.some((word) => path.basename(word) === 'mosquitto')
  const noted = Number(await readTextIfPresent(path.join(folder, FILES.pid)))
  if (noted > 0 && isOurs(await commandLine(noted))) return noted
  for (const [pid, words] of await processes()) if (isOurs(words)) return pid
  return undefined
}

async function commandLine(pid: number): Promise<readonly string[]> {
  if (process.platform === 'linux') return (await readProc(pid)).split('\0')
  try {
    return (await run('ps', ['-o', 'command=', '-p', String(pid)])).stdout.trim().split(/\s+/)
  } catch {
    return [] // there is no such process
  }
}

async function processes(): Promise<readonly (readonly [number, readonly string[]])[]> {
  if (process.platform === 'linux') {
    const pids = (await readdir('/proc')).map(Number).filter((pid) => pid > 0)
    return Promise.all(pids.map(async (pid) => [pid, (await readProc(pid)).split('\0')] as const))
  }
  const { stdout } = await run('ps', ['-axo', 'pid=,command='])
  return stdout.split('\n').map((line) => {
    const [pid, ...words] = line.trim().split(/\s+/)
    return [Number(pid), words] as const
  })
}

async function readProc(pid: number): Promise<string> {
  try {
    return (await readTextIfPresent(`/proc/${pid}/cmdline`)) ?? ''
  } catch {
    return '' // it ended while it was read
  }
}
