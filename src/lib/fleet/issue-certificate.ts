import { systemClock } from '../base/clock.ts'
import { NotFoundError, UsageError } from '../base/errors.ts'
import { isStaffName } from '../base/names.ts'
import { takeLock } from '../base/process-lock.ts'
import { BACKDATE, openAuthority } from '../pki/authorities.ts'
import type { AuthorityName, IssuedRecord } from '../pki/authority.ts'
import { describeCertificate } from '../pki/describe-certificate.ts'
import type { Profile } from '../pki/profiles.ts'
import type { Registry } from '../registry/registry.ts'
import { chooseOperator, operatorNameOfUser, readCredential, writeCredential } from './credentials.ts'
import { isoTime } from './device-view.ts'
import { type FoundCertificate, findCredential } from './find-certificate.ts'
import type { Fleet } from './fleet.ts'
import { ownFault } from './own-credential.ts'
import { checkByFleet } from './verify-certificate.ts'

export interface IssueCertificate {
  /** `op.…`, `svc.…` or `server`. */
  readonly name: string
  /** Names and addresses of the server beside those of fleet.yaml, for `server` only. */
  readonly hosts: readonly string[]
  /** Replace a credential that is good. */
  readonly force: boolean
  readonly passphrase: () => Promise<string>
}

/** What `cert issue` prints with --json. */
export interface IssueResult {
  readonly name: string
  readonly profile: Profile
  readonly serial: string
  readonly notAfter: string
  /** Where the credential lies. */
  readonly folder: string
  /** `registered`: the files were there already, from a run that was killed before it could register them. */
  readonly state: 'issued' | 'registered'
  /** The certificate that lay there before and stays good until it ends. */
  readonly replaced: { readonly serial: string; readonly notAfter: string } | null
}

/**
 * Makes an operator, a service or the server a credential. The files come first, then the row: killed in between, the
 * same line registers what lies there.
 * @throws UsageError `CREDENTIAL_NAME`, `CREDENTIAL_GOOD`, `HOST_NAME` · what `openAuthority` throws
 */
export async function issueCertificate(fleet: Fleet, request: IssueCertificate): Promise<IssueResult> {
  const plan = planFor(fleet, request)
  using _lock = await takeLock(fleet.directory.lock('issue'), { what: 'flotilla cert issue', wait: 10_000 })
  const registry = await fleet.registry()
  const folder = fleet.directory.credential(request.name)
  const present = await presentCredential(fleet, plan)
  if (present?.isGood && !request.force) {
    const { record } = present
    if ((await registry.certificates({ serial: record.serial })).length > 0)
      throw alreadyGood(request.name, record)
    await register(fleet, registry, record)
    return resultOf(plan, record, folder, 'registered')
  }
  const authority = await openAuthority(fleet.directory.ca, plan.authority, fleet.name, request.passphrase)
  const now = systemClock.now()
  const { credential, record } = authority.issueWithKey({
    ...plan,
    notBefore: now - BACKDATE,
    notAfter: now + plan.lifetime,
  })
  await writeCredential(folder, credential)
  await register(fleet, registry, record)
  return resultOf(plan, record, folder, 'issued', present?.record)
}

interface Plan {
  readonly name: string
  readonly profile: Profile
  readonly authority: AuthorityName
  /** CN. */
  readonly subject: string
  readonly hosts: readonly string[]
  /** Milliseconds. */
  readonly lifetime: number
}

function planFor({ config }: Fleet, { name, hosts }: IssueCertificate): Plan {
  const { server, service, operator } = config.issuance
  if (name === 'server') {
    // Our own services reach it by broker.hosts, and take no certificate that lacks them.
    const all = [...new Set([...config.broker.hosts, ...hosts])]
    return { name, profile: 'server', authority: 'servers', subject: all[0]!, hosts: all, lifetime: server }
  }
  if (!isStaffName(name) || hosts.length > 0) throw wrongName(name, hosts)
  const isService = name.startsWith('svc.')
  return {
    name,
    profile: isService ? 'service' : 'operator',
    authority: 'staff',
    subject: name,
    hosts: [],
    lifetime: isService ? service : operator,
  }
}

function wrongName(name: string, hosts: readonly string[]): UsageError {
  if (hosts.length > 0) {
    const why = `A host belongs to the server's certificate, not to ${JSON.stringify(name)}.`
    return new UsageError('CREDENTIAL_NAME', why, { hint: 'flotilla cert issue server --host NAME' })
  }
  return new UsageError(
    'CREDENTIAL_NAME',
    `${JSON.stringify(name)} is neither an operator, a service nor the server.`,
    {
      hint: 'Write op.NAME, svc.NAME or server. A device gets its certificate by: flotilla device provision',
    },
  )
}

interface PresentCredential {
  readonly record: IssuedRecord
  /** Nothing is wrong with it, its key lies beside it, and it covers the hosts that are asked for. */
  readonly isGood: boolean
}

/** What lies in the folder; what cannot be read, or has ended, counts as nothing. */
async function presentCredential({ directory }: Fleet, plan: Plan): Promise<PresentCredential | undefined> {
  const found = await findCredential(directory, plan.name).catch(ignoreUnreadable)
  if (found === undefined) return undefined
  const record = recordOf(found, plan)
  if (record.notAfter < systemClock.now()) return undefined
  const checks = await checkByFleet(directory, found, plan.profile === 'server' ? 'serverAuth' : 'clientAuth')
  const isCovered = plan.hosts.every((host) => found.extensions.names.some(({ value }) => value === host))
  const isVerified = checks.every(({ result }) => result === 'ok')
  return {
    record,
    isGood: isVerified && isCovered && (await isWhole(directory.credential(plan.name), plan.name)),
  }
}

/** A run that was killed may have left the chain of another certificate, or none. */
async function isWhole(folder: string, name: string): Promise<boolean> {
  try {
    return ownFault(name, await readCredential(folder)) === undefined
  } catch (error) {
    if (error instanceof NotFoundError) return false
    throw error
  }
}

function ignoreUnreadable(error: unknown): undefined {
  if (!(error instanceof UsageError)) throw error
}

function recordOf(found: FoundCertificate, { profile, authority, subject }: Plan): IssuedRecord {
  const { serial, thumbprint, notBefore, notAfter } = describeCertificate(found)
  return { serial, thumbprint, subject, profile, issuer: authority, notBefore, notAfter }
}

async function register({ directory }: Fleet, registry: Registry, record: IssuedRecord): Promise<void> {
  // The first operator of a directory issues without being one.
  const actor = await chooseOperator(directory).catch((error: unknown) => {
    if (error instanceof NotFoundError) return operatorNameOfUser()
    throw error
  })
  const { serial, subject, profile } = record
  const entry = { action: 'cert.issue', subject, details: { serial, profile } }
  await registry.change(actor, entry, (write) => write.addCertificates([record]))
}

function alreadyGood(name: string, { notAfter }: IssuedRecord): UsageError {
  return new UsageError(
    'CREDENTIAL_GOOD',
    `${name} has a credential that is good until ${isoTime(notAfter)}.`,
    {
      hint: 'Nothing was changed. To replace it: --force',
    },
  )
}

function resultOf(
  { name, profile }: Plan,
  { serial, notAfter }: IssuedRecord,
  folder: string,
  state: IssueResult['state'],
  before?: IssuedRecord,
): IssueResult {
  const replaced = before === undefined ? null : { serial: before.serial, notAfter: isoTime(before.notAfter) }
  return { name, profile, serial, notAfter: isoTime(notAfter), folder, state, replaced }
}
