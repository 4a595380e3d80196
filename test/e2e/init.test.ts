import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { PASSPHRASE } from '../support/fleet.ts'
import { flotilla } from '../support/program.ts'

let parent: string

beforeAll(async () => {
  parent = await mkdtemp(path.join(tmpdir(), 'flotilla-init-'))
})

afterAll(() => rm(parent, { recursive: true, force: true }))

const init = (passphrase: string, ...args: readonly string[]) =>
  flotilla(['init', 'acme', '--no-input', '--json', ...args], {
    cwd: parent,
    env: { FLOTILLA_CA_PASSPHRASE: passphrase, FLOTILLA_CA_PASSPHRASE_FILE: '' },
  })

test('a first init without a passphrase leaves nothing, so that the corrected line counts whole', async () => {
  const folder = path.join(parent, 'acme')
  for (const [passphrase, code, ...args] of [
    ['', 'PASSPHRASE_MISSING'],
    ['short', 'PASSPHRASE_SHORT'],
    ['', 'PASSPHRASE_FILE', '--passphrase-file', 'nowhere'],
  ] as const) {
    const failed = await init(passphrase, ...args)
    expect(failed.code).toBe(2)
    expect(JSON.parse(failed.stdout)).toMatchObject({ error: { code } })
    expect(existsSync(folder)).toBe(false)
  }

  const made = await init(PASSPHRASE, '--host', 'mqtt.acme.example', '--port', '9883')
  expect(JSON.parse(made.stdout)).toMatchObject({ hosts: ['mqtt.acme.example'] })

  const again = await init(PASSPHRASE)
  expect(JSON.parse(again.stdout)).toMatchObject({ made: [], hosts: ['mqtt.acme.example'] })

  const other = await init(PASSPHRASE, '--port', '8883')
  expect(other.code).toBe(2)
  expect(JSON.parse(other.stdout)).toMatchObject({
    error: {
      code: 'FLEET_OTHER',
      message: expect.stringContaining('broker.port is 9883, not 8883 (--port)'),
    },
  })
})
