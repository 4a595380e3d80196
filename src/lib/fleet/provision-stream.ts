import { X509Certificate } from 'node:crypto'
import { takeLock } from '../base/process-lock.ts'
import { type InputRow, isFault, type RowFault } from '../batch/row.ts'
import { openAuthority } from '../pki/authorities.ts'
import type { DeviceRequest } from '../provisioning/device-rows.ts'
import { HeldCredentials } from '../provisioning/held-credentials.ts'
import { openProvisioning, type Provisioning } from '../provisioning/provision.ts'
import { type Delivery, isDelivery, streamLine } from '../provisioning/stream-line.ts'
import type { Tags } from '../registry/device.ts'
import { deliver } from './deliver-device.ts'
import type { Fleet } from './fleet.ts'
import { issuePlan } from './issue-plan.ts'
import type {
  CertifiedAnswer,
  FailedAnswer,
  StreamAnswer,
  StreamOutcome,
  StreamTally,
} from './stream-answer.ts'

export interface StreamOptions {
  /** For all devices that have none of their own. */
  readonly tags: Tags
  readonly passphrase: () => Promise<string>
  /** Takes the answer to a line; the next line is looked at when it has. */
  readonly answer: (answer: StreamAnswer) => Promise<void>
}

/**
 * Provisions for a test jig, as its coprocess: each line is checked and answered before the next is looked at. What was
 * answered is so, also after `kill -9`; a line that has no answer is sent again, and gets the same certificate if it
 * was made.
 * @throws RefusedError `CA_PASSPHRASE` · NotFoundError `CA_KEY_MISSING` · UnreachableError `LOCKED`
 */
export async function provisionStream(
  fleet: Fleet,
  rows: AsyncIterable<InputRow | RowFault>,
  { tags, passphrase, answer }: StreamOptions,
): Promise<StreamTally> {
  using _lock = await takeLock(fleet.directory.lock('provision'), {
    what: 'flotilla device provision',
    wait: 10_000,
  })
  await using provisioning = await open(fleet, passphrase)
  const held = new HeldCredentials(fleet.directory.devices)
  const tally = { issued: 0, already: 0, delivered: 0, failed: 0 }
  for await (const row of rows) {
    const asked = isFault(row) ? row : streamLine(row, tags)
    const outcome = await settle(fleet, asked, provisioning, held)
    tally[outcome.state]++
    await answer({ line: row.line, ...outcome })
  }
  return tally
}

/** The CA's key is opened before the first line: a wrong passphrase ends it there, and no device waits for it. */
async function open(fleet: Fleet, passphrase: () => Promise<string>): Promise<Provisioning> {
  const { ca, devices: devicesFolder } = fleet.directory
  const authority = await openAuthority(ca, 'devices', fleet.name, passphrase)
  const setting = {
    layout: { kind: 'folders' },
    actor: (await fleet.operator()).name,
    registry: await fleet.registry(),
    authority: () => Promise.resolve(authority),
    devicesFolder,
    plan: await issuePlan(fleet),
  } as const
  return openProvisioning(setting, 0)
}

async function settle(
  fleet: Fleet,
  asked: DeviceRequest | Delivery | RowFault,
  provisioning: Provisioning,
  held: HeldCredentials,
): Promise<StreamOutcome> {
  if (isFault(asked)) return failure(asked)
  if (isDelivery(asked)) return deliver(fleet, asked)
  const prepared = await provisioning.prepare([asked])
  const [outcome] = await provisioning.commit(prepared)
  if (outcome === undefined || outcome.state === 'new') throw new Error('A device has no outcome.')
  if (outcome.state === 'failed') return outcome
  const { id } = outcome
  if (outcome.state === 'already') return { id, state: 'already', ...(await credentialOf(held, id)) }
  const { serial, notAfter } = outcome
  return { id, state: 'issued', serial, notAfter, chain: prepared.issued[0]?.chain ?? null }
}

function failure({ field, code, message }: RowFault): FailedAnswer {
  return { state: 'failed', ...(field !== undefined && { field }), code, message }
}

async function credentialOf(
  held: HeldCredentials,
  id: string,
): Promise<Pick<CertifiedAnswer, 'serial' | 'notAfter' | 'chain'>> {
  const credential = (await held.read([id])).get(id)
  if (credential === undefined) return { serial: null, notAfter: null, chain: null }
  const { serialNumber, validTo } = new X509Certificate(credential.certificate)
  return { serial: serialNumber, notAfter: new Date(validTo).toISOString(), chain: credential.chain }
}
