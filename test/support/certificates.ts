import { X509Certificate } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { systemClock } from '../../src/lib/base/clock.ts'
import type { BrokerTrust } from '../../src/lib/broker/broker.ts'
import { createAuthorities, openAuthority, readCertificate, readCrl } from '../../src/lib/pki/authorities.ts'
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
  /** From the CA for devices, but made for servers. */
  issueWrongPurpose(subject: string): Credential
  /** What a broker shows and trusts, with these certificates revoked. */
  trust(revoked?: readonly Credential[]): BrokerTrust
}

export function serialOf({ certificate }: Credential): string {
  return new X509Certificate(certificate).serialNumber
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
  const names = ['root', 'devices', 'staff'] as const
  const crls = Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readCrl(folder, name)] as const)),
  )
  let crlNumber = 1
  const now = Date.now()
  const today = { notBefore: now - DAY, notAfter: now + 30 * DAY }
  const issueServer = (hosts: readonly string[]): Credential => {
    const request: IssueRequest = { profile: 'server', subject: hosts[0]!, hosts, ...today }
    return authorities.servers.issueWithKey(request).credential
  }
  const server = issueServer(['localhost', '127.0.0.1'])
  const deviceTrust = [await pemOf('root'), await pemOf('devices')]
  const staffTrust = [await pemOf('staff')]
  const signCrl = (name: 'devices' | 'staff', revoked: readonly Credential[]): string => {
    const entries = revoked.map((credential) => ({ serial: serialOf(credential), at: Date.now() }))
    return entries.length === 0 ? crls[name]! : authorities[name].signCrl(entries, ++crlNumber, Date.now())
  }
  return {
    server,
    issueServer,
    issue: (profile, subject, validity = today) =>
      authorities[SIGNER[profile]].issueWithKey({ profile, subject, ...validity }).credential,
    deviceTrust,
    staffTrust,
    issueWrongPurpose: (subject) => {
      const request: IssueRequest = { profile: 'server', subject, hosts: [subject], ...today }
      return authorities.devices.issueWithKey(request).credential
    },
    trust: (revoked = []) => ({
      server,
      devices: { certificates: deviceTrust, crls: [crls['root']!, signCrl('devices', revoked)] },
      staff: { certificates: staffTrust, crls: [signCrl('staff', revoked)] },
    }),
  }
}
