import type { Death, RefusedSummary, SpoolNote } from '../registry/state.ts'
import type { EndingCertificates, FleetSummary, SilentDevice } from '../registry/summary.ts'
import { isDiskFull } from './machine.ts'
import { isAtWork, type ServiceState } from './service-state.ts'

/** What there is to say about a fleet at a moment; times in milliseconds since 1970. */
export interface StatusFacts {
  readonly now: number
  /** When the devices were counted: now, or when ingest was last at work. */
  readonly countedAt: number
  readonly devices: FleetSummary
  readonly silent: readonly SilentDevice[]
  readonly services: readonly ServiceFact[]
  /** How a service is started here. */
  readonly start: string
  /** How to ask what is missing of the events. */
  readonly gaps: string
  readonly deadLetters: { readonly count: number; readonly newest: number | undefined }
  /** The latest first. */
  readonly refused: readonly RefusedSummary[]
  /** Devices whose last certificate ends soon, those that ended included. */
  readonly ending: EndingCertificates
  /** How many of them ended. */
  readonly endedDevices: number
  /** Of the broker, of services and operators, and of the CAs. */
  readonly certificates: readonly CertificateFact[]
  readonly lists: readonly ListFact[]
  /** Files of telemetry that were damaged and set aside. */
  readonly damaged: readonly string[]
  /** Where the fleet keeps its data; `free` bytes may still be written there (undefined: the system does not tell). */
  readonly disk: { readonly folder: string; readonly free: number | undefined }
}

export interface ServiceFact {
  readonly role: string
  readonly state: ServiceState
  readonly lag: number
  /** When it was heard of last; undefined: never. */
  readonly at: number | undefined
  readonly failing: string | undefined
  /** What it could not keep since it started, and when the last of it was lost. */
  readonly lost?: { readonly count: number; readonly at: number } | undefined
  /** What waits on its disk for the telemetry store. */
  readonly spool?: SpoolNote | undefined
  /** How a process of its own died and was started again, the latest last. */
  readonly deaths?: readonly Death[] | undefined
  /** Values that another took the place of since it started. */
  readonly collapsed?: number | undefined
  readonly startedAt?: number | undefined
  /** Since when it can hear no device. */
  readonly deafSince?: number | undefined
}

export interface CertificateFact {
  readonly name: string
  readonly kind: 'server' | 'service' | 'operator' | 'authority'
  readonly notAfter: number
}

/** A CA's revocation list. */
export interface ListFact {
  readonly authority: string
  /** undefined: it is missing or broken, and `problem` says how. */
  readonly nextUpdate: number | undefined
  readonly problem: string | undefined
}

/** Something that is not well: what, and what to type next. */
export interface Finding {
  /** Stable and upper case. */
  readonly code: FindingCode
  /** bad: something does not work. warn: it will not, or somebody should look. */
  readonly level: 'warn' | 'bad'
  /** How many it is about. */
  readonly count: number
  readonly next: string
}

export type FindingCode =
  | 'DEVICES_SILENT'
  | 'DEVICES_UNKNOWN'
  | 'SERVICE_DOWN'
  | 'SERVICE_FAILING'
  | 'SERVICE_STUCK'
  | 'DISK_FULL'
  | 'BROKER_RESTARTED'
  | 'EVENTS_LOST'
  | 'SPOOL_FULL'
  | 'SPOOL_WAITING'
  | 'DEAD_LETTERS'
  | 'REFUSED'
  | 'CERTIFICATES_ENDING'
  | 'CERTIFICATES_ENDED'
  | 'CRL_UNUSABLE'
  | 'STORE_DAMAGED'

const HOUR = 3_600_000
const DAY = 24 * HOUR
/** How long before its end a certificate is worth a word. An operator's lives ninety days and is made in a second. */
export const ENDING = {
  device: 30 * DAY,
  server: 30 * DAY,
  service: 30 * DAY,
  operator: 14 * DAY,
  authority: 365 * DAY,
}
/** Who was turned away longer ago is history. */
export const REFUSED_LATELY = HOUR
/** So is a message that could not be stored. */
const LETTERS_LATELY = DAY
/** And an event that found no room. */
export const LOST_LATELY = DAY

/** And a death that a service survived. */
export const DEATH_LATELY = HOUR

/** Everything that is not well, in the order in which it should be looked at. */
export function findingsOf(facts: StatusFacts): readonly Finding[] {
  const { free = Number.POSITIVE_INFINITY } = facts.disk
  return [
    ...serviceFindings(facts),
    ...finding('DISK_FULL', 'bad', isDiskFull(free) ? 1 : 0, 'flotilla doctor'),
    ...finding('STORE_DAMAGED', 'warn', facts.damaged.length, 'flotilla doctor'),
    ...deviceFindings(facts),
    ...certificateFindings(facts),
    ...listFindings(facts),
    ...messageFindings(facts),
  ]
}

function serviceFindings({ now, services, start, gaps }: StatusFacts): readonly Finding[] {
  const down = services.filter(({ state }) => ['missing', 'stopped', 'dead'].includes(state))
  const stuck = services.filter(({ state }) => state === 'stuck')
  const failing = services.filter(({ state }) => state === 'failing' || state === 'lagging')
  return [
    ...finding('SERVICE_DOWN', 'bad', down.length, start),
    ...finding('SERVICE_STUCK', 'bad', stuck.length, 'flotilla doctor'),
    ...finding('SERVICE_FAILING', 'bad', failing.length, 'flotilla doctor'),
    ...finding('BROKER_RESTARTED', 'warn', deathsLately(services, now), 'flotilla doctor'),
    ...services.flatMap(spoolFinding),
    ...finding('EVENTS_LOST', 'warn', lostLately(services, now), gaps),
  ]
}

/** As long as the store takes nothing that is what has to be mended; afterwards it only takes its time. */
function spoolFinding({ spool, state }: ServiceFact): readonly Finding[] {
  if (spool === undefined || !isAtWork(state)) return []
  if (spool.holding !== undefined) return finding('SPOOL_FULL', 'bad', spool.messages, 'flotilla doctor')
  const isDraining = state !== 'failing'
  return finding('SPOOL_WAITING', 'warn', isDraining ? spool.messages : 0, 'flotilla status --watch')
}

function deathsLately(services: readonly ServiceFact[], now: number): number {
  return services.flatMap(({ deaths = [] }) => deaths).filter(({ at }) => now - at < DEATH_LATELY).length
}

function lostLately(services: readonly ServiceFact[], now: number): number {
  const lately = services.filter(({ lost }) => lost !== undefined && now - lost.at < LOST_LATELY)
  return lately.reduce((sum, { lost }) => sum + lost!.count, 0)
}

function deviceFindings({ devices }: StatusFacts): readonly Finding[] {
  return [
    ...finding('DEVICES_SILENT', 'bad', devices.silent, 'flotilla device list silent'),
    ...finding('DEVICES_UNKNOWN', 'warn', devices.unknown, 'flotilla broker refused'),
  ]
}

function messageFindings({ now, deadLetters, refused }: StatusFacts): readonly Finding[] {
  const lately = refused.filter(({ last }) => now - last < REFUSED_LATELY)
  const { count, newest = Number.NEGATIVE_INFINITY } = deadLetters
  return [
    ...finding('REFUSED', 'warn', lately.length, 'flotilla broker refused'),
    ...finding(
      'DEAD_LETTERS',
      'warn',
      now - newest < LETTERS_LATELY ? count : 0,
      'flotilla telemetry deadletters list',
    ),
  ]
}

/** The first to end decides what is to be done. */
function certificateFindings({ now, ending, endedDevices, certificates }: StatusFacts): readonly Finding[] {
  const soon = certificates
    .filter(({ kind, notAfter }) => notAfter - now < ENDING[kind])
    .toSorted((a, b) => a.notAfter - b.notAfter)
  const ended = soon.filter(({ notAfter }) => notAfter <= now)
  const next = (own: readonly CertificateFact[]) =>
    own[0] === undefined ? LIST_ENDING : renewal(own[0], now)
  return [
    ...finding('CERTIFICATES_ENDED', 'bad', ended.length + endedDevices, next(ended)),
    ...finding(
      'CERTIFICATES_ENDING',
      'warn',
      soon.length - ended.length + ending.devices - endedDevices,
      next(soon.filter(({ notAfter }) => notAfter > now)),
    ),
  ]
}

/** Chooses the devices that are counted: blocked ones need no certificate. */
const LIST_ENDING = `flotilla device list cert-ends below ${ENDING.device / DAY}d and not blocked`

/** What makes such a certificate anew; one that is still good is replaced only by force. */
function renewal({ kind, name, notAfter }: CertificateFact, now: number): string {
  if (kind === 'authority') return 'flotilla ca show'
  return `flotilla cert issue ${name}${notAfter > now ? ' --force' : ''}`
}

function listFindings({ lists, now }: StatusFacts): readonly Finding[] {
  const unusable = lists.filter(({ nextUpdate }) => nextUpdate === undefined || nextUpdate <= now)
  const [first] = unusable
  const next = first?.nextUpdate === undefined ? 'flotilla doctor' : `flotilla cert crl ${first.authority}`
  return finding('CRL_UNUSABLE', 'bad', unusable.length, next)
}

function finding(
  code: FindingCode,
  level: Finding['level'],
  count: number,
  next: string,
): readonly Finding[] {
  return count === 0 ? [] : [{ code, level, count, next }]
}
