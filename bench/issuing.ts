import { generateKeyPairSync, sign } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { systemClock } from '../src/lib/base/clock.ts'
import { createAuthorities, openAuthority } from '../src/lib/pki/authorities.ts'

/**
 * Devices a second, P-256 key and certificate in memory on one thread, against bare key generation and one ECDSA
 * signature, in turn within one run. `node bench/issuing.ts [rounds]`. Bar: 50 %.
 */
const rounds = Number(process.argv[2] ?? 15)
const EACH = 400

const folder = await mkdtemp(path.join(tmpdir(), 'flotilla-bench-'))
const lifetimes = { root: 20 * 365 * 86_400_000, issuing: 10 * 365 * 86_400_000 }
const none = () => Promise.resolve('')
await createAuthorities(folder, {
  fleet: 'acme',
  passphrase: () => Promise.resolve(undefined),
  existingPassphrase: none,
  lifetimes,
  clock: systemClock,
})
const authority = await openAuthority(folder, 'devices', 'acme', none)
await rm(folder, { recursive: true })

const now = Date.now()
const plan = { profile: 'device', notBefore: now - 3_600_000, notAfter: now + 86_400_000 } as const
const { privateKey: signer } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const toBeSigned = Buffer.alloc(500, 1)

const jobs = {
  'key generation + signature': () => {
    generateKeyPairSync('ec', { namedCurve: 'P-256' })
    sign('sha256', toBeSigned, signer)
  },
  'key + certificate (issueWithKey)': (index: number) => {
    authority.issueWithKey({ ...plan, subject: `pump-${index}` })
  },
}

/** Microseconds of CPU for one, over EACH of them. */
function cost(job: (index: number) => void): number {
  const before = process.cpuUsage()
  for (let index = 0; index < EACH; index++) job(index)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / EACH
}

const costs = Object.values(jobs).map((): number[] => [])
for (let round = -1; round < rounds; round++) {
  for (const [index, job] of Object.values(jobs).entries()) {
    const spent = cost(job)
    if (round >= 0) costs[index]!.push(spent) // the first round warms up
  }
}
const medians = costs.map((values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!)
console.table(
  Object.fromEntries(
    Object.keys(jobs).map((name, index) => {
      const spent = medians[index]!
      return [name, { 'µs CPU': Math.round(spent), 'a second': Math.round(1e6 / spent) }]
    }),
  ),
)
console.log(
  `issuing reaches ${((100 * medians[0]!) / medians[1]!).toFixed(0)} % of the bare rate (bar: 50 %)`,
)
