import { createHash } from 'node:crypto'
import { messageOf } from '../base/errors.ts'
import type { Authority } from '../pki/authority.ts'
import { credentialFiles } from '../pki/credential.ts'
import type { Registry } from '../registry/registry.ts'
import { CredentialStaging } from './credential-folder.ts'
import { type Issued, type IssuePlan, issueDevice } from './issue-device.ts'

/** Rows of one registry transaction, and of one sync of the files before it. */
const ROWS = 500

export interface DeviceRequest {
  readonly id: string
  /** SubjectPublicKeyInfo (DER) of a CSR, when the device made its key itself. */
  readonly spki?: Uint8Array
}

export interface ProvisionRequest {
  readonly devices: readonly DeviceRequest[]
  readonly tags: Readonly<Record<string, string>>
  /** CN of the operator. */
  readonly actor: string
  readonly registry: Registry
  /** Opens the issuing CA; called only when something is to be issued. */
  readonly authority: () => Promise<Authority>
  /** `devices/` of the fleet directory. */
  readonly devicesFolder: string
  readonly plan: IssuePlan
  readonly onProgress?: (done: number, total: number) => void
  readonly signal?: AbortSignal
}

export type ProvisionOutcome =
  | { readonly id: string; readonly state: 'issued'; readonly serial: string; readonly notAfter: string }
  | { readonly id: string; readonly state: 'already' }
  | { readonly id: string; readonly state: 'failed'; readonly code: string; readonly message: string }

/**
 * Makes each device a certificate of its own and registers it. Typed again after any interruption it goes on: what
 * has a row is left alone, a folder without a row is replaced. The caller holds the lock of provisioning.
 *
 * The commit point of a device is its registry row: the files are synced and in place before it.
 * @returns one outcome an id, in the order asked for
 */
export async function provisionDevices(request: ProvisionRequest): Promise<readonly ProvisionOutcome[]> {
  const { devices, registry, signal, onProgress } = request
  const outcomes = new Map<string, ProvisionOutcome>()
  const pending: Row[] = []
  const known = await registry.known(devices.map(({ id }) => id))
  for (const device of devices) {
    const before = known.get(device.id)
    if (before === undefined || before.life === 'registered') {
      pending.push({ ...device, registered: before !== undefined })
    } else outcomes.set(device.id, knownOutcome(device.id, before.id, before.life))
  }
  onProgress?.(outcomes.size, devices.length)
  for (let start = 0; start < pending.length; start += ROWS) {
    signal?.throwIfAborted()
    for (const outcome of await issueRows(request, pending.slice(start, start + ROWS)))
      outcomes.set(outcome.id, outcome)
    onProgress?.(outcomes.size, devices.length)
  }
  return devices.map(({ id }) => outcomes.get(id)!)
}

function knownOutcome(asked: string, id: string, life: string): ProvisionOutcome {
  if (asked !== id) {
    return {
      id: asked,
      state: 'failed',
      code: 'ROW_CASE',
      message: `differs from ${id} only in upper and lower case`,
    }
  }
  if (life !== 'retired') return { id, state: 'already' }
  return { id, state: 'failed', code: 'ROW_RETIRED', message: 'is retired; its id is not given out again' }
}

type Row = DeviceRequest & { readonly registered: boolean }

async function issueRows(request: ProvisionRequest, rows: readonly Row[]): Promise<ProvisionOutcome[]> {
  const authority = await request.authority()
  await using staging = await CredentialStaging.in(request.devicesFolder)
  const issued: (Issued & Row)[] = []
  for (const row of rows) {
    const one = issueDevice(authority, row.id, request.plan, row.spki)
    await staging.stage(row.id, credentialFiles(one.credential))
    issued.push({ ...row, ...one })
  }
  await staging.moveIntoPlace()
  await register(request, issued)
  return issued.map(({ id, record }) => ({
    id,
    state: 'issued',
    serial: record.serial,
    notAfter: new Date(record.notAfter).toISOString(),
  }))
}

function register(
  { registry, actor, tags }: ProvisionRequest,
  issued: readonly (Issued & Row)[],
): Promise<void> {
  const subject = issued.length === 1 ? issued[0]!.id : `${issued.length} devices`
  const details = {
    first: issued[0]!.id,
    last: issued.at(-1)!.id,
    count: issued.length,
    digest: digestOf(issued),
  }
  const before = issued.filter(({ registered }) => registered).map(({ id }) => id)
  const added = issued.filter(({ registered }) => !registered)
  return registry.change(actor, { action: 'device.provision', subject, details }, async (write) => {
    await write.addDevices(added.map(({ id }) => ({ id, life: 'issued', tags })))
    await write.setLife(before, 'issued')
    await write.setTags(before, tags)
    await write.addCertificates(issued.map(({ record }) => record))
  })
}

/** SHA-256 over `id serial` lines: what the audit row of many devices stands for. */
function digestOf(issued: readonly (Issued & Row)[]): string {
  const hash = createHash('sha256')
  for (const { id, record } of issued) hash.update(`${id} ${record.serial}\n`)
  return hash.digest('hex')
}
