import type { ImportResult } from '../fleet/import-devices.ts'
import type { Paint } from '../ui/paint.ts'
import { idList } from './bar-text.ts'
import { certificateList } from './revoke-text.ts'

export function importText({ devices, certificates }: ImportResult, paint: Paint): string {
  if (devices.length + certificates.length === 0) return 'Nothing is new: the registry has all of it.'
  const lines: string[] = []
  if (devices.length > 0) lines.push(`${paint.strong(idList(devices))} registered.`)
  if (certificates.length > 0) lines.push(`Certificates noted: ${certificateList(certificates)}.`)
  return lines.join('\n')
}

/** What a device without its certificate in the registry cannot have; undefined: all have theirs. */
export function withoutCertificateText({ devices, certificates }: ImportResult): string | undefined {
  const holders = new Set(certificates.map(({ subject }) => subject))
  const without = devices.filter((id) => !holders.has(id))
  if (without.length === 0) return undefined
  return `The registry has no certificate of ${idList(without)}: block keeps it out, revoke cannot. With it: --cert FILE`
}

export function nextAfterImport({ devices, certificates }: ImportResult): string | undefined {
  const first = devices[0] ?? certificates[0]?.subject
  return first && `flotilla device show ${first}`
}
