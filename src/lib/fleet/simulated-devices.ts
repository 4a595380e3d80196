import { readdir } from 'node:fs/promises'
import { NotFoundError, systemCode } from '../base/errors.ts'
import { pathToDeviceId } from '../base/names.ts'
import type { SimulatedDevice } from '../device/simulate.ts'
import { countedIds } from '../provisioning/device-ids.ts'
import { readCredential } from './credentials.ts'
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

/** Folders that are read at the same time: four files each, and descriptors are few. */
const AT_ONCE = 64

/**
 * The devices to simulate, with what they prove themselves by.
 * @throws NotFoundError `CREDENTIAL_MISSING` when one that was asked for has no credential here, `DEVICE_UNKNOWN`
 */
export async function simulatedDevices(fleet: Fleet, choice: SimulationChoice): Promise<SimulatedDevice[]> {
  const ids = await chosenIds(fleet, choice)
  const devices: SimulatedDevice[] = []
  const missing: string[] = []
  for (let start = 0; start < ids.length; start += AT_ONCE) {
    const batch = ids.slice(start, start + AT_ONCE)
    const credentials = await Promise.all(batch.map((id) => credentialIfPresent(fleet.directory, id)))
    for (const [index, id] of batch.entries()) {
      const credential = credentials[index]
      if (credential === undefined) missing.push(id)
      else devices.push({ id, credential })
    }
  }
  if (missing.length > 0) throw credentialsMissing(missing, ids.length, choice)
  if (devices.length === 0) throw nobodyToSimulate()
  return devices
}

async function chosenIds(fleet: Fleet, { words, count, prefix }: SimulationChoice): Promise<string[]> {
  if (prefix !== undefined) return countedIds(prefix, count ?? 1)
  const ids =
    words.length === 0
      ? await idsWithFolder(fleet.directory)
      : (await selectDevices(await fleet.registry(), words)).map(({ id }) => id)
  return ids.slice(0, count)
}

async function idsWithFolder(directory: FleetDirectory): Promise<string[]> {
  try {
    const names = await readdir(directory.devices)
    return names
      .map(pathToDeviceId)
      .filter((id) => id !== undefined)
      .toSorted()
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return []
    throw error
  }
}

async function credentialIfPresent(directory: FleetDirectory, id: string) {
  try {
    return await readCredential(directory.device(id))
  } catch (error) {
    if (error instanceof NotFoundError) return undefined
    throw error
  }
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
