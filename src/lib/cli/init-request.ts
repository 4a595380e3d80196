import { existsSync } from 'node:fs'
import path from 'node:path'
import { UsageError } from '../base/errors.ts'
import { isFleetName } from '../base/names.ts'
import { isHost } from '../fleet/config.ts'
import { FleetDirectory } from '../fleet/directory.ts'
import { Fleet } from '../fleet/fleet.ts'
import type { InitRequest } from '../fleet/init.ts'
import { caPassphrase, newCaPassphrase } from './passphrase.ts'
import { type StoreFlags, storeChoice } from './store-flags.ts'
import type { Terminal } from './terminal.ts'

interface InitFlags extends StoreFlags {
  readonly name?: string | undefined
  readonly host?: readonly string[] | undefined
  readonly broker: InitRequest['brokerKind']
  readonly port: number
  readonly 'staff-port': number
  readonly 'unencrypted-ca-keys': boolean
  readonly 'passphrase-file'?: string | undefined
}

/**
 * The flags of `init`, and what a person answers where they are silent.
 * @param given the flags that were typed: `--port`
 */
export async function initRequest(
  folder: string,
  flags: InitFlags,
  given: ReadonlySet<string>,
  terminal: Terminal,
): Promise<InitRequest> {
  const directory = new FleetDirectory(folder)
  const name = existsSync(directory.configFile)
    ? (flags.name ?? (await Fleet.at(directory)).name)
    : (flags.name ?? (await askName(directory.root, terminal)))
  const options = { file: flags['passphrase-file'], terminal }
  return {
    folder: directory.root,
    given,
    name,
    brokerKind: flags.broker,
    hosts: await chooseHosts(flags.host, directory, terminal),
    port: flags.port,
    staffPort: flags['staff-port'],
    store: storeChoice(flags),
    newPassphrase: async () => (flags['unencrypted-ca-keys'] ? undefined : newCaPassphrase(options)),
    passphrase: caPassphrase(options),
    onStep: (step) => terminal.note(`  ${terminal.notePaint.good('made')}  ${step}`),
  }
}

async function askName(root: string, terminal: Terminal): Promise<string> {
  const suggestion = path.basename(root).toLowerCase()
  if (!terminal.interactive) {
    if (isFleetName(suggestion)) return suggestion
    throw new UsageError(
      'NAME_MISSING',
      `The folder's name, ${JSON.stringify(suggestion)}, cannot name a fleet.`,
      {
        hint: 'Give the fleet a name: --name NAME',
      },
    )
  }
  const { ask } = await import('./prompts.ts')
  return ask('Name of the fleet:', {
    ...(isFleetName(suggestion) ? { default: suggestion } : {}),
    check: (text) =>
      isFleetName(text) || 'A lower-case letter, then up to 31 lower-case letters, digits, - or _.',
  })
}

async function chooseHosts(
  given: readonly string[] | undefined,
  directory: FleetDirectory,
  terminal: Terminal,
): Promise<readonly string[]> {
  if (given !== undefined && given.length > 0) return given
  const local = ['localhost', '127.0.0.1']
  if (!terminal.interactive || existsSync(directory.configFile)) return local
  const { ask } = await import('./prompts.ts')
  const answer = await ask('Names or addresses that devices reach the broker by:', {
    default: local.join(' '),
    check: (text) => {
      const wrong = words(text).find((word) => !isHost(word))
      return wrong === undefined || `${JSON.stringify(wrong)} is neither a host name nor an IP address.`
    },
  })
  return words(answer)
}

function words(text: string): readonly string[] {
  return text.split(/[\s,]+/).filter((word) => word !== '')
}
