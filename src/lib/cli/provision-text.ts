import path from 'node:path'
import { printable } from '../base/printable.ts'
import type { RowFault } from '../batch/row.ts'
import type { CheckReport } from '../fleet/check-credentials.ts'
import type { ProvisionResult } from '../fleet/provision-result.ts'
import type { BatchSummary } from '../registry/batch.ts'
import type { Tags } from '../registry/device.ts'
import { counted, countText } from '../ui/number-text.ts'
import type { Paint } from '../ui/paint.ts'
import { typeableWord } from './shell-word.ts'

/** Failures that are shown; --results has all. */
const SHOWN = 20

/** What `device provision` says at its end; nothing, where one device was asked for and the failure says all. */
export function provisionText(result: ProvisionResult, tags: Tags, paint: Paint): string {
  const { rows, issued, already, failed, devices, dryRun, check, otherTags } = result
  if (rows === 1 && failed === 1) return ''
  const counts = [
    issued > 0 ? paint.good(`${countText(issued)} ${dryRun ? 'to issue' : 'issued'}`) : undefined,
    already > 0 ? `${countText(already)} had a certificate already` : undefined,
    failed > 0 ? paint.bad(`${countText(failed)} failed`) : undefined,
  ]
  const lines = [counts.filter((part) => part !== undefined).join(' · ')]
  for (const device of devices.filter(({ state }) => state === 'failed').slice(0, SHOWN)) {
    if (device.state === 'failed') lines.push(badText(device, paint))
  }
  if (failed > SHOWN) lines.push(`  and ${countText(failed - SHOWN)} more; --results FILE names them all`)
  if (otherTags.length > 0) lines.push(otherTagsText(otherTags, tags, paint))
  if (check !== null) lines.push(...checkLines(check, paint))
  if (dryRun) lines.push('Nothing was written.')
  else if (issued > 0) lines.push(whereText(result))
  return lines.join('\n')
}

/** Whoever typed --tag for a device that is there must not believe that it was set. */
function otherTagsText(ids: readonly string[], tags: Tags, paint: Paint): string {
  const whose = ids.length === 1 ? `The tags of ${ids[0]}` : `The tags of ${counted(ids.length, 'device')}`
  const words = Object.entries(tags).map(([key, value]) => typeableWord(`${key}=${value}`))
  const isTypeable = ids.length <= SHOWN && words.every((word) => word !== undefined)
  const command = isTypeable
    ? `flotilla device tag ${ids.join(',')} ${words.join(' ')}`
    : 'flotilla device tag'
  return `${paint.warn(`${whose} were not changed`)}: ${paint.command(command)}`
}

function checkLines({ tried, keyless, failed }: CheckReport, paint: Paint): readonly string[] {
  const well = tried - failed.length
  const own =
    keyless === 0 ? '' : ` · ${counted(keyless, 'device')} not tried, because they keep their keys themselves`
  return [
    `check  ${paint.good(`${countText(well)} of ${countText(tried)} let in by the broker`)}${own}`,
    ...failed.slice(0, SHOWN).map((device) => badText(device, paint)),
  ]
}

/** The message may be a broker's, or have words of a file in it. */
function badText(
  { id, code, message }: { readonly id: string; readonly code: string; readonly message: string },
  paint: Paint,
): string {
  return `  ${paint.bad('BAD')} ${printable(`${id} ${message} (${code})`)}`
}

function whereText({ folder, layout, devices }: ProvisionResult): string {
  const where = path.relative('', folder) || '.'
  if (layout === 'packs') return `Credentials: ${where}${path.sep}packs of 1,000, one credential a line`
  const issued = devices.filter((device) => device.state === 'issued')
  const requests = issued.filter(({ csr }) => csr === true).length
  const key = requests > 0 && requests === issued.length ? '' : 'key,'
  const note = requests > 0 ? ' (whoever made a request has its key)' : ''
  return `Credentials: ${where}${path.sep}<id>${path.sep}{${key}cert,chain,ca}.pem${note}`
}

export function nextAfterProvision({ dryRun, issued, devices, batch }: ProvisionResult): string | undefined {
  if (dryRun || issued === 0) return undefined
  const first = devices.find(({ state }) => state === 'issued')
  if (first !== undefined) return `flotilla device show ${first.id}`
  return batch === null ? 'flotilla device list --limit 20' : `flotilla batch show ${batch}`
}

/** `lot-4711: 31,402 of 50,000 rows done before, input unchanged: going on.` */
export function resumeText({ name, done, rows }: BatchSummary, paint: Paint): string {
  return `${paint.strong(name)}: ${countText(done)} of ${countText(rows)} rows done before, input unchanged: going on.`
}

/** `line  1204  mac  "8C:4B" is no MAC  ROW_BAD` */
export function faultText({ line, field, message, code }: RowFault, paint: Paint): string {
  const place = field === undefined ? '' : `${printable(field)}  `
  return `  line ${String(line).padStart(6)}  ${place}${printable(message)}  ${paint.bad(code)}`
}
