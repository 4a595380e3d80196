import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { UsageError } from '../../../src/lib/base/errors.ts'
import { parseConfig } from '../../../src/lib/fleet/config.ts'
import { configText } from '../../../src/lib/fleet/config-text.ts'
import { type InitRequest, initFleet } from '../../../src/lib/fleet/init.ts'
import { initRequest } from '../../support/init-request.ts'

let parent: string
let folder: string

beforeEach(async () => {
  parent = await mkdtemp(path.join(tmpdir(), 'flotilla-init-'))
  folder = path.join(parent, 'acme')
})

afterEach(() => rm(parent, { recursive: true, force: true }))

const request = (changes: Partial<InitRequest> = {}, ...given: readonly string[]): InitRequest => ({
  ...initRequest(folder),
  given: new Set(given),
  ...changes,
})

describe('a first init that fails leaves nothing', () => {
  test('without a passphrase', async () => {
    const missing = new UsageError('PASSPHRASE_MISSING', 'The CA keys need their passphrase.')
    const failing = request({ newPassphrase: () => Promise.reject(missing) })
    await expect(initFleet(failing)).rejects.toBe(missing)
    expect(existsSync(folder)).toBe(false)
  })

  test.each<[string, Partial<InitRequest>, string]>([
    [
      'a host that is none',
      { hosts: ['localhost', 'bad host!'] },
      '--host "bad host!" is neither a host name nor an IP address.',
    ],
    ['a name that is none', { name: 'Acme' }, '--name "Acme" is not a fleet name'],
    [
      'a store with a password',
      { store: { kind: 'questdb', url: 'http://a:b@db:9000', user: 'admin' } },
      '--store-url "http://a:b@db:9000" must be http://HOST:PORT',
    ],
    ['one port for both', { port: 9000, staffPort: 9000 }, '--staff-port 9000 must not be port, too.'],
  ])('with %s, which is named by its flag', async (_, wrong, message) => {
    const asked: string[] = []
    const failing = request({
      ...wrong,
      newPassphrase: async () => void asked.push('passphrase'),
    })
    await expect(initFleet(failing)).rejects.toMatchObject({
      code: 'CHOICE',
      exitCode: 2,
      message: expect.stringContaining(message),
    })
    expect(existsSync(folder)).toBe(false)
    expect(asked).toEqual([])
  })
})

describe('init where a fleet is', () => {
  test('takes no default for a word of the user', async () => {
    await initFleet(request({ hosts: ['mqtt.acme.example'], port: 9883 }))
    const again = await initFleet(request({}, '--name'))
    expect(again).toMatchObject({ made: [], hosts: ['mqtt.acme.example'] })
  })

  test('refuses what was typed and differs, and changes nothing', async () => {
    await initFleet(request())
    const before = await readFile(path.join(folder, 'fleet.yaml'), 'utf8')
    const other = request({ hosts: ['mqtt.acme.example'], port: 9883, staffPort: 9884 }, '--host', '--port')
    await expect(initFleet(other)).rejects.toMatchObject({
      code: 'FLEET_OTHER',
      message: [
        `${path.join(folder, 'fleet.yaml')} is there already and says otherwise:`,
        '  broker.hosts is [localhost], not [mqtt.acme.example] (--host)',
        '  broker.port is 8883, not 9883 (--port)',
      ].join('\n'),
      hint: expect.stringMatching(/Edit .*fleet\.yaml.*flotilla cert issue server --force$/),
    })
    expect(await readFile(path.join(folder, 'fleet.yaml'), 'utf8')).toBe(before)
  })
})

test.each(['null', 'true', '12345', 'a # b', 'a: b', "it's", 'line\nbreak', '"'])(
  'the user %j of the store is what fleet.yaml gives back',
  (user) => {
    const source = configText({ ...request(), store: { kind: 'questdb', url: 'http://[::1]:9000', user } })
    expect(parseConfig(source, 'f').store).toMatchObject({ url: 'http://[::1]:9000', user })
  },
)
