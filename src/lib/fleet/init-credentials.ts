import { existsSync } from 'node:fs'
import path from 'node:path'
import { systemClock } from '../base/clock.ts'
import { once } from '../base/once.ts'
import { AUTHORITY_NAMES, BACKDATE, createAuthorities, openAuthority } from '../pki/authorities.ts'
import type { Authority, AuthorityName, IssueRequest } from '../pki/authority.ts'
import type { Registry } from '../registry/registry.ts'
import { openSqliteRegistry } from '../registry/sqlite/registry.ts'
import { openSqliteState } from '../registry/sqlite/state.ts'
import type { FleetConfig } from './config.ts'
import { operatorNameOfUser, writeCredential } from './credentials.ts'
import type { FleetDirectory } from './directory.ts'

export interface EnsureCredentials {
  readonly directory: FleetDirectory
  readonly config: FleetConfig
  /** The passphrase of new CA keys; undefined leaves them in the clear. */
  readonly newPassphrase: () => Promise<string | undefined>
  readonly passphrase: () => Promise<string>
  readonly step: (made: string) => void
}

/** Services that run today and so have an identity of their own. */
const SERVICES = ['svc.broker', 'svc.ingest'] as const

/**
 * Makes what is missing of CAs, registry and credentials. A credential's row is committed before its files: killed in
 * between, a serial stays in the registry that nobody holds, which harms nothing, and the next run issues another.
 */
export async function ensureCredentials(request: EnsureCredentials): Promise<void> {
  const { directory, config, step } = request
  const newPassphrase = once(request.newPassphrase)
  const passphrase = once(request.passphrase)
  const made = await createAuthorities(directory.ca, {
    fleet: config.name,
    passphrase: newPassphrase,
    existingPassphrase: passphrase,
    lifetimes: config.issuance,
    clock: systemClock,
  })
  for (const name of made) step(`ca/${name}`)
  await using registry = await ensureRegistry(directory, step)
  // Where a killed run left CAs, the passphrase of their keys is that of the new ones, too.
  const allNew = made.length === AUTHORITY_NAMES.length
  const ofKeys = allNew ? async () => (await newPassphrase()) ?? '' : passphrase
  const open = (name: AuthorityName) => once(() => openAuthority(directory.ca, name, config.name, ofKeys))
  const issuer = { ...request, registry, authorities: { servers: open('servers'), staff: open('staff') } }
  await ensureCredential(issuer, 'server', 'servers', {
    profile: 'server',
    subject: config.broker.hosts[0]!,
    hosts: config.broker.hosts,
    ...lifetime(config.issuance.server),
  })
  for (const subject of SERVICES) {
    const period = lifetime(config.issuance.service)
    await ensureCredential(issuer, subject, 'staff', { profile: 'service', subject, ...period })
  }
  const subject = operatorNameOfUser()
  const period = lifetime(config.issuance.operator)
  await ensureCredential(issuer, subject, 'staff', { profile: 'operator', subject, ...period })
}

async function ensureRegistry(directory: FleetDirectory, step: (made: string) => void): Promise<Registry> {
  const isNew = !existsSync(directory.registryFile)
  const { registryFile, stateFile } = directory
  await using _state = await openSqliteState({ stateFile, migrate: true })
  const registry = await openSqliteRegistry({ registryFile, stateFile, migrate: true })
  if (isNew) step('data/registry.db')
  return registry
}

type Issuer = EnsureCredentials & {
  readonly registry: Registry
  /** Each opened once, when it is needed: its key is expensive to decrypt. */
  readonly authorities: Readonly<Record<'servers' | 'staff', () => Promise<Authority>>>
}

async function ensureCredential(
  { directory, authorities, registry, step }: Issuer,
  name: string,
  authorityName: keyof Issuer['authorities'],
  request: IssueRequest,
): Promise<void> {
  const folder = directory.credential(name)
  // ca.pem is written last: with it the folder is whole.
  if (existsSync(path.join(folder, 'ca.pem'))) return
  const authority = await authorities[authorityName]()
  const { credential, record } = authority.issueWithKey(request)
  const entry = { action: 'cert.issue', subject: request.subject, details: { serial: record.serial } }
  await registry.change(operatorNameOfUser(), entry, (write) => write.addCertificates([record]))
  await writeCredential(folder, credential)
  step(`credentials/${name}`)
}

function lifetime(milliseconds: number): { readonly notBefore: number; readonly notAfter: number } {
  const now = systemClock.now()
  return { notBefore: now - BACKDATE, notAfter: now + milliseconds }
}
