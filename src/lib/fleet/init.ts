import { chmod, mkdir } from 'node:fs/promises'
import { UsageError } from '../base/errors.ts'
import { PRIVATE_FOLDER, readTextIfPresent, writeFileAtomic } from '../base/files.ts'
import { takeLock } from '../base/process-lock.ts'
import type { FleetConfig } from './config.ts'
import { parseConfig } from './config.ts'
import { type ConfigChoices, configText } from './config-text.ts'
import { operatorNameOfUser } from './credentials.ts'
import { FleetDirectory } from './directory.ts'

export interface InitRequest extends ConfigChoices {
  readonly folder: string
  /** The passphrase of new CA keys; undefined only when the user asked for unencrypted ones. Asked for only when needed. */
  readonly newPassphrase: () => Promise<string | undefined>
  /** The passphrase of CA keys that exist already. */
  readonly passphrase: () => Promise<string>
  readonly onStep?: (step: string) => void
}

/** What `init` prints with --json. */
export interface InitResult {
  readonly fleet: string
  readonly folder: string
  readonly broker: FleetConfig['broker']['kind']
  readonly hosts: readonly string[]
  readonly operator: string
  /** What was made now; empty when everything was there. */
  readonly made: readonly string[]
}

const GITIGNORE = `# Keys, credentials and data of the fleet: never commit them.
/ca/
/credentials/
/devices/
/data/
`

/**
 * Makes a fleet directory whole: configuration, certificate authorities with their CRLs, the credentials of the
 * server, the services and the operator, the registry. What exists is kept, so it may be run again at any time, and
 * goes on where a killed one stopped.
 * @throws UsageError `FLEET_OTHER` when the folder holds a fleet of another name
 */
export async function initFleet(request: InitRequest): Promise<InitResult> {
  const directory = new FleetDirectory(request.folder)
  await mkdir(directory.root, { recursive: true })
  for (const folder of [
    directory.data,
    directory.run,
    directory.credentials,
    directory.ca,
    directory.devices,
  ]) {
    await mkdir(folder, { recursive: true, mode: PRIVATE_FOLDER })
    await chmod(folder, PRIVATE_FOLDER)
  }
  using _lock = await takeLock(directory.lock('init'), { what: 'flotilla init', wait: 10_000 })
  const made: string[] = []
  const step = (what: string) => {
    made.push(what)
    request.onStep?.(what)
  }
  const config = await ensureConfig(directory, request, step)
  const { ensureCredentials } = await import('./init-credentials.ts')
  await ensureCredentials({ ...request, directory, config, step })
  return {
    fleet: config.name,
    folder: directory.root,
    broker: config.broker.kind,
    hosts: config.broker.hosts,
    operator: operatorNameOfUser(),
    made,
  }
}

async function ensureConfig(
  directory: FleetDirectory,
  request: InitRequest,
  step: (what: string) => void,
): Promise<FleetConfig> {
  if ((await readTextIfPresent(directory.gitignore)) === undefined) {
    await writeFileAtomic(directory.gitignore, GITIGNORE)
  }
  const existing = await readTextIfPresent(directory.configFile)
  if (existing === undefined) {
    const source = configText(request)
    const config = parseConfig(source, directory.configFile) // what was chosen is checked before it is written
    await writeFileAtomic(directory.configFile, source)
    step('fleet.yaml')
    return config
  }
  const config = parseConfig(existing, directory.configFile)
  if (config.name === request.name) return config
  throw new UsageError(
    'FLEET_OTHER',
    `${directory.root} holds the fleet ${config.name}, not ${request.name}.`,
    {
      hint: 'Choose another folder, or leave --name out to complete the one that is there.',
    },
  )
}
