import { existsSync } from 'node:fs'
import path from 'node:path'
import { NotFoundError } from '../../base/errors.ts'

/** What to say where `findMosquitto` found none, and what helps on this machine. */
export function mosquittoMissing(environment: NodeJS.ProcessEnv = process.env): NotFoundError {
  const named = environment['FLOTILLA_MOSQUITTO']
  const message = named
    ? `FLOTILLA_MOSQUITTO names no program that can be run: ${named}.`
    : 'There is no mosquitto on this machine.'
  const install = 'Install it (Debian: sudo apt-get install mosquitto)'
  const name = 'name it: FLOTILLA_MOSQUITTO=/path/to/mosquitto'
  const hint = isClone()
    ? `${install}, fetch it into this clone (${FETCH}), or ${name}`
    : `${install}, or ${name}`
  return new NotFoundError('MOSQUITTO_MISSING', message, { hint, layer: 'mqtt' })
}

const SCRIPT = path.join('scripts', 'services.js')
const FETCH = `node ${SCRIPT} mosquitto`

/** The published package has no scripts. */
function isClone(): boolean {
  for (let folder = import.meta.dirname; folder !== path.dirname(folder); folder = path.dirname(folder)) {
    if (existsSync(path.join(folder, SCRIPT))) return true
  }
  return false
}
