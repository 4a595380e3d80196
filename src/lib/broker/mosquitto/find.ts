import { accessSync, constants } from 'node:fs'
import path from 'node:path'

/** Where packages put it, besides the PATH: Debian's lies where only root looks. */
const FOLDERS = ['/usr/sbin', '/usr/local/sbin', '/usr/local/bin', '/opt/homebrew/sbin']

/**
 * The mosquitto to run: FLOTILLA_MOSQUITTO, one on the PATH or where systems put it, else the one in the clone's cache
 * when flotilla runs from a clone.
 */
export function findMosquitto(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const named = environment['FLOTILLA_MOSQUITTO']
  if (named) return isExecutable(named) ? named : undefined
  const folders = [...(environment['PATH'] ?? '').split(path.delimiter), ...FOLDERS]
  const installed = folders
    .filter((folder) => path.isAbsolute(folder))
    .map((folder) => path.join(folder, 'mosquitto'))
  return [...installed, ...caches()].find(isExecutable)
}

/** From the sources, and from what is built of them, upward to the clone. */
function caches(): readonly string[] {
  const found: string[] = []
  for (let folder = import.meta.dirname; folder !== path.dirname(folder); folder = path.dirname(folder)) {
    found.push(path.join(folder, '.cache', 'services', 'mosquitto', 'bin', 'mosquitto'))
  }
  return found
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
