import { printable } from '../base/printable.ts'
import type { CertificateView, DeviceView } from '../fleet/device-view.ts'
import type { DeviceListing } from '../fleet/list-devices.ts'
import type { DeviceDetails, RefusedView } from '../fleet/show-device.ts'
import { ageText, dateText, timeText } from '../ui/age.ts'
import type { Fact } from '../ui/facts.ts'
import { counted, countText } from '../ui/number-text.ts'
import type { Paint } from '../ui/paint.ts'
import type { Column } from '../ui/table.ts'
import { idList } from './bar-text.ts'
import { plotCommand, valueTable } from './latest-text.ts'
import { factsFor } from './show-facts.ts'
import { tableFor } from './show-table.ts'
import type { Terminal } from './terminal.ts'

const EXPIRES_SOON = 30 * 86_400_000

export function deviceTable(devices: readonly DeviceView[], terminal: Terminal, now: number): string {
  const { paint } = terminal
  const columns: readonly Column<DeviceView>[] = [
    { title: 'device', cell: ({ id }) => id, least: 12, unbroken: true, paint: paint.strong },
    { title: 'state', cell: stateText, paint: (text, device) => statePaint(device, paint)(text) },
    { title: 'last heard', cell: ({ lastSeen }) => ageText(parse(lastSeen), now) },
    { title: 'tags', cell: tagText, yields: 1, least: 8, drop: true },
  ]
  return tableFor(devices, columns, terminal)
}

/** What stands below the table: how many there are, who does not belong, what to type next. */
export function deviceListNote(
  { devices, total, unknown, kept }: DeviceListing,
  { isSelected, isLimited }: { readonly isSelected: boolean; readonly isLimited: boolean },
  paint: Paint,
): string {
  if (isSelected && total === 0) return `No device is chosen.\nNext: ${paint.command('flotilla device list')}`
  const lines: string[] = []
  const blocked = devices.filter((device) => device.blocked).length
  if (devices.length < total)
    lines.push(
      `The first ${countText(devices.length)} of ${counted(total, 'device')}.${isLimited ? '' : moreText(total, paint)}`,
    )
  else if (total > 0)
    lines.push(`${counted(total, 'device')}${blocked > 0 ? `, ${countText(blocked)} blocked` : ''}.`)
  if (unknown.length > 0) {
    const ids = printable(idList(unknown.map(({ id }) => id)))
    lines.push(
      `${paint.warn('unknown')}  ${ids}: certificates of this fleet that the registry does not know.`,
    )
  }
  if (kept !== null) lines.push(`Kept as @${kept}, whatever becomes of them.`)
  const keptList = kept === null ? nextAfterList(devices) : `flotilla device list @${kept}`
  const next = unknown.length > 0 ? 'flotilla broker refused' : keptList
  lines.push(`Next: ${paint.command(next)}`)
  return lines.join('\n')
}

/** A screen is not flooded unasked. */
function moreText(total: number, paint: Paint): string {
  return ` All: ${paint.command(`--limit ${total}`)}, or ${paint.command('--json')} for programs.`
}

function nextAfterList(devices: readonly DeviceView[]): string {
  const first = devices[0]
  return first === undefined
    ? 'flotilla device provision --count 5 --prefix pump'
    : `flotilla device show ${first.id}`
}

export function deviceDetails(device: DeviceDetails, terminal: Terminal, now: number): string {
  const { paint } = terminal
  const { id, lastSeen, createdAt, certificates, refused, latest, lastHour } = device
  const heard = parse(lastSeen)
  const facts: readonly Fact[] = [
    ['last heard', heard === undefined ? 'never' : `${ageText(heard, now)}, ${timeText(heard, now)}`],
    ['registered', timeText(Date.parse(createdAt), now)],
    ['tags', printable(tagText(device)) || 'none'],
    ...certificates.map((certificate) => ['certificate', certificateText(certificate, paint, now)] as const),
    ...refused.map((one) => ['refused', paint.warn(refusedText(one, now))] as const),
  ]
  const values = latest.length === 0 ? 'No values are stored.' : valueTable(latest, lastHour, terminal, now)
  return [
    `${paint.strong(id)}  ${statePaint(device, paint)(stateText(device))}`,
    factsFor(facts, terminal),
    '',
    values,
  ].join('\n')
}

/** The command that follows from what was shown. */
export function nextAfterShow({ id, blocked, life, latest }: DeviceDetails): string {
  if (blocked) return `flotilla device unblock ${id}`
  if (life === 'retired') return 'flotilla device list --retired'
  if (life === 'registered') return `flotilla device provision ${id}`
  return plotCommand(latest) ?? `flotilla tail ${id}`
}

function stateText({ life, blocked }: DeviceView): string {
  return blocked ? `${life}, blocked` : life
}

function statePaint({ life, blocked }: DeviceView, paint: Paint): (text: string) => string {
  if (blocked) return paint.bad
  if (life === 'reported') return paint.good
  return life === 'retired' || life === 'registered' ? paint.faint : (text) => text
}

function tagText({ tags }: DeviceView): string {
  return Object.entries(tags)
    .map(([key, value]) => `${key}=${value}`)
    .join(' ')
}

function certificateText(
  { serial, notBefore, notAfter, revokedAt }: CertificateView,
  paint: Paint,
  now: number,
) {
  const name = `${serial.slice(0, 8)}${serial.length > 8 ? '..' : ''}`
  const ends = Date.parse(notAfter)
  if (revokedAt !== null) return `${name}  ${paint.bad(`revoked ${ageText(Date.parse(revokedAt), now)}`)}`
  if (ends <= now) return `${name}  ${paint.bad(`expired ${ageText(ends, now)}`)}`
  if (Date.parse(notBefore) > now)
    return `${name}  ${paint.bad(`valid ${ageText(Date.parse(notBefore), now)}`)}`
  const until = `until ${dateText(ends, now)}`
  return `${name}  ${ends - now < EXPIRES_SOON ? paint.warn(`${until}, ${ageText(ends, now)}`) : until}`
}

function refusedText({ reason, address, count, first, last }: RefusedView, now: number): string {
  const times = count === 1 ? 'once' : `${countText(count)} times since ${timeText(Date.parse(first), now)}`
  return `${printable(reason)}, ${times}, last ${ageText(Date.parse(last), now)}, from ${printable(address)}`
}

function parse(iso: string | null): number | undefined {
  return iso === null ? undefined : Date.parse(iso)
}
