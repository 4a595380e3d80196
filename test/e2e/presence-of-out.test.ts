import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { poll } from '../../src/lib/base/retry.ts'
import { readCredential } from '../../src/lib/fleet/credentials.ts'
import { connect } from '../../src/lib/mqtt/connection.ts'
import { TestFleet } from '../support/fleet.ts'
import { mosquittoMissing } from '../support/mosquitto.ts'

test.skipIf(mosquittoMissing())(
  'who was blocked, revoked or removed while up was stopped is offline once it runs, with the reason',
  async () => {
    await using fleet = await TestFleet.make({ broker: 'mosquitto' })
    const ids = ['p-away', 'p-blocked', 'p-fine', 'p-removed', 'p-renewed', 'p-revoked'] as const
    await fleet.json('device', 'provision', ...ids)
    const first = await fleet.up()
    const topic = (id: string) => `presence/${fleet.name}/${id}`
    for (const id of ids) {
      if (id === 'p-away') continue // of it nothing is retained, and nothing is to be
      const credential = await readCredential(path.join(fleet.folder, 'devices', id))
      await using device = await connect({
        broker: { host: 'localhost', port: fleet.port },
        credential,
        clientId: id,
      })
      await device.publish(topic(id), '{"state":"online","ts":1,"session":"a"}', { retain: true })
    }
    await first.stop()
    await fleet.json('device', 'block', 'p-blocked', 'p-away')
    await fleet.json('device', 'remove', 'p-removed', '--yes')
    await fleet.json('cert', 'revoke', 'p-revoked', '--yes')
    await fleet.json('cert', 'revoke', 'p-renewed', '--yes')
    addCertificate(path.join(fleet.folder, 'data', 'registry.db'), 'p-renewed')

    await using second = await fleet.up()
    const told = await second.line(({ message }) => String(message).includes('says so now'))
    expect(told).toMatchObject({ message: expect.stringContaining('3 devices') })
    await using operator = await connect({
      broker: { host: 'localhost', port: fleet.staffPort },
      credential: await readCredential(path.join(fleet.folder, 'credentials', 'op.root')),
      clientId: 'op.root-test',
    })
    const seen = new Map<string, unknown>()
    await operator.subscribe([topic('+')], ({ topic: name, payload }) =>
      seen.set(name.split('/').at(-1)!, JSON.parse(Buffer.from(payload).toString())),
    )
    await poll(() => seen.size === 5 || undefined, { within: 5000 })
    const offline = (reason: string) => ({ state: 'offline', ts: expect.any(Number), reason })
    const online = { state: 'online', ts: 1, session: 'a' }
    expect(Object.fromEntries(seen)).toEqual({
      ...{ 'p-blocked': offline('blocked'), 'p-removed': offline('blocked') },
      ...{ 'p-revoked': offline('revoked'), 'p-fine': online, 'p-renewed': online },
    })
  },
)

/** A second one, as it will be when certificates are renewed. */
function addCertificate(registryFile: string, device: string): void {
  using registry = new DatabaseSync(registryFile)
  const columns = 'thumbprint, subject, profile, issuer, not_before, not_after'
  registry
    .prepare(
      `INSERT INTO certificates (serial, ${columns}) SELECT '0' || serial, ${columns} FROM certificates WHERE subject = ?`,
    )
    .run(device)
}
