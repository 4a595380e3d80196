import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { BarResult } from '../../src/lib/fleet/bar-devices.ts'
import type { ImportResult } from '../../src/lib/fleet/import-devices.ts'
import type { RefusedListing } from '../../src/lib/fleet/refused.ts'
import { connect } from '../../src/lib/mqtt/connection.ts'
import { openAuthority } from '../../src/lib/pki/authorities.ts'
import type { Credential } from '../../src/lib/pki/credential.ts'
import { AuthorityFolder, requestFor } from '../support/authorities.ts'
import { type BrokerKind, PASSPHRASE, TestFleet } from '../support/fleet.ts'
import { mosquittoMissing } from '../support/mosquitto.ts'
import type { Running } from '../support/program.ts'

/** A device of this fleet, one that another station has issued, and one of somebody else's fleet. */
describe.each<BrokerKind>(['embedded', 'mosquitto'])('who knocks on %s', (broker) => {
  const skipped = broker === 'mosquitto' && mosquittoMissing()
  let fleet: TestFleet
  let up: Running

  const knock = async (id: string, credential: Credential): Promise<void> => {
    const address = { host: 'localhost', port: fleet.port }
    await using connection = await connect({ broker: address, credential, clientId: id, within: 5000 })
    await connection.publish(`dt/acme/${id}`, '1')
  }
  const elsewhere = async (id: string): Promise<Credential> => {
    const folder = path.join(fleet.folder, 'ca')
    const devices = await openAuthority(folder, 'devices', 'acme', () => Promise.resolve(PASSPHRASE))
    return devices.issueWithKey(requestFor('device', id)).credential
  }
  /** The listing, once the services have noted what is looked for. */
  const listing = async (fits: (listing: RefusedListing) => boolean, ...args: readonly string[]) => {
    for (let attempt = 0; ; attempt++) {
      const found = await fleet.json<RefusedListing>('broker', 'refused', ...args)
      if (fits(found) || attempt === 20) return found
      await sleep(300)
    }
  }

  beforeAll(async () => {
    if (skipped) return
    fleet = await TestFleet.make({ broker })
    up = await fleet.up()
  })
  afterAll(async () => {
    await up?.[Symbol.asyncDispose]()
    await fleet?.[Symbol.asyncDispose]()
  })

  test.skipIf(skipped)('nobody so far', async () => {
    const source = broker === 'embedded' ? 'exact' : 'log'
    expect(await fleet.json('broker', 'refused')).toEqual({ source, refused: [], total: 0, unknown: [] })
    expect((await fleet.run('broker', 'refused')).stderr).toContain('Nobody was turned away.')
  })

  test.skipIf(skipped)('a certificate of another fleet is refused, counted and explained', async () => {
    await using foreign = await AuthorityFolder.make()
    const { credential } = (await foreign.open('devices')).issueWithKey(requestFor('device', 'p7'))
    const { anchor } = await elsewhere('p7')
    for (let time = 0; time < 3; time++)
      await expect(knock('p7', { ...credential, anchor })).rejects.toThrow()
    const { refused } = await listing(({ refused: [row] }) => row?.count === 3)
    const [row] = refused
    expect(row).toMatchObject({ count: 3, device: null, certificate: 'none' })
    expect([row!.identity, row!.reason]).toEqual(
      broker === 'embedded' ? ['p7', 'unknown-ca'] : [row!.address, 'bad-certificate'],
    )
    const one = await fleet.json<RefusedListing>('broker', 'refused', row!.identity)
    expect(one.refused).toHaveLength(1)
    expect((await fleet.run('broker', 'refused', 'p8')).code).toBe(0)
  })

  test.skipIf(skipped)('who is unknown here came in, and can be imported', async () => {
    await knock('p5', await elsewhere('p5'))
    const { unknown } = await listing((found) => found.unknown.length > 0)
    expect(unknown.map(({ id }) => id)).toEqual(['p5'])
    expect((await fleet.run('broker', 'refused')).stderr).toMatch(/flotilla device import .*p5/)
    expect((await fleet.run('device', 'import', 'p6', '--json')).code).toBe(4)
    expect(await fleet.json<ImportResult>('device', 'import', 'P5', '--tag', 'hall=B')).toEqual({
      devices: ['p5'],
      certificates: [],
    })
    expect(await fleet.json('device', 'show', 'p5')).toMatchObject({ life: 'reported', tags: { hall: 'B' } })
    expect((await fleet.json<RefusedListing>('broker', 'refused')).unknown).toEqual([])
    expect((await fleet.run('device', 'import', 'p5', '--json')).code).toBe(2)
  })

  test.skipIf(skipped)('by its certificate it is imported unseen, and can be revoked then', async () => {
    const [credential, foreign] = [await elsewhere('p3'), await elsewhere('op.eve')]
    const file = path.join(fleet.folder, 'p3.pem')
    const other = path.join(fleet.folder, 'other.pem')
    await writeFile(file, credential.certificate)
    await writeFile(other, foreign.certificate)
    expect((await fleet.run('device', 'import', '--cert', other, '--json')).code).toBe(2)
    const staff = path.join(fleet.folder, 'credentials', 'op.root', 'cert.pem')
    expect((await fleet.run('device', 'import', '--cert', staff, '--json')).code).toBe(2)
    const { devices, certificates } = await fleet.json<ImportResult>('device', 'import', '--cert', file)
    expect(devices).toEqual(['p3'])
    expect(certificates).toEqual([{ subject: 'p3', serial: expect.any(String) as unknown }])
    expect(await fleet.json('device', 'import', 'p3', '--cert', file)).toEqual({
      devices: [],
      certificates: [],
    })
    await knock('p3', credential)
    const revoked = await fleet.json('cert', 'revoke', certificates[0]!.serial, '--yes')
    expect(revoked).toMatchObject({ revoked: [{ subject: 'p3' }] })
    if (broker === 'embedded') await expect(knock('p3', credential)).rejects.toThrow()
    expect((await fleet.run('device', 'import', '--cert', file, '--json')).code).toBe(9)
  })

  test.skipIf(skipped)(
    'who was imported by name gets the certificate later, and is issued by then',
    async () => {
      const file = path.join(fleet.folder, 'p2.pem')
      const credential = await elsewhere('p2')
      await writeFile(file, credential.certificate)
      await knock('p2', credential)
      await listing((found) => found.unknown.length > 0)
      await fleet.json('device', 'block', 'p2') // registers a stranger
      const { devices, certificates } = await fleet.json<ImportResult>('device', 'import', '--cert', file)
      expect({ devices, serials: certificates.length }).toEqual({ devices: [], serials: 1 })
      expect(await fleet.json('device', 'show', 'p2')).toMatchObject({
        blocked: true,
        certificates: [{ serial: certificates[0]!.serial }],
      })
    },
  )

  test.skipIf(skipped)('or blocked; then it is refused by its name where the broker tells', async () => {
    const credential = await elsewhere('p4')
    await knock('p4', credential)
    await listing((found) => found.unknown.length > 0)
    expect(await fleet.json<BarResult>('device', 'block', 'p4')).toMatchObject({ devices: ['p4'] })
    expect((await fleet.json<RefusedListing>('broker', 'refused')).unknown).toEqual([])
    if (broker === 'mosquitto') return // it lets a blocked device connect, and nothing pass
    await expect(knock('p4', credential)).rejects.toThrow()
    const { refused } = await listing((found) => found.total > 0, 'p4')
    expect(refused).toMatchObject([
      {
        identity: 'p4',
        reason: 'blocked',
        device: { blocked: true },
        remedy: { next: 'flotilla device unblock p4' },
      },
    ])
  })
})
