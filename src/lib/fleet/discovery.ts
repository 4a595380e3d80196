import { existsSync } from 'node:fs'
import path from 'node:path'
import { NotFoundError } from '../base/errors.ts'
import { isPresent } from '../base/files.ts'
import { FleetDirectory } from './directory.ts'

/**
 * The fleet directory: the one that is named (`--fleet`, `FLOTILLA_FLEET`), else the nearest with a fleet.yaml upward.
 * @throws NotFoundError `FLEET_MISSING`
 */
export function findFleetDirectory(named: string | undefined, from: string = process.cwd()): FleetDirectory {
  if (named !== undefined) {
    const directory = new FleetDirectory(path.resolve(from, named))
    if (isPresent(directory.configFile)) return directory
    throw new NotFoundError('FLEET_MISSING', `${named} is no fleet directory: it has no fleet.yaml.`, {
      hint: `Make it one: flotilla init ${named}`,
    })
  }
  for (let folder = path.resolve(from); ; folder = path.dirname(folder)) {
    const directory = new FleetDirectory(folder)
    if (existsSync(directory.configFile)) return directory
    if (path.dirname(folder) === folder) break
  }
  throw new NotFoundError('FLEET_MISSING', 'There is no fleet.yaml here or in a folder above.', {
    hint: 'Make a fleet with "flotilla init DIR", or name one with --fleet DIR or FLOTILLA_FLEET.',
  })
}
