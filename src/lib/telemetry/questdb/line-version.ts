import { UsageError } from '../../base/errors.ts'
import type { QuestdbServer } from './server.ts'

/** @throws UsageError `STORE_VERSION` when the server does not read the lines that are written here */
export async function requireVersion2(server: QuestdbServer): Promise<void> {
  const versions = await server.lineVersions()
  if (versions.includes(2)) return
  const message = `QuestDB at ${server.address} is too old: it does not read line protocol 2.`
  throw new UsageError('STORE_VERSION', message, { layer: 'store', hint: 'Update it to 9.0 or later.' })
}
