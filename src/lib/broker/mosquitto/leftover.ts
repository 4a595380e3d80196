import { poll } from '../../base/retry.ts'
import { runningMosquitto } from './running.ts'

const SAVING_MS = 10_000

/**
 * Ends a mosquitto that runs from this folder although nobody watches it: its parent was killed where the system does
 * not pass that on. It holds the ports, and what it knows is on its way to disk.
 */
export async function endLeftover(folder: string): Promise<boolean> {
  const pid = await runningMosquitto(folder)
  if (pid === undefined) return false
  process.kill(pid, 'SIGTERM')
  const gone = async () => ((await runningMosquitto(folder)) === pid ? undefined : true)
  if ((await poll(gone, { within: SAVING_MS })) === undefined) process.kill(pid, 'SIGKILL')
  return true
}
