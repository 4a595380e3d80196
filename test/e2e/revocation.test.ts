import { once } from 'node:events'
import { copyFile, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CertificateListing } from '../../src/lib/fleet/list-certificates.ts'
import type { RenewedCrl } from '../../src/lib/fleet/renew-crl.ts'
import type { RevokeResult } from '../../src/lib/fleet/revoke-certificates.ts'
import { type BrokerKind, TestFleet } from '../support/fleet.ts'
import { mosquittoMissing } from '../support/mosquitto.ts'
import { openssl } from '../support/openssl.ts'
import { flotilla, Running } from '../support/program.ts'

/** Out means out (design §3): on whichever broker, who is revoked loses the session and gets no other. */
describe.each<BrokerKind>(['embedded', 'mosquitto'])('revoked on %s', (broker) => {
  const skipped = broker === 'mosquitto' && mosquittoMissing()
  let fleet: TestFleet
  const running: Running[] = []

  const errorOf = async (...args: readonly string[]) => {
    const { code, stdout } = await fleet.run(...args, '--json')
    const { error } = JSON.parse(stdout) as { error: { code: string; exitCode: number; hint: string } }
    expect(code).toBe(error.exitCode)
    return error
  }

  beforeAll(async () => {
    if (skipped) return
    fleet = await TestFleet.make({ broker })
    await fleet.json('device', 'provision', 'p1', 'p2')
    running.push(await fleet.up())
    const simulation = fleet.start('simulate', '--rate', '5')
    running.push(simulation)
    await simulation.line(({ connected, acknowledged }) => connected === 2 && Number(acknowledged) > 5)
  })
  afterAll(async () => {
    for (const one of running.toReversed()) await one[Symbol.asyncDispose]()
    await fleet?.[Symbol.asyncDispose]()
  })

  test.skipIf(skipped)('nothing is changed without a yes, or by a passphrase that is wrong', async () => {
    expect(await errorOf('cert', 'revoke', 'p1')).toMatchObject({ code: 'CONFIRM', exitCode: 2 })
    const args = ['cert', 'revoke', 'p1', '--yes', '--json', '--fleet', fleet.folder]
    expect((await flotilla(args, { env: { FLOTILLA_CA_PASSPHRASE: 'not the one' } })).code).toBe(3)
    expect(await errorOf('cert', 'revoke', 'p9', '--yes')).toMatchObject({ code: 'CERTIFICATE_UNKNOWN' })
    const listing = await fleet.json<CertificateListing>('cert', 'list', '--revoked')
    expect(listing.total).toBe(0)
  })

  test.skipIf(skipped)('a device: the live session ends, and no other begins', async () => {
    const result = await fleet.json<RevokeResult>(
      'cert',
      'revoke',
      'p1',
      '--reason',
      'keyCompromise',
      '--yes',
    )
    expect(result).toMatchObject({
      revoked: [{ subject: 'p1', profile: 'device', revokedReason: 'keyCompromise' }],
      already: [],
      lists: [{ authority: 'devices', number: 2, revoked: 1 }],
      broker: 'up',
    })
    expect((await fleet.run('tail', 'p1', '--count', '1', '--for', '3s', '--json')).code).toBe(6)
    expect((await fleet.run('tail', 'p2', '--count', '1', '--for', '10s', '--json')).code).toBe(0)
    const crl = path.join(fleet.folder, 'ca', 'devices.crl.pem')
    const { stdout } = await openssl(['crl', '-in', crl, '-noout', '-text'])
    expect(stdout).toContain('Key Compromise')
    expect(stdout).toContain(result.revoked[0]!.serial)
    expect((await fleet.run('cert', 'verify', 'p1', '--json')).code).toBe(9)
  })

  test.skipIf(skipped)('the same line again signs the list once more and changes nothing', async () => {
    const again = await fleet.json<RevokeResult>('cert', 'revoke', 'p1', '--yes')
    expect(again).toMatchObject({
      revoked: [],
      already: [{ subject: 'p1', revokedReason: 'keyCompromise' }],
      lists: [{ number: 3, revoked: 1 }],
    })
  })

  test.skipIf(skipped)('an operator: nothing comes any more, and no other session begins', async () => {
    const { serial } = await fleet.json<{ serial: string }>('cert', 'issue', 'op.eve')
    await fleet.json('broker', 'reload')
    const asEve = { env: { FLOTILLA_OPERATOR: 'op.eve' } }
    const tail = ['tail', 'p2', '--fleet', fleet.folder, '--json']
    const watching = [new Running(tail, asEve), new Running(tail, asEve)]
    running.push(...watching)
    for (const one of watching) await one.line(({ device }) => device === 'p2')
    const ended = watching.map(({ child }) => once(child, 'close'))
    const result = await fleet.json<RevokeResult>('cert', 'revoke', serial, '--yes')
    expect(result).toMatchObject({ revoked: [{ subject: 'op.eve' }], lists: [{ authority: 'staff' }] })
    expect(result.evicted).toEqual(['op.eve', 'op.eve'])
    expect((await Promise.all(ended)).map(([code]) => code)).toEqual([3, 3])
    for (const { lines } of watching) {
      const { error } = JSON.parse(lines.at(-1)!) as { error: { message: string } }
      expect(error.message).toMatch(/op\.eve in: its certificate was revoked on \d{4}-/)
    }
    expect((await flotilla([...tail, '--count', '1', '--for', '10s'], asEve)).code).toBe(3)
  })

  test.skipIf(skipped)('what the broker is told with is not revoked under it', async () => {
    expect(await errorOf('cert', 'revoke', 'svc.broker', '--yes')).toMatchObject({
      code: 'REVOKE_IN_USE',
      exitCode: 2,
      hint: expect.stringContaining('cert issue svc.broker --force') as unknown,
    })
  })

  test.skipIf(skipped)('cert crl signs what the registry says', async () => {
    const before = await readFile(path.join(fleet.folder, 'ca', 'devices.crl.pem'), 'utf8')
    const renewed = await fleet.json<RenewedCrl>('cert', 'crl')
    expect(renewed).toMatchObject({ authority: 'devices', number: 4, revoked: 1, broker: 'up', evicted: [] })
    expect(Date.parse(renewed.nextUpdate)).toBeGreaterThan(Date.now() + 9 * 365 * 86_400_000)
    expect(await readFile(path.join(fleet.folder, 'ca', 'devices.crl.pem'), 'utf8')).not.toBe(before)
    const { stdout } = await fleet.run('cert', 'crl', 'staff')
    expect(stdout).toMatch(
      /^The revocation list of the CA "staff" is number 3, with 1 certificate, good until /,
    )
    expect((await fleet.run('tail', 'p2', '--count', '1', '--for', '10s', '--json')).code).toBe(0)
  })
})

test('a registry restored from before a revocation lets nobody in again', async () => {
  await using fleet = await TestFleet.make()
  await fleet.json('device', 'provision', 'p1')
  const [registry, backup] = ['registry.db', 'backup.db'].map((file) => path.join(fleet.folder, 'data', file))
  await copyFile(registry!, backup!)
  await fleet.json('cert', 'revoke', 'p1', '--reason', 'superseded', '--yes')
  await copyFile(backup!, registry!)
  expect((await fleet.json<CertificateListing>('cert', 'list', '--revoked')).total).toBe(0)
  expect(await fleet.json<RenewedCrl>('cert', 'crl')).toMatchObject({ number: 3, revoked: 1, broker: 'none' })
  expect((await fleet.run('cert', 'verify', 'p1', '--json')).code).toBe(9)
  const again = await fleet.json<RevokeResult>('cert', 'revoke', 'p1', '--yes')
  expect(again).toMatchObject({ revoked: [{ subject: 'p1' }], lists: [{ number: 4, revoked: 1 }] })
})

test('a list that is damaged is signed anew from the registry, when somebody says so', async () => {
  await using fleet = await TestFleet.make()
  await fleet.json('device', 'provision', 'p1')
  await fleet.json('cert', 'revoke', 'p1', '--yes')
  const list = path.join(fleet.folder, 'ca', 'devices.crl.pem')
  await writeFile(list, 'junk')
  const refused = await fleet.run('up')
  expect(refused.code).toBe(9)
  expect(refused.stderr).toContain(list)
  expect(refused.stderr).toMatch(/flotilla cert crl .*devices --force/)
  expect((await fleet.run('cert', 'crl', 'devices')).code).toBe(9)
  const renewed = await fleet.json<RenewedCrl>('cert', 'crl', 'devices', '--force')
  expect(renewed).toMatchObject({ authority: 'devices', revoked: 1 })
  expect(renewed.number).toBeGreaterThan(1_000_000_000) // more than the number that is lost
  await using _up = await fleet.up()
})
