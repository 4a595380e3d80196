import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { FleetDirectory } from '../../../src/lib/fleet/directory.ts'
import { Fleet } from '../../../src/lib/fleet/fleet.ts'
import { initFleet } from '../../../src/lib/fleet/init.ts'
import { initRequest } from '../../support/init-request.ts'

let parent: string
let directory: FleetDirectory

const init = (name = 'acme') => initFleet({ ...initRequest(directory.root), name })

beforeEach(async () => {
  parent = await mkdtemp(path.join(tmpdir(), 'flotilla-name-'))
  directory = new FleetDirectory(path.join(parent, 'acme'))
  await init()
})

afterEach(() => rm(parent, { recursive: true, force: true }))

const refusal = {
  code: 'FLEET_NAME',
  exitCode: 2,
  message: expect.stringMatching(/is called acme.*root\.cert\.pem.*cannot become other/),
  hint: expect.stringContaining('name: acme'),
}

async function rename(): Promise<void> {
  const text = await readFile(directory.configFile, 'utf8')
  await writeFile(directory.configFile, text.replace(/^name: acme/m, 'name: other'))
}

test('a fleet whose file names it otherwise than its root is opened by nobody', async () => {
  await rename()
  await expect(Fleet.at(directory)).rejects.toMatchObject(refusal)
  await expect(init('other')).rejects.toMatchObject(refusal)
})

test('a lost file is not made anew under another name', async () => {
  await rm(directory.configFile)
  await expect(init('other')).rejects.toMatchObject(refusal)
  expect(existsSync(directory.configFile)).toBe(false)
  await init()
  expect((await Fleet.at(directory)).name).toBe('acme')
})

test('a directory without its CAs is opened: what is missing there is not its name', async () => {
  await rm(directory.ca, { recursive: true })
  expect((await Fleet.at(directory)).name).toBe('acme')
})
