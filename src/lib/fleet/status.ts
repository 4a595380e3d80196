import { X509Certificate } from 'node:crypto'
import path from 'node:path'
import { FlotillaError } from '../base/errors.ts'
import { readTextIfPresent } from '../base/files.ts'
import { fleetTableName } from '../base/names.ts'
import {
  type CertificateFact,
  ENDING,
  type Finding,
  findingsOf,
  type ListFact,
  REFUSED_LATELY,
  type StatusFacts,
} from '../diagnostics/fleet-status.ts'
import { AUTHORITY_NAMES, readCertificate } from '../pki/authorities.ts'
import { readRevocations } from '../pki/authority-files.ts'
import type { Registry } from '../registry/registry.ts'
import type { Absence } from '../registry/rhythm.ts'
import type { State } from '../registry/state.ts'
import type { FleetSummary } from '../registry/summary.ts'
import { damagedDays } from '../telemetry/sqlite/damaged.ts'
import type { FleetConfig } from './config.ts'
import { chooseOperator } from './credentials.ts'
import { isoTime, isoTimeOrNull } from './device-view.ts'
import type { FleetDirectory } from './directory.ts'
import type { BrokerEndpoint, Fleet } from './fleet.ts'
import { freeSpace } from './free-space.ts'
import { absenceIn } from './ingest-absence.ts'
import { heardUntil, serviceFacts } from './service-facts.ts'
import { type ServiceView, serviceView } from './service-status.ts'

/** What `status` prints with --json. */
export interface FleetStatus {
  readonly fleet: string
  readonly at: string
  /** Nothing is to be done. */
  readonly well: boolean
  readonly broker: BrokerEndpoint & { readonly kind: FleetConfig['broker']['kind'] }
  readonly devices: FleetSummary & {
    /** Silence is counted up to here: when ingest is not at work, up to its last sign of life. */
    readonly countedAt: string
    /** Some that are silent, the latest first. */
    readonly latestSilent: readonly { readonly id: string; readonly lastMessage: string }[]
  }
  readonly services: readonly ServiceView[]
  readonly deadLetters: { readonly count: number; readonly newest: string | null }
  /** In the last hour. */
  readonly refused: {
    readonly identities: number
    readonly attempts: number
    readonly latest: string | null
    readonly reasons: Readonly<Record<string, number>>
  }
  readonly certificates: {
    /** Devices whose last certificate ends within thirty days, or has ended. */
    readonly endingDevices: number
    readonly first: readonly { readonly device: string; readonly notAfter: string }[]
    /** Of broker, services, operator and CAs: those that end soon, or have ended. */
    readonly ending: readonly { readonly name: string; readonly notAfter: string }[]
  }
  readonly lists: readonly {
    readonly authority: string
    readonly nextUpdate: string | null
    readonly problem: string | null
  }[]
  /** Files of telemetry that were damaged and set aside, and are still here. */
  readonly damaged: readonly string[]
  /** Bytes that may still be written where the fleet keeps its data; null: the system does not tell. */
  readonly disk: { readonly folder: string; readonly free: number | null }
  readonly findings: readonly Finding[]
}

const SHOWN = 5

/**
 * How the fleet is, from what services left in the state: no network is used.
 * @throws NotFoundError `REGISTRY_MISSING` and what else opening registry and state throws
 */
export async function fleetStatus(fleet: Fleet, now: number): Promise<FleetStatus> {
  const facts = await statusFacts(fleet, now)
  const { kind } = fleet.config.broker
  return statusView(fleet.name, { ...(await fleet.endpoint()), kind }, facts)
}

async function statusFacts(fleet: Fleet, now: number): Promise<StatusFacts> {
  const [registry, state] = [await fleet.registry(), await fleet.state()]
  const notes = await state.services()
  const services = serviceFacts(fleet, notes, now)
  const countedAt = heardUntil(services, now)
  return {
    now,
    countedAt,
    ...(await deviceFacts(registry, { countedAt, absence: absenceIn(notes), now })),
    ...(await messageFacts(state)),
    services,
    start: fleet.config.broker.kind === 'external' ? 'flotilla serve --role ingest' : 'flotilla up',
    gaps: `flotilla telemetry query --sql "SELECT * FROM ${fleetTableName(fleet.name)}_events WHERE kind = 'gap'"`,
    certificates: await certificateFacts(fleet.directory),
    lists: await Promise.all(AUTHORITY_NAMES.map((name) => listFact(fleet.directory.ca, name))),
    damaged: damagedDays(fleet.directory.telemetry),
    disk: { folder: fleet.directory.data, free: await freeSpace(fleet.directory) },
  }
}

interface DeviceQuestion {
  readonly countedAt: number
  readonly absence: Absence | undefined
  readonly now: number
}

async function deviceFacts(registry: Registry, { countedAt, absence, now }: DeviceQuestion) {
  return {
    devices: await registry.summary(countedAt, absence),
    silent: await registry.silent({ now: countedAt, absence, limit: SHOWN }),
    ending: await registry.endingCertificates({ before: now + ENDING.device, limit: SHOWN }),
    endedDevices: (await registry.endingCertificates({ before: now, limit: 1 })).devices,
  }
}

async function messageFacts(state: State) {
  const [newest] = await state.deadLetters({ limit: 1 })
  return {
    deadLetters: { count: newest === undefined ? 0 : await state.countDeadLetters(), newest: newest?.at },
    refused: await state.refused(),
  }
}

/** The certificates that somebody has to renew by hand, as they lie in the directory. */
async function certificateFacts(directory: FleetDirectory): Promise<readonly CertificateFact[]> {
  const operator = await chooseOperator(directory).catch(() => undefined)
  const held: readonly (readonly [string, CertificateFact['kind']])[] = [
    ['server', 'server'],
    ['svc.broker', 'service'],
    ['svc.ingest', 'service'],
    ...(operator === undefined ? [] : ([[operator, 'operator']] as const)),
  ]
  const certificates: CertificateFact[] = []
  for (const [name, kind] of held) {
    const notAfter = await endOf(path.join(directory.credential(name), 'cert.pem'))
    if (notAfter !== undefined) certificates.push({ name, kind, notAfter })
  }
  for (const name of AUTHORITY_NAMES) {
    const authority = await readCertificate(directory.ca, name).catch(() => undefined)
    if (authority !== undefined)
      certificates.push({ name, kind: 'authority', notAfter: Date.parse(authority.validTo) })
  }
  return certificates
}

/** What is missing or cannot be read is `doctor`'s to say. */
async function endOf(file: string): Promise<number | undefined> {
  const text = await readTextIfPresent(file).catch(() => undefined)
  try {
    return text === undefined ? undefined : Date.parse(new X509Certificate(text).validTo)
  } catch {
    return undefined
  }
}

async function listFact(folder: string, authority: (typeof AUTHORITY_NAMES)[number]): Promise<ListFact> {
  try {
    return {
      authority,
      nextUpdate: (await readRevocations(folder, authority)).nextUpdate,
      problem: undefined,
    }
  } catch (error) {
    if (!(error instanceof FlotillaError)) throw error
    return { authority, nextUpdate: undefined, problem: error.message }
  }
}

function statusView(fleet: string, broker: FleetStatus['broker'], facts: StatusFacts): FleetStatus {
  const { now, countedAt, devices, silent, services, deadLetters, ending, certificates, lists } = facts
  const findings = findingsOf(facts)
  return {
    fleet,
    at: isoTime(now),
    well: findings.length === 0,
    broker,
    devices: {
      ...devices,
      countedAt: isoTime(countedAt),
      latestSilent: silent.map(({ id, lastMessage }) => ({ id, lastMessage: isoTime(lastMessage) })),
    },
    services: services.map((service) => serviceView(service, now)),
    deadLetters: { count: deadLetters.count, newest: isoTimeOrNull(deadLetters.newest) },
    refused: refusedView(facts),
    certificates: {
      endingDevices: ending.devices,
      first: ending.first.map(({ device, notAfter }) => ({ device, notAfter: isoTime(notAfter) })),
      ending: certificates
        .filter(({ kind, notAfter }) => notAfter - now < ENDING[kind])
        .map(({ name, notAfter }) => ({ name, notAfter: isoTime(notAfter) })),
    },
    lists: lists.map(({ authority, nextUpdate, problem = null }) => ({
      authority,
      nextUpdate: isoTimeOrNull(nextUpdate),
      problem,
    })),
    damaged: facts.damaged,
    disk: { ...facts.disk, free: facts.disk.free ?? null },
    findings,
  }
}

function refusedView({ now, refused }: StatusFacts): FleetStatus['refused'] {
  const lately = refused.filter(({ last }) => now - last < REFUSED_LATELY)
  const reasons: Record<string, number> = {}
  for (const { reason } of lately) reasons[reason] = (reasons[reason] ?? 0) + 1
  return {
    identities: lately.length,
    attempts: lately.reduce((sum, { count }) => sum + count, 0),
    latest: isoTimeOrNull(lately[0]?.last),
    reasons,
  }
}
