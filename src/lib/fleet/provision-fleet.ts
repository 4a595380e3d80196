import { systemClock } from '../base/clock.ts'
import { messageOf, PartialError, UsageError } from '../base/errors.ts'
import { once } from '../base/once.ts'
import { takeLock } from '../base/process-lock.ts'
import { readInput } from '../base/read-input.ts'
import { BACKDATE, openAuthority, readCertificate } from '../pki/authorities.ts'
import { parseCsr } from '../pki/csr.ts'
import { countedIds, distinctIds } from '../provisioning/device-ids.ts'
import { type DeviceRequest, type ProvisionOutcome, provisionDevices } from '../provisioning/provision.ts'
import type { Fleet } from './fleet.ts'

export interface ProvisionChoice {
  readonly ids: readonly string[]
  readonly count?: number | undefined
  readonly prefix?: string | undefined
  /** Files with a PKCS#10 request each, PEM or DER. */
  readonly csrFiles: readonly string[]
}

export interface ProvisionOptions {
  readonly tags: Readonly<Record<string, string>>
  readonly passphrase: () => Promise<string>
  readonly onProgress?: (done: number, total: number) => void
  readonly signal?: AbortSignal
}

/** What `device provision` prints with --json. */
export interface ProvisionResult {
  readonly issued: number
  /** Had a certificate before: nothing was written. */
  readonly already: number
  readonly failed: number
  /** Where the credentials lie, one folder a device. */
  readonly folder: string
  readonly devices: readonly ProvisionOutcome[]
}

/**
 * Gives each device a certificate of its own and registers it. All input is checked before anything is written.
 * @throws UsageError `DEVICE_ID`, `CSR_…`, `PROVISION_NOTHING` · UnreachableError `LOCKED`
 */
export async function provisionFleet(
  fleet: Fleet,
  choice: ProvisionChoice,
  options: ProvisionOptions,
): Promise<ProvisionResult> {
  const devices = await chosenDevices(choice)
  using _lock = await takeLock(fleet.directory.lock('provision'), {
    what: 'flotilla device provision',
    wait: 10_000,
  })
  const { ca, devices: folder } = fleet.directory
  const { name: actor } = await fleet.operator()
  const authority = once(() => openAuthority(ca, 'devices', fleet.name, options.passphrase))
  const outcomes = await provisionDevices({
    ...options,
    devices,
    actor,
    registry: await fleet.registry(),
    authority,
    devicesFolder: folder,
    plan: await issuePlan(fleet),
  })
  const count = (state: ProvisionOutcome['state']) =>
    outcomes.filter((outcome) => outcome.state === state).length
  return {
    issued: count('issued'),
    already: count('already'),
    failed: count('failed'),
    folder,
    devices: outcomes,
  }
}

/** A batch of which rows failed ends with exit 7. @throws PartialError `PROVISION_PARTIAL` */
export function refusePartial({ devices, failed }: ProvisionResult): void {
  if (failed === 0) return
  const first = devices.find((outcome) => outcome.state === 'failed')
  const example = first?.state === 'failed' ? ` ${first.id} ${first.message} (${first.code}).` : ''
  throw new PartialError('PROVISION_PARTIAL', `${failed} of ${devices.length} devices failed.${example}`, {
    hint: 'The others are done; give these other ids.',
  })
}

/** From an hour ago (clocks differ), as long as fleet.yaml says, and no longer than the CA that signs. */
async function issuePlan(fleet: Fleet): Promise<{ readonly notBefore: number; readonly notAfter: number }> {
  const now = systemClock.now()
  const { validTo } = await readCertificate(fleet.directory.ca, 'devices')
  return {
    notBefore: now - BACKDATE,
    notAfter: Math.min(now + fleet.config.issuance.device, Date.parse(validTo)),
  }
}

async function chosenDevices({
  ids,
  count,
  prefix,
  csrFiles,
}: ProvisionChoice): Promise<readonly DeviceRequest[]> {
  const fromFiles = await Promise.all(csrFiles.map(readRequest))
  const counted = count === undefined ? [] : countedIds(prefix ?? 'device', count)
  const generated = distinctIds([...ids, ...counted]).map((id) => ({ id }))
  const all = [...fromFiles, ...generated]
  if (all.length === 0) {
    throw new UsageError('PROVISION_NOTHING', 'No device is named.', {
      hint: 'Give ids, or --count N --prefix NAME, or --csr FILE.',
    })
  }
  return refuseTwice(all)
}

function refuseTwice(devices: readonly DeviceRequest[]): readonly DeviceRequest[] {
  const seen = new Set<string>()
  for (const { id } of devices) {
    if (seen.has(id.toLowerCase())) throw new UsageError('DEVICE_TWICE', `${id} is named twice.`)
    seen.add(id.toLowerCase())
  }
  return devices
}

async function readRequest(file: string): Promise<DeviceRequest> {
  const content = await readCsrFile(file)
  try {
    const { commonName, spki } = parseCsr(content)
    return { id: commonName, spki }
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    throw new UsageError(error.code, `${file}: ${error.message}`, {
      ...(error.hint && { hint: error.hint }),
      cause: error,
    })
  }
}

async function readCsrFile(file: string): Promise<Uint8Array> {
  try {
    return await readInput(file)
  } catch (error) {
    throw new UsageError('CSR_FILE', `The request cannot be read: ${messageOf(error)}`, { cause: error })
  }
}
