import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { systemClock } from '../../src/lib/base/clock.ts'
import { createAuthorities, openAuthority, readCertificate } from '../../src/lib/pki/authorities.ts'
import type { Authority, AuthorityName, IssueRequest } from '../../src/lib/pki/authority.ts'
import type { Credential } from '../../src/lib/pki/credential.ts'

/** The CAs of a throw-away fleet, and credentials from them. */
export interface TestAuthorities {
  /** For localhost and 127.0.0.1. */
  readonly server: Credential
  issue(profile: 'device' | 'operator' | 'service', subject: string, validity?: Validity): Credential
  issueServer(hosts: readonly string[]): Credential
  /** PEM of what a listener for devices, and one for staff, trusts. */
  readonly deviceTrust: readonly string[]
  readonly staffTrust: readonly string[]
}

interface Validity {
  readonly notBefore: number
  readonly notAfter: number
}

const DAY = 86_400_000
const SIGNER = { device: 'devices', operator: 'staff', service: 'staff' } as const

export async function createTestAuthorities(fleet = 'acme'): Promise<TestAuthorities> {
  const folder = await mkdtemp(path.join(tmpdir(), 'flotilla-ca-'))
  try {
    return await build(folder, fleet)
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function build(folder: string, fleet: string): Promise<TestAuthorities> {
  const lifetimes = { root: 3650 * DAY, issuing: 1000 * DAY }
  await createAuthorities(folder, {
    fleet,
    passphrase: () => Promise.resolve(undefined),
    existingPassphrase: () => Promise.resolve(''),
    lifetimes,
    clock: systemClock,
  })
  const open = (name: AuthorityName): Promise<Authority> =>
    openAuthority(folder, name, fleet, () => Promise.resolve(''))
  const authorities = {
    devices: await open('devices'),
    servers: await open('servers'),
    staff: await open('staff'),
  }
  const pemOf = async (name: AuthorityName): Promise<string> =>
    (await readCertificate(folder, name)).toString()
  const now = Date.now()
  const today = { notBefore: now - DAY, notAfter: now + 30 * DAY }
  const issueServer = (hosts: readonly string[]): Credential => {
    const request: IssueRequest = { profile: 'server', subject: hosts[0]!, hosts, ...today }
    return authorities.servers.issueWithKey(request).credential
  }
  return {
    server: issueServer(['localhost', '127.0.0.1']),
    issueServer,
    issue: (profile, subject, validity = today) =>
      authorities[SIGNER[profile]].issueWithKey({ profile, subject, ...validity }).credential,
    deviceTrust: [await pemOf('root'), await pemOf('devices')],
    staffTrust: [await pemOf('staff')],
  }
}
