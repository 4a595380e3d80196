import { createHash, X509Certificate } from 'node:crypto'
import { deviceIdToPath } from '../base/names.ts'
import { once } from '../base/once.ts'
import { type BatchTally, runBatch } from '../batch/run.ts'
import type { Authority, IssuedRecord } from '../pki/authority.ts'
import { credentialFiles } from '../pki/credential.ts'
import type { KnownDevice, Registry } from '../registry/registry.ts'
import type { DeviceRequest } from './device-rows.ts'
import { HeldCredentials } from './held-credentials.ts'
import { type IssuePlan, issueDevice } from './issue-device.ts'
import { openIssuer, type PackIssuer, threadCount } from './issue-threads.ts'
import { lastPackNumber, PACK_ROWS, packName } from './pack.ts'
import { CredentialStaging, type StagedEntry } from './staging.ts'

/** Devices of one registry transaction when each gets a folder: files are synced one by one, and progress is seen. */
const FOLDER_ROWS = 50

/** How the credentials are left in `devices/`. */
export type Layout = { readonly kind: 'folders' } | { readonly kind: 'packs'; readonly label: string }

/** What is alike for all devices of a run. */
export interface ProvisionSetting {
  readonly layout: Layout
  /** CN of the operator. */
  readonly actor: string
  readonly registry: Registry
  /** Opens the issuing CA; called only when something is to be issued. */
  readonly authority: () => Promise<Authority>
  /** `devices/` of the fleet directory. */
  readonly devicesFolder: string
  readonly plan: IssuePlan
  /** The batch that this belongs to; it has begun. */
  readonly batch?: string | undefined
}

export interface ProvisionRequest extends ProvisionSetting {
  readonly devices: AsyncIterable<DeviceRequest>
  /** How many those are. */
  readonly rows: number
  readonly allowedFailures: number
  readonly onOutcomes: (outcomes: readonly ProvisionOutcome[]) => Promise<void>
  readonly signal?: AbortSignal | undefined
}

export type ProvisionOutcome =
  | {
      readonly id: string
      readonly state: 'issued'
      readonly serial: string
      readonly notAfter: string
      /** It asked with a CSR: its key is where that was made, and not here. */
      readonly csr?: true
    }
  | { readonly id: string; readonly state: 'already' }
  /** Of a dry run: it would be issued. */
  | { readonly id: string; readonly state: 'new' }
  | { readonly id: string; readonly state: 'failed'; readonly code: string; readonly message: string }

/**
 * Makes each device a certificate of its own and registers it. Typed again after any interruption it goes on: what
 * has a row is left alone, a file without a row is discarded. The caller holds the lock of provisioning, has checked
 * that no id comes twice, and learns of each device by `onOutcomes`, in order.
 */
export async function provisionDevices(request: ProvisionRequest): Promise<BatchTally> {
  const { devices, layout, rows } = request
  const threads = layout.kind === 'packs' ? threadCount(rows) : 0
  await using work = await openProvisioning(request, threads)
  return await runBatch<DeviceRequest, Prepared, ProvisionOutcome>({
    ...request,
    rows: devices,
    chunk: layout.kind === 'packs' ? PACK_ROWS : FOLDER_ROWS,
    // Each thread is at work while the chunk in front of it is committed.
    ahead: threads + 1,
    prepare: work.prepare,
    commit: work.commit,
  })
}

/** Takes devices through to their certificates, some at a time. */
export interface Provisioning extends AsyncDisposable {
  readonly prepare: (asked: readonly DeviceRequest[]) => Promise<Prepared>
  /** One at a time, in the order of the calls of `prepare`. */
  readonly commit: (prepared: Prepared) => Promise<readonly ProvisionOutcome[]>
}

/**
 * Clears away what killed runs have left; the caller holds the lock of provisioning for as long as it is open.
 *
 * The commit point of a device is its registry row: the files are synced and in place before it.
 * @param threads that make keys and certificates; 0: this one
 */
export async function openProvisioning(setting: ProvisionSetting, threads: number): Promise<Provisioning> {
  const { layout, registry, plan, devicesFolder } = setting
  const isRegistered = async (serial: string) => (await registry.certificates({ serial })).length > 0
  await using cleanup = new AsyncDisposableStack()
  const staging = cleanup.use(await CredentialStaging.in(devicesFolder, isRegistered))
  const workers = cleanup.use(new AsyncDisposableStack())
  const held = new HeldCredentials(devicesFolder)
  const issuer = once(async () => workers.use(openIssuer(await setting.authority(), plan, threads)))
  const issue =
    layout.kind === 'folders'
      ? (pending: readonly DeviceRequest[]) => stageFolders(setting, staging, pending)
      : await packsInto(devicesFolder, layout.label, staging, async (pending) =>
          (await issuer()).issue(pending),
        )
  const kept = cleanup.move()
  return {
    prepare: async (asked) => {
      const known = await registry.known(asked.map(({ id }) => id))
      const outcomes = await knownOutcomes(asked, known, held)
      const pending = asked.filter((_, index) => outcomes[index] === undefined)
      if (pending.length === 0) return { asked, outcomes, issued: [], entries: [] }
      const { records, entries, chains } = await issue(pending)
      const issued = pending.map((row, index) => ({
        ...row,
        record: records[index]!,
        chain: chains?.[index],
        isRegistered: known.has(row.id),
      }))
      return { asked, outcomes, issued, entries }
    },
    commit: async (prepared) => {
      if (prepared.issued.length > 0) {
        await staging.moveIntoPlace(prepared.entries)
        await register(setting, prepared.issued)
      }
      return outcomesOf(prepared)
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

interface IssuedRow extends DeviceRequest {
  readonly record: IssuedRecord
  /** PEM, its own certificate first; undefined: it lies in a pack. */
  readonly chain: string | undefined
  /** Whether the device has a row, only no certificate. */
  readonly isRegistered: boolean
}

/** A chunk that is ready to count. */
export interface Prepared {
  readonly asked: readonly DeviceRequest[]
  /** What is settled without issuing; undefined for the others, which are in `issued` in the same order. */
  readonly outcomes: readonly (ProvisionOutcome | undefined)[]
  readonly issued: readonly IssuedRow[]
  readonly entries: readonly StagedEntry[]
}

interface Made {
  readonly records: readonly IssuedRecord[]
  readonly entries: readonly StagedEntry[]
  readonly chains?: readonly string[]
}

/**
 * What becomes of devices that the registry knows: nothing is written for them. undefined: a certificate is to be made.
 */
export async function knownOutcomes(
  asked: readonly DeviceRequest[],
  known: ReadonlyMap<string, KnownDevice>,
  held: HeldCredentials,
): Promise<readonly (ProvisionOutcome | undefined)[]> {
  const requested = asked.filter(({ id, spki }) => spki !== undefined && isIssued(known.get(id), id))
  const credentials = requested.length === 0 ? undefined : await held.read(requested.map(({ id }) => id))
  return asked.map(({ id, spki }) => {
    const before = known.get(id)
    if (before === undefined) return undefined
    if (before.id !== id)
      return failed(id, 'ROW_CASE', `differs from ${before.id} only in upper and lower case`)
    if (before.life === 'registered') return undefined
    if (before.life === 'retired')
      return failed(id, 'ROW_RETIRED', 'is retired; its id is not given out again')
    const certificate = credentials?.get(id)?.certificate
    if (spki !== undefined && certificate !== undefined && !isFor(certificate, spki)) {
      return failed(id, 'ROW_KEY', 'has a certificate for another key than the one of this request')
    }
    return { id, state: 'already' }
  })
}

function isIssued(known: KnownDevice | undefined, id: string): boolean {
  return known?.id === id && known.life !== 'registered' && known.life !== 'retired'
}

function failed(id: string, code: string, message: string): ProvisionOutcome {
  return { id, state: 'failed', code, message }
}

function isFor(certificate: string, spki: Uint8Array): boolean {
  return new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'der' }).equals(spki)
}

async function stageFolders(
  { authority, plan }: ProvisionSetting,
  staging: CredentialStaging,
  pending: readonly DeviceRequest[],
): Promise<Made> {
  const issuing = await authority()
  const made = pending.map(({ id, spki }) => issueDevice(issuing, id, plan, spki))
  const entries = made.map(({ record }) => ({ name: deviceIdToPath(record.subject), serial: record.serial }))
  for (let start = 0; start < made.length; start += FILES_AT_ONCE) {
    const some = made.slice(start, start + FILES_AT_ONCE)
    await Promise.all(
      some.map(({ credential }, index) =>
        staging.stageFolder(entries[start + index]!.name, credentialFiles(credential)),
      ),
    )
  }
  const chains = made.map(({ credential }) => credential.chain)
  return { records: made.map(({ record }) => record), entries, chains }
}

/** Folders that are written at the same time: four files each, and descriptors are few. */
const FILES_AT_ONCE = 32

/** Packs are numbered on from those that are there. */
async function packsInto(
  devicesFolder: string,
  label: string,
  staging: CredentialStaging,
  issue: PackIssuer['issue'],
): Promise<(pending: readonly DeviceRequest[]) => Promise<Made>> {
  let number = await lastPackNumber(devicesFolder, label)
  return async (pending) => {
    const name = packName(label, ++number)
    const { bytes, records } = await issue(pending.map(({ id, spki }) => ({ id, ...(spki && { spki }) })))
    await staging.stagePack(name, bytes)
    // One transaction registers all of a pack or nothing: one serial answers for it.
    return { records, entries: [{ name, serial: records[0]!.serial }] }
  }
}

function register({ registry, actor, batch }: ProvisionSetting, issued: readonly IssuedRow[]): Promise<void> {
  const subject = issued.length === 1 ? issued[0]!.id : `${issued.length} devices`
  const details = {
    ...(batch !== undefined && { batch }),
    first: issued[0]!.id,
    last: issued.at(-1)!.id,
    count: issued.length,
    digest: digestOf(issued),
  }
  const before = issued.filter(({ isRegistered }) => isRegistered)
  const added = issued.filter(({ isRegistered }) => !isRegistered)
  return registry.change(actor, { action: 'device.provision', subject, details }, async (write) => {
    await write.addDevices(added.map(({ id, tags }) => ({ id, life: 'issued', tags })))
    await write.setLife(
      before.map(({ id }) => id),
      'issued',
    )
    for (const { id, tags } of before) await write.setTags([id], tags)
    await write.addCertificates(issued.map(({ record }) => record))
    if (batch !== undefined) await write.advanceBatch(batch, issued.length)
  })
}

function outcomesOf({ asked, outcomes, issued }: Prepared): readonly ProvisionOutcome[] {
  const records = issued.values()
  return asked.map(({ id }, index): ProvisionOutcome => {
    const settled = outcomes[index]
    if (settled !== undefined) return settled
    const { record, spki } = records.next().value!
    const notAfter = new Date(record.notAfter).toISOString()
    return { id, state: 'issued', serial: record.serial, notAfter, ...(spki && { csr: true }) }
  })
}

/** SHA-256 over `id serial` lines: what the audit row of many devices stands for. */
function digestOf(issued: readonly IssuedRow[]): string {
  const hash = createHash('sha256')
  for (const { id, record } of issued) hash.update(`${id} ${record.serial}\n`)
  return hash.digest('hex')
}
