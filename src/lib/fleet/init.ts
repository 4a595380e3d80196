import { chmod, mkdir, readdir } from 'node:fs/promises'
import { systemCode } from '../base/errors.ts'
import { PRIVATE_FOLDER, readTextIfPresent, writeFileAtomic } from '../base/files.ts'
import { once } from '../base/once.ts'
import { takeLock } from '../base/process-lock.ts'
import { refuseOtherChoices, refuseWrongChoices } from './chosen-config.ts'
import type { FleetConfig } from './config.ts'
import { parseConfig } from './config.ts'
import { type ConfigChoices, configText } from './config-text.ts'
import { operatorNameOfUser } from './credentials.ts'
import { FleetDirectory } from './directory.ts'
import { refuseOtherName } from './lasting-name.ts'
import { checkStoreOwner, type StoreProblem, tryToPrepareStore } from './prepare-store.ts'

export interface InitRequest extends ConfigChoices {
  readonly folder: string
  /** The flags that were typed, `--port`; what else is chosen is a default and yields to a fleet.yaml that is there. */
  readonly given: ReadonlySet<string>
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
  readonly store: {
    readonly kind: FleetConfig['store']['kind']
    /** Why its tables could not be made yet; `migrate`, `up` and `serve` do it later. */
    readonly problem: StoreProblem | null
  }
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
 * goes on where a killed one stopped. A first run asks everything before it writes: one that fails leaves nothing.
 * @throws UsageError `CHOICE`, `FLEET_OTHER` when the folder holds a fleet that differs from what was typed,
 *   `FLEET_NAME` when its file names another than its CAs, `STORE_FLEET` when the tables of its store are another fleet's
 */
export async function initFleet(request: InitRequest): Promise<InitResult> {
  const directory = new FleetDirectory(request.folder)
  const wanted = (await presentConfig(directory, request)) ?? chosenConfig(directory, request)
  const isAway = await checkStoreOwner(wanted)
  const newPassphrase = once(request.newPassphrase)
  if (await isEmpty(directory.ca)) await newPassphrase()
  await makeFolders(directory)
  using _lock = await takeLock(directory.lock('init'), { what: 'flotilla init', wait: 10_000 })
  const made: string[] = []
  const step = (what: string) => {
    made.push(what)
    request.onStep?.(what)
  }
  const config = await ensureConfig(directory, request, step)
  const { ensureCredentials } = await import('./init-credentials.ts')
  await ensureCredentials({ ...request, newPassphrase, directory, config, step })
  const store = isAway ?? (await tryToPrepareStore(config))
  if ('changes' in store)
    for (const { table, change } of store.changes) if (change === 'made') step(`store/${table}`)
  return {
    fleet: config.name,
    folder: directory.root,
    broker: config.broker.kind,
    hosts: config.broker.hosts,
    operator: operatorNameOfUser(),
    made,
    store: { kind: config.store.kind, problem: 'changes' in store ? null : store },
  }
}

async function makeFolders(directory: FleetDirectory): Promise<void> {
  const { data, run, credentials, ca, devices } = directory
  await mkdir(directory.root, { recursive: true })
  for (const folder of [data, run, credentials, ca, devices]) {
    await mkdir(folder, { recursive: true, mode: PRIVATE_FOLDER })
    await chmod(folder, PRIVATE_FOLDER)
  }
}

async function isEmpty(folder: string): Promise<boolean> {
  try {
    return (await readdir(folder)).length === 0
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return true
    throw error
  }
}

/** The configuration that is there; undefined: none is, and what was chosen can become one. */
async function presentConfig(
  directory: FleetDirectory,
  request: InitRequest,
): Promise<FleetConfig | undefined> {
  const { configFile } = directory
  const source = await readTextIfPresent(configFile)
  if (source === undefined) {
    refuseWrongChoices(request)
    await refuseOtherName(directory, request.name)
    return undefined
  }
  const config = parseConfig(source, configFile)
  await refuseOtherName(directory, config.name)
  refuseOtherChoices(configFile, config, request, request.given)
  return config
}

async function ensureConfig(
  directory: FleetDirectory,
  request: InitRequest,
  step: (what: string) => void,
): Promise<FleetConfig> {
  if ((await readTextIfPresent(directory.gitignore)) === undefined) {
    await writeFileAtomic(directory.gitignore, GITIGNORE)
  }
  const present = await presentConfig(directory, request)
  if (present !== undefined) return present
  await writeFileAtomic(directory.configFile, configText(request))
  step('fleet.yaml')
  return chosenConfig(directory, request)
}

function chosenConfig({ configFile }: FleetDirectory, request: InitRequest): FleetConfig {
  return parseConfig(configText(request), configFile)
}
