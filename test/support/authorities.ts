import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createAuthorities, openAuthority } from '../../src/lib/pki/authorities.ts'
import type { Authority, AuthorityName, IssueRequest } from '../../src/lib/pki/authority.ts'
import type { Profile } from '../../src/lib/pki/profiles.ts'

const YEAR = 365 * 86_400_000

/** Options of the CAs of a throw-away folder; keys in the clear unless a passphrase is given. */
export function authorityOptions(
  options: {
    readonly now?: number
    readonly passphrase?: string
    readonly root?: number
    readonly issuing?: number
  } = {},
) {
  const { now = Date.now(), passphrase, root = 20 * YEAR, issuing = 10 * YEAR } = options
  return {
    fleet: 'acme',
    passphrase: () => Promise.resolve(passphrase),
    existingPassphrase: () => Promise.resolve(passphrase ?? ''),
    lifetimes: { root, issuing },
    clock: { now: () => now },
  }
}

/** The CAs of a fleet as files, as they lie in a fleet directory. */
export class AuthorityFolder implements AsyncDisposable {
  readonly path: string
  readonly #options: ReturnType<typeof authorityOptions>

  private constructor(path: string, options: ReturnType<typeof authorityOptions>) {
    this.path = path
    this.#options = options
  }

  static async make(options: Parameters<typeof authorityOptions>[0] = {}): Promise<AuthorityFolder> {
    const folder = new AuthorityFolder(
      await mkdtemp(path.join(tmpdir(), 'flotilla-ca-')),
      authorityOptions(options),
    )
    await createAuthorities(folder.path, folder.#options)
    return folder
  }

  file(name: string): string {
    return path.join(this.path, name)
  }

  read(name: string): Promise<string> {
    return readFile(this.file(name), 'utf8')
  }

  open(name: AuthorityName): Promise<Authority> {
    const { fleet, existingPassphrase, clock } = this.#options
    return openAuthority(this.path, name, fleet, existingPassphrase, clock)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true })
  }
}

const DAY = 86_400_000

/** What to ask for a certificate of this profile that is good today. */
export function requestFor(
  profile: Profile,
  subject: string,
  more: Partial<IssueRequest> = {},
): IssueRequest {
  const now = Date.now()
  return { profile, subject, notBefore: now - DAY, notAfter: now + 30 * DAY, ...more }
}
