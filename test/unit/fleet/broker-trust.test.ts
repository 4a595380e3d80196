import { copyFile, cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readBrokerTrust } from '../../../src/lib/fleet/broker-trust.ts'
import { FleetDirectory } from '../../../src/lib/fleet/directory.ts'
import { initFleet } from '../../../src/lib/fleet/init.ts'
import { initRequest } from '../../support/init-request.ts'

let parent: string
beforeAll(async () => {
  parent = await mkdtemp(path.join(tmpdir(), 'flotilla-trust-'))
  await initFleet(initRequest(path.join(parent, 'good')))
})
afterAll(() => rm(parent, { recursive: true }))

type Damage = (file: (name: string) => string) => Promise<unknown>

const junk =
  (name: string): Damage =>
  (file) =>
    writeFile(file(name), 'junk')
const swap =
  (from: string, to: string): Damage =>
  (file) =>
    copyFile(file(from), file(to))

/** A broker that starts with any of these refuses its own devices, or does not start and cannot say why. */
test.each<[code: string, named: string, hint: RegExp, damage: Damage]>([
  [
    'CREDENTIAL_BROKEN',
    'credentials/server/key.pem',
    /cert issue server --force/,
    junk('credentials/server/key.pem'),
  ],
  [
    'CREDENTIAL_BROKEN',
    'credentials/server/key.pem',
    /cert issue server --force/,
    swap('credentials/svc.broker/key.pem', 'credentials/server/key.pem'),
  ],
  [
    'CREDENTIAL_BROKEN',
    'credentials/server/chain.pem',
    /cert issue server --force/,
    junk('credentials/server/chain.pem'),
  ],
  [
    'CREDENTIAL_MISSING',
    'credentials/server',
    /cert issue server/,
    (file) => rm(file('credentials/server/key.pem')),
  ],
  ['CA_BROKEN', 'ca/root.cert.pem', /backup.*ca\.pem/, junk('ca/root.cert.pem')],
  ['CA_BROKEN', 'ca/root.cert.pem', /backup/, swap('ca/staff.cert.pem', 'ca/root.cert.pem')],
  ['CRL_BROKEN', 'ca/devices.crl.pem', /backup.*cert crl devices --force/, junk('ca/devices.crl.pem')],
  ['CRL_BROKEN', 'ca/staff.crl.pem', /cert crl staff --force/, swap('ca/root.crl.pem', 'ca/staff.crl.pem')],
  ['CRL_MISSING', 'ca/root.crl.pem', /cert crl root --force/, (file) => rm(file('ca/root.crl.pem'))],
])('%s names %s', async (code, named, hint, damage) => {
  const root = await mkdtemp(path.join(parent, 'bad-'))
  await cp(path.join(parent, 'good'), root, { recursive: true })
  await damage((name) => path.join(root, name))
  await expect(readBrokerTrust(new FleetDirectory(root))).rejects.toMatchObject({
    code,
    message: expect.stringContaining(path.join(root, named)),
    hint: expect.stringMatching(hint),
  })
})

test('what init has made is fit to be trusted', async () => {
  const { devices, staff } = await readBrokerTrust(new FleetDirectory(path.join(parent, 'good')))
  expect([devices.certificates.length, devices.crls.length]).toEqual([2, 2])
  expect([staff.certificates.length, staff.crls.length]).toEqual([1, 1])
})
