import { NotFoundError } from '../base/errors.ts'
import { isDeviceId, isStaffName } from '../base/names.ts'
import type { CertificateRecord, LifeState } from '../registry/device.ts'
import { foldId } from '../registry/device.ts'
import type { Registry } from '../registry/registry.ts'
import type { RefusedSummary, State } from '../registry/state.ts'
import { isoTime } from './device-view.ts'
import type { Fleet } from './fleet.ts'
import { type Remedy, remedyFor, type Turned } from './refused-remedy.ts'
import { selectDevices } from './select-devices.ts'

/** Somebody who was turned away, and what the registry knows of who it says it is. */
export interface RefusedRow {
  /** CN as far as it is known, else the address. From outside: never to be shown raw. */
  readonly identity: string
  readonly reason: string
  readonly address: string
  readonly count: number
  readonly first: string
  readonly last: string
  /** null: no device of this fleet. */
  readonly device: { readonly life: LifeState; readonly blocked: boolean } | null
  /** The best that the registry has for this name. */
  readonly certificate: 'good' | 'expired' | 'not-yet-valid' | 'revoked' | 'none'
  readonly remedy: Remedy
}

/** What `broker refused` prints with --json. */
export interface RefusedListing {
  /** `exact`: the embedded broker tells; `log`: read from mosquitto's log; `none`: a broker that tells nothing here. */
  readonly source: 'exact' | 'log' | 'none'
  /** The latest first. */
  readonly refused: readonly RefusedRow[]
  /** How many there are; more than `refused` when --limit cut them. */
  readonly total: number
  /** Admitted by a certificate of the fleet that the registry does not know. */
  readonly unknown: readonly { readonly id: string; readonly lastSeen: string }[]
}

export interface ListRefused {
  /** A selector, or one name or address that no device has; none: all. */
  readonly words: readonly string[]
  readonly limit: number
}

const SOURCES = { embedded: 'exact', mosquitto: 'log', external: 'none' } as const

/** @throws UsageError `SELECTOR_SYNTAX` · NotFoundError `DEVICE_UNKNOWN` */
export async function listRefused(
  fleet: Fleet,
  { words, limit }: ListRefused,
  now: number,
): Promise<RefusedListing> {
  const [registry, state, endpoint] = await Promise.all([fleet.registry(), fleet.state(), fleet.endpoint()])
  const ports = { device: endpoint.port, staff: endpoint.staffPort }
  const chosen = await choose(fleet, state, words)
  const rows: RefusedRow[] = []
  for (const one of chosen.slice(0, limit)) rows.push(await rowOf(registry, one, ports, now))
  const unknown = words.length > 0 ? [] : await registry.unknown({ limit })
  return {
    source: SOURCES[fleet.config.broker.kind],
    refused: rows,
    total: chosen.length,
    unknown: unknown.map(({ id, lastSeen }) => ({ id, lastSeen: isoTime(lastSeen) })),
  }
}

async function choose(
  fleet: Fleet,
  state: State,
  words: readonly string[],
): Promise<readonly RefusedSummary[]> {
  if (words.length === 0) return state.refused()
  const byName = words.length === 1 ? await state.refused({ identity: words[0]! }) : []
  if (byName.length > 0) return byName
  const devices = await selectDevices(fleet, words, { includeRetired: true }).catch((error: unknown) => {
    // An address, say: whoever is asked for by one has no name that the registry knows.
    if (error instanceof NotFoundError && words.length === 1) return []
    throw error
  })
  const ids = new Set(devices.map(({ id }) => foldId(id)))
  return (await state.refused()).filter(({ identity }) => ids.has(foldId(identity)))
}

async function rowOf(
  registry: Registry,
  summary: RefusedSummary,
  ports: Turned['ports'],
  now: number,
): Promise<RefusedRow> {
  const { identity, reason, address, count, first, last } = summary
  const isNamed = isDeviceId(identity) || isStaffName(identity)
  const device = isDeviceId(identity) ? await registry.device(identity) : undefined
  const certificates = isNamed ? await registry.certificates({ subject: identity }) : []
  const known = device && { id: device.id, life: device.life, blocked: device.blocked }
  return {
    identity,
    reason,
    address,
    count,
    first: isoTime(first),
    last: isoTime(last),
    device: known === undefined ? null : { life: known.life, blocked: known.blocked },
    certificate: best(certificates.map((certificate) => stateOf(certificate, now))),
    remedy: remedyFor({ reason, name: isNamed ? (known?.id ?? identity) : undefined, device: known, ports }),
  }
}

const BEST = ['good', 'not-yet-valid', 'expired', 'revoked'] as const

function best(states: readonly RefusedRow['certificate'][]): RefusedRow['certificate'] {
  return BEST.find((state) => states.includes(state)) ?? 'none'
}

function stateOf(
  { revokedAt, notBefore, notAfter }: CertificateRecord,
  now: number,
): RefusedRow['certificate'] {
  if (revokedAt !== undefined) return 'revoked'
  if (notAfter <= now) return 'expired'
  return notBefore > now ? 'not-yet-valid' : 'good'
}
