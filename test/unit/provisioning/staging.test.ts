import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { CredentialStaging } from '../../../src/lib/provisioning/staging.ts'

let devices: string
beforeEach(async () => {
  devices = await mkdtemp(path.join(tmpdir(), 'flotilla-staging-'))
})
afterEach(() => rm(devices, { recursive: true }))

const registered =
  (...serials: readonly string[]) =>
  (serial: string) =>
    Promise.resolve(serials.includes(serial))
const key = [{ name: 'key.pem', content: 'secret', mode: 0o600 }]

/** As a run leaves it that is killed after it has moved a pack and a folder. */
async function killedAfterMoving(): Promise<void> {
  const staging = await CredentialStaging.in(devices, registered())
  await staging.stagePack('lot-00001.ndjson', Buffer.from('{}\n'))
  await staging.stageFolder('pump-1', key)
  await staging.moveIntoPlace([
    { name: 'lot-00001.ndjson', serial: 'A1' },
    { name: 'pump-1', serial: 'B2' },
  ])
}

test('what was moved and not registered is discarded by the next run; what was registered stays', async () => {
  await killedAfterMoving()
  await using _next = await CredentialStaging.in(devices, registered('B2'))
  expect((await readdir(devices)).filter((name) => !name.startsWith('.'))).toEqual(['pump-1'])
})

test('a run that ends leaves nothing aside, and keeps what is registered', async () => {
  {
    await using staging = await CredentialStaging.in(devices, registered('A1'))
    await staging.stagePack('lot-00001.ndjson', Buffer.from('{}\n'))
    await staging.moveIntoPlace([{ name: 'lot-00001.ndjson', serial: 'A1' }])
    await staging.stagePack('lot-00002.ndjson', Buffer.from('{}\n'))
  }
  expect(await readdir(devices)).toEqual(['lot-00001.ndjson'])
})

test('an error after the move takes back what has no row', async () => {
  const run = async () => {
    await using staging = await CredentialStaging.in(devices, registered())
    await staging.stageFolder('pump-1', key)
    await staging.moveIntoPlace([{ name: 'pump-1', serial: 'B2' }])
    throw new Error('the registry is full')
  }
  await expect(run()).rejects.toThrow('full')
  expect(await readdir(devices)).toEqual([])
})

test('credentials that no killed run has made are never touched, whatever the registry says', async () => {
  await writeFile(path.join(devices, 'old-00001.ndjson'), '{}\n')
  await killedAfterMoving()
  await using _next = await CredentialStaging.in(devices, registered())
  expect((await readdir(devices)).filter((name) => !name.startsWith('.'))).toEqual(['old-00001.ndjson'])
})
