import { NotFoundError, UsageError } from '../base/errors.ts'
import { pathToDeviceId } from '../base/names.ts'
import { openFilesLimit } from '../base/open-files.ts'
import type { SimulatedDevice } from '../device/simulate.ts'
import { countedIds } from '../provisioning/device-ids.ts'
import { HeldCredentials, hasKey } from '../provisioning/held-credentials.ts'
import { namesIn } from './credentials.ts'
import type { FleetDirectory } from './directory.ts'
import type { Fleet } from './fleet.ts'
import { selectDevices } from './select-devices.ts'

export interface SimulationChoice {
  /** A selector; no words and no prefix choose every device whose credential lies here. */
  readonly words: readonly string[]
  readonly count: number | undefined
  /** With `count`: the ids that `device provision --count N --prefix P` makes. */
  readonly prefix: string | undefined
}

/**
 * The devices to simulate, with what they prove themselves by.
 * @throws NotFoundError `CREDENTIAL_MISSING` when one that was asked for has no credential here, `DEVICE_UNKNOWN`
 * @throws UsageError `DESCRIPTORS_FEW`
 */
export async function simulatedDevices(fleet: Fleet, choice: SimulationChoice): Promise<SimulatedDevice[]> {
  const held = new HeldCredentials(fleet.directory.devices)
  const ids = await chosenIds(fleet, held, choice)
  requireDescriptors(ids.length) // before the credentials, which are files too
  const credentials = await held.read(ids)
  const devices: SimulatedDevice[] = []
  let anchor = '' // of all devices the same, and held once
  const missing: string[] = []
  for (const id of ids) {
    const credential = credentials.get(id)
    if (credential === undefined || !hasKey(credential)) missing.push(id)
    else {
      if (credential.anchor !== anchor) anchor = credential.anchor
      devices.push({ id, credential: { key: credential.key, chain: credential.chain, anchor } })
    }
  }
  if (missing.length > 0) throw credentialsMissing(missing, ids.length, choice)
  if (devices.length === 0) throw nobodyToSimulate()
  return devices
}

async function chosenIds(
  fleet: Fleet,
  held: HeldCredentials,
  { words, count, prefix }: SimulationChoice,
): Promise<string[]> {
  if (prefix !== undefined) return countedIds(prefix, count ?? 1)
  const ids =
    words.length === 0
      ? await idsHere(fleet.directory, held)
      : (await selectDevices(fleet, words)).map(({ id }) => id)
  return ids.slice(0, count)
}

async function idsHere({ devices }: FleetDirectory, held: HeldCredentials): Promise<string[]> {
  const inFolders = (await namesIn(devices)).map(pathToDeviceId).filter((id) => id !== undefined)
  return [...new Set([...inFolders, ...(await held.packed())])].toSorted()
}

/** Beside the devices' connections: databases, standard streams, what is loaded on the way. */
const OWN_FILES = 100

/** Node has raised the limit as far as it may by then. Beyond it nothing could be opened, not even what says so. */
function requireDescriptors(devices: number): void {
  const limit = openFilesLimit()
  const needed = devices + OWN_FILES
  if (limit >= needed) return
  throw new UsageError(
    'DESCRIPTORS_FEW',
    `${devices} devices need ${needed} open files and connections; this process may have ${limit}.`,
    { hint: hintFor(needed, limit - OWN_FILES) },
  )
}

function hintFor(needed: number, possible: number): string {
  const raise = `Allow more (ulimit -n ${needed}, systemd LimitNOFILE=${needed})`
  return possible > 0 ? `${raise}, or fewer: --count ${possible}` : `${raise}.`
}

function credentialsMissing(missing: readonly string[], all: number, { count, prefix }: SimulationChoice) {
  const shown = missing.slice(0, 5).join(', ') + (missing.length > 5 ? ` and ${missing.length - 5} more` : '')
  const who = all === 1 ? `${shown} has` : `${missing.length} of ${all} devices have`
  const which = all === 1 ? '' : `: ${shown}`
  const what =
    prefix === undefined ? missing.slice(0, 5).join(' ') : `--count ${count ?? 1} --prefix ${prefix}`
  return new NotFoundError('CREDENTIAL_MISSING', `${who} no credential in this fleet directory${which}.`, {
    hint: `Make ${all === 1 ? 'it' : 'them'}: flotilla device provision ${what}`,
  })
}

function nobodyToSimulate(): NotFoundError {
  return new NotFoundError('CREDENTIAL_MISSING', 'No device has a credential in this fleet directory.', {
    hint: 'Make some: flotilla device provision --count 5 --prefix pump',
  })
}
