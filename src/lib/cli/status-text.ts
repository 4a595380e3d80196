import { printable } from '../base/printable.ts'
import { formatSize } from '../base/size.ts'
import type { FindingCode } from '../diagnostics/fleet-status.ts'
import { isDiskExhausted } from '../diagnostics/machine.ts'
import type { FleetStatus } from '../fleet/status.ts'
import { ageText, dateText, timeText } from '../ui/age.ts'
import { counted, countText } from '../ui/number-text.ts'
import type { Paint } from '../ui/paint.ts'
import { displayWidth, pad } from '../ui/width.ts'
import { wrapWords } from '../ui/wrap-words.ts'
import { serviceTexts } from './status-services.ts'
import type { Terminal } from './terminal.ts'

/** A line of the status: its subject, what there is to say, and what is not well about it. */
interface Line {
  readonly subject: string
  readonly parts: readonly string[]
  readonly codes: readonly FindingCode[]
}

/** The status as lines for people; what is not well is coloured and ends in the next command. */
export function statusLines(status: FleetStatus, { paint, columns }: Terminal): readonly string[] {
  const now = Date.parse(status.at)
  const lines = [
    deviceLine(status, paint, now),
    serviceLine(status, paint, now),
    diskLine(status, paint),
    storeLine(status),
    messageLine(status, now),
    refusedLine(status, now),
    certificateLine(status, now),
    listLine(status, now),
  ]
  const shown = lines.filter(({ parts }) => parts.length > 0)
  return [headLine(status, paint, now), ...shown.flatMap((line) => laidOut(line, status, paint, columns))]
}

function headLine({ fleet, devices, broker }: FleetStatus, paint: Paint, now: number): string {
  const where = `${broker.host}:${broker.port} (${broker.kind})`
  const when = `${dateText(now, now)} ${timeText(now, now)}`
  return `${paint.strong(fleet)} · ${counted(devices.devices, 'device')} · ${where} · ${when}`
}

function deviceLine({ devices }: FleetStatus, paint: Paint, now: number): Line {
  const { reporting, silent, rhythmUnknown, neverHeard, registered, blocked, shutOut, unknown, retired } =
    devices
  const named = devices.latestSilent.map(({ id }) => id).join(', ')
  const more = silent > devices.latestSilent.length ? ', …' : ''
  const counts: readonly (readonly [number, string])[] = [
    [rhythmUnknown, 'rhythm unknown'],
    [
      neverHeard,
      registered > 0 ? `never seen (${countText(registered)} without a certificate)` : 'never seen',
    ],
    [blocked, 'blocked'],
    [shutOut, 'without a good certificate'],
    [retired, 'retired'],
  ]
  const countedAt = Date.parse(devices.countedAt)
  const codes = ['DEVICES_SILENT', 'DEVICES_UNKNOWN'] as const
  if (devices.devices + retired + unknown === 0) {
    const first = paint.command('flotilla device provision pump-0001')
    return { subject: 'devices', parts: [`none yet. The first: ${first}`], codes }
  }
  return {
    subject: 'devices',
    parts: [
      `${countText(reporting)} reporting`,
      silent > 0 ? paint.bad(`${countText(silent)} silent (${named}${more})`) : 'none silent',
      ...counts.filter(([count]) => count > 0).map(([count, what]) => `${countText(count)} ${what}`),
      ...(unknown > 0 ? [paint.warn(`${countText(unknown)} with an unknown certificate`)] : []),
      ...(now - countedAt > 1000 ? [paint.warn(`as of ${ageText(countedAt, now)}`)] : []),
    ],
    codes,
  }
}

function serviceLine({ services, disk }: FleetStatus, paint: Paint, now: number): Line {
  const isExhausted = isDiskExhausted(disk.free ?? Number.POSITIVE_INFINITY)
  return {
    subject: 'services',
    parts: services.flatMap((service) => serviceTexts(service, services, { paint, now, isExhausted })),
    codes: [
      ...(['SERVICE_DOWN', 'SERVICE_STUCK', 'SERVICE_FAILING', 'BROKER_RESTARTED'] as const),
      ...(['SPOOL_FULL', 'SPOOL_WAITING', 'EVENTS_LOST'] as const),
    ],
  }
}

function diskLine({ disk: { folder, free }, findings }: FleetStatus, paint: Paint): Line {
  const isFull = free !== null && findings.some(({ code }) => code === 'DISK_FULL')
  const parts = isFull ? [paint.bad(`${formatSize(free)} free at ${printable(folder)}: make room`)] : []
  return { subject: 'disk', parts, codes: ['DISK_FULL'] }
}

function storeLine({ damaged }: FleetStatus): Line {
  const what = `${counted(damaged.length, 'day')} damaged and set aside, not shown any more`
  return { subject: 'store', parts: damaged.length === 0 ? [] : [what], codes: ['STORE_DAMAGED'] }
}

function messageLine({ deadLetters: { count, newest } }: FleetStatus, now: number): Line {
  const parts =
    newest === null
      ? []
      : [`${counted(count, 'message')} could not be stored, the last ${ageText(Date.parse(newest), now)}`]
  return { subject: 'dead letters', parts, codes: ['DEAD_LETTERS'] }
}

function refusedLine({ refused }: FleetStatus, now: number): Line {
  const { identities, attempts, latest, reasons } = refused
  if (latest === null) return { subject: 'refused', parts: [], codes: ['REFUSED'] }
  const why = Object.entries(reasons)
    .toSorted(([, a], [, b]) => b - a)
    .map(([reason, count]) => `${printable(reason)} ${countText(count)}`)
  const last = ageText(Date.parse(latest), now)
  const often = attempts > identities ? `, ${counted(attempts, 'time')} in all` : ''
  const who = `${countText(identities)} turned away within an hour${often}, the last ${last}`
  return { subject: 'refused', parts: [`${who}: ${why.join(', ')}`], codes: ['REFUSED'] }
}

function certificateLine({ certificates }: FleetStatus, now: number): Line {
  const { endingDevices, first, ending } = certificates
  const own = ending.map(({ name, notAfter }) => endText(name, Date.parse(notAfter), now))
  const soonest = first[0]
  const devices =
    soonest === undefined
      ? []
      : [
          `${counted(endingDevices, 'device')}, first ${endText(soonest.device, Date.parse(soonest.notAfter), now)}`,
        ]
  const parts = [...own, ...devices]
  return {
    subject: 'certificates',
    parts: parts.length === 0 ? ['none ends soon'] : parts,
    codes: ['CERTIFICATES_ENDED', 'CERTIFICATES_ENDING'],
  }
}

function endText(name: string, end: number, now: number): string {
  return `${name} ${end <= now ? 'ended' : 'ends'} ${ageText(end, now)}`
}

function listLine({ lists }: FleetStatus, now: number): Line {
  const problems = lists.flatMap(({ authority, nextUpdate, problem }) => {
    if (problem !== null) return [printable(problem)]
    const end = Date.parse(nextUpdate!)
    return end <= now ? [`${authority} ended ${ageText(end, now)}`] : []
  })
  const parts = problems.length === 0 ? [`${lists.length} of ${lists.length} good`] : problems
  return { subject: 'CRLs', parts, codes: ['CRL_UNUSABLE'] }
}

const SUBJECT = 12

/** Parts are joined while they fit; the command that helps comes last, on a line of its own where it must. */
function laidOut(
  { subject, parts, codes }: Line,
  status: FleetStatus,
  paint: Paint,
  width: number,
): string[] {
  const found = status.findings.filter(({ code }) => codes.includes(code))
  const isBad = found.some(({ level }) => level === 'bad')
  const mark = found.length === 0 ? paint.good : isBad ? paint.bad : paint.warn
  const nexts = [...new Set(found.map(({ next }) => next))].map((next) => `Next: ${paint.command(next)}`)
  const rows: string[] = []
  let row = ''
  for (const part of [
    ...parts.map((part, index) => (index < parts.length - 1 ? `${part} ·` : part)),
    ...nexts,
  ]) {
    const gap = part.startsWith('Next:') ? '   ' : ' '
    if (row !== '' && displayWidth(row) + displayWidth(part) + gap.length > width - SUBJECT - 4) {
      rows.push(row)
      row = part
    } else row = row === '' ? part : `${row}${gap}${part}`
  }
  if (row !== '') rows.push(row)
  return rows
    .flatMap((one) => rowLines(one, width - SUBJECT - 4))
    .map((text, index) => `  ${index === 0 ? mark(pad(subject, SUBJECT)) : ' '.repeat(SUBJECT)}  ${text}`)
}

/** What is to be typed stays in one piece; the dot between two parts never begins a line. */
function rowLines(row: string, room: number): readonly string[] {
  if (row.startsWith('Next:')) return [row]
  const [text, dot] = row.endsWith(' ·') ? [row.slice(0, -2), ' ·'] : [row, '']
  return `${wrapWords(text, room - dot.length, 0)}${dot}`.split('\n')
}
