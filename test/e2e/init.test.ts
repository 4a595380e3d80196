import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PASSPHRASE } from '../support/fleet.ts'
import { flotilla } from '../support/program.ts'
import { type Answer, hasTerminal, typeAnswers } from '../support/typist.ts'

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

describe.skipIf(!hasTerminal)('at a terminal', () => {
  const unset = { FLOTILLA_CA_PASSPHRASE: '', FLOTILLA_CA_PASSPHRASE_FILE: '' }
  const type = (folder: string, ...answers: readonly Answer[]) =>
    typeAnswers(['init', folder, '--name', 'acme', '--host', 'localhost'], answers, unset)

  test('Ctrl-C at the question for the passphrase leaves nothing', async () => {
    const folder = path.join(parent, 'interrupted')
    const { code } = await type(folder, ['New passphrase for the CA keys:', '\u0003'])
    expect(code).toBe(130)
    expect(existsSync(folder)).toBe(false)
  })

  test('a passphrase that was mistyped the second time is asked for again, both times', async () => {
    const { code, text } = await type(
      path.join(parent, 'typed'),
      ['New passphrase for the CA keys:', `${PASSPHRASE}\r`],
      ['The same again:', 'correct horse batery\r'],
      ['New passphrase for the CA keys:', `${PASSPHRASE}\r`],
      ['The same again:', `${PASSPHRASE}\r`],
    )
    expect(text).toContain('It was not the same.')
    expect(code).toBe(0)
  })

  test('a wrong one is not blamed on variables that are not set', async () => {
    const { code, text } = await typeAnswers(
      ['cert', 'issue', 'op.alice', '--fleet', path.join(parent, 'typed')],
      [['Passphrase of the CA keys:', 'something else\r']],
      unset,
    )
    expect(code).toBe(3)
    expect(text).toContain('(CA_PASSPHRASE)')
    expect(text).not.toContain('FLOTILLA_')
  })
})
