import { UsageError } from '../base/errors.ts'
import { readTextIfPresent } from '../base/files.ts'
import { authorityFile } from '../pki/authority-file.ts'
import { fleetOfRoot } from '../pki/root-title.ts'
import type { FleetDirectory } from './directory.ts'

/**
 * A fleet's name stands in the topics of its devices and in its tables. Under another one everything would start, and
 * nothing that a device sends would be taken. The device root says which it is: made first, and never made again.
 * @throws UsageError `FLEET_NAME`
 */
export async function refuseOtherName({ root, ca, configFile }: FleetDirectory, name: string): Promise<void> {
  const file = authorityFile(ca, 'root', 'cert')
  const lasting = await fleetOf(file)
  if (lasting === undefined || lasting === name) return
  const message = `The fleet in ${root} is called ${lasting}, as ${file} says; it cannot become ${name}.`
  throw new UsageError('FLEET_NAME', message, {
    hint: `The topics of its devices and its tables carry the name. Put it back into ${configFile}: "name: ${lasting}" (init: --name ${lasting}). Another fleet goes into another folder.`,
  })
}

/** What is missing or cannot be read is `doctor`'s to say. */
async function fleetOf(file: string): Promise<string | undefined> {
  try {
    const text = await readTextIfPresent(file)
    if (text === undefined) return undefined
    const { X509Certificate } = await import('node:crypto')
    return fleetOfRoot(new X509Certificate(text))
  } catch {
    return undefined
  }
}
