import { execFile, spawnSync } from 'node:child_process'

export interface OpensslResult {
  readonly code: number
  readonly stdout: string
  /** Both streams: verify writes what is wrong to either. */
  readonly output: string
}

let isThere: boolean | undefined

/** Whether tests against OpenSSL 3 are to be skipped (`apt-get install openssl`). With CI set they are not: they fail. */
export function opensslMissing(): boolean {
  isThere ??= (spawnSync('openssl', ['version'], { encoding: 'utf8' }).stdout ?? '').startsWith('OpenSSL 3')
  return !isThere && process.env['CI'] === undefined
}

export function openssl(args: readonly string[], input?: string | Uint8Array): Promise<OpensslResult> {
  return new Promise((resolve) => {
    const child = execFile('openssl', args, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1
      resolve({ code, stdout, output: stdout + stderr })
    })
    child.stdin?.end(input)
  })
}
