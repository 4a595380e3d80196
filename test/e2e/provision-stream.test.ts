import { X509Certificate } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DeviceDetails } from '../../src/lib/fleet/show-device.ts'
import { cn, ecKeys, makeCsr } from '../support/csr.ts'
import { PASSPHRASE, TestFleet } from '../support/fleet.ts'
import { Jig } from '../support/jig.ts'
import { lookAtProvisioned } from '../support/provisioned.ts'

let fleet: TestFleet
beforeAll(async () => {
  fleet = await TestFleet.make()
})
afterAll(() => fleet[Symbol.asyncDispose]())

const start = ({ folder }: TestFleet, ...flags: readonly string[]) =>
  new Jig(['device', 'provision', '--from', '-', '--fleet', folder, ...flags], {
    FLOTILLA_CA_PASSPHRASE: PASSPHRASE,
  })

test('a jig gets the answer to each line before it sends the next', async () => {
  await using jig = start(fleet, '--tag', 'hall=B')
  const keys = ecKeys()
  const csr = makeCsr({ ...keys, subject: [cn('AC-1')] }).toString('base64')
  const line = { id: 'AC-1', mac: '8C4B14092E11', csr }
  const first = await jig.ask(line)
  expect(first).toMatchObject({ line: 1, id: 'AC-1', state: 'issued' })
  const certificate = new X509Certificate(first['chain'] as string)
  expect(certificate.serialNumber).toBe(first['serial'])
  expect(certificate.checkPrivateKey(keys.privateKey)).toBe(true)
  expect(await jig.ask(line)).toEqual({ ...first, line: 2, state: 'already' })
  const other = makeCsr({ ...ecKeys(), subject: [cn('AC-1')] }).toString('base64')
  expect(await jig.ask({ csr: other })).toMatchObject({ line: 3, state: 'failed', code: 'ROW_KEY' })
  expect(await jig.ask('nonsense')).toMatchObject({ line: 4, state: 'failed', code: 'ROW_BAD' })
  expect(await jig.ask({ id: 'AC-2', event: 'delivered' })).toMatchObject({ code: 'DEVICE_UNKNOWN' })
  expect(await jig.ask({ id: 'AC-2' })).toMatchObject({ line: 6, id: 'AC-2', state: 'issued' })
  const delivery = { id: 'AC-1', event: 'delivered', readback: 'sha256:1c9e' }
  expect(await jig.ask(delivery)).toEqual({ line: 7, id: 'AC-1', state: 'delivered' })
  expect(await jig.ask(delivery)).toEqual({ line: 8, id: 'AC-1', state: 'delivered' })
  expect(await jig.end()).toBe(7)
  expect(await fleet.json<DeviceDetails>('device', 'show', 'AC-1')).toMatchObject({
    life: 'delivered',
    tags: { hall: 'B', mac: '8C4B14092E11' },
    certificates: [{ serial: first['serial'] }],
  })
  const { entries } = await fleet.json<{ entries: { action: string; details: object }[] }>('audit', 'log')
  const deliveries = entries.filter(({ action }) => action === 'device.deliver')
  expect(deliveries.map(({ details }) => details)).toEqual([{ readback: 'sha256:1c9e' }])
})

test('what was answered is so: killed, the jig asks again and gets the same certificate', async () => {
  await using own = await TestFleet.make()
  await using jig = start(own)
  const answers = []
  for (let n = 0; n < 20; n++) answers.push(await jig.ask({ id: `K-${n}` }))
  jig.child.stdin!.write('{"id":"K-20"}\n')
  await jig.kill()
  await using again = start(own)
  for (const { line: _, state: __, ...answer } of answers)
    expect(await again.ask({ id: answer['id'] })).toMatchObject({ ...answer, state: 'already' })
  expect(['issued', 'already']).toContain((await again.ask({ id: 'K-20' }))['state'])
  expect(await again.end()).toBe(0)
  expect(await lookAtProvisioned(own.folder, { finished: true })).toMatchObject({ problems: [] })
})

test('what needs all rows at once is refused, and so is a passphrase from the same input', async () => {
  const refused = async (...flags: readonly string[]) =>
    (await fleet.run('device', 'provision', '--from', '-', ...flags)).stderr
  expect(await refused('--batch', 'lot', '--check', '3')).toContain('--batch and --check cannot be given')
  expect(await refused('--passphrase-file', '-')).toContain('--passphrase-file - cannot be given')
  expect(await refused('p1')).toContain('"p1" cannot be given')
})

test('a wrong passphrase ends it before the first line', async () => {
  const args = ['device', 'provision', '--from', '-', '--fleet', fleet.folder]
  await using jig = new Jig(args, { FLOTILLA_CA_PASSPHRASE: 'not the one' })
  expect(await jig.end()).toBe(3)
})
