import { expect, test } from 'vitest'
import type { ClientIdRule } from '../../../../src/lib/broker/broker.ts'
import { configuration } from '../../../../src/lib/broker/mosquitto/configuration.ts'
import type { MosquittoSettings } from '../../../../src/lib/broker/mosquitto/settings.ts'

const settings: MosquittoSettings = {
  ...{ fleet: 'acme', bind: '127.0.0.1', port: 8883, staffPort: 8884, clientId: 'cn' },
  ...{ folder: '/etc/mosquitto/my fleet', user: 'mosquitto' },
  admission: {
    trust: {
      server: { key: '', chain: '' },
      devices: { certificates: [], crls: [] },
      staff: { certificates: [], crls: [] },
    },
    barred: [],
  },
}

test('everybody must show a certificate on both listeners, and only the one for devices binds the client id', () => {
  const [, devices = '', staff = ''] = configuration(settings).split(/^listener /m)
  for (const listener of [devices, staff]) {
    expect(listener).toMatch(/^require_certificate true$/m)
    expect(listener).toMatch(/^allow_anonymous false$/m)
    expect(listener).toMatch(/^crlfile \/etc\/mosquitto\/my fleet\//m)
  }
  expect(devices).toMatch(/^8883 127\.0\.0\.1$[^]*^use_username_as_clientid true$/m)
  expect(staff).not.toContain('use_username_as_clientid')
  const free: ClientIdRule = 'any'
  expect(configuration({ ...settings, clientId: free })).not.toContain('use_username_as_clientid')
})

test.each([
  [{ clientId: 'prefix' }, 'CLIENT_ID_RULE'],
  [{ port: 0 }, 'BROKER_PORT'],
  [{ folder: '/tmp/x\nallow_anonymous true' }, 'BROKER_FOLDER'],
  [{ user: 'root\nallow_anonymous true' }, 'BROKER_FOLDER'],
] as const)('what mosquitto cannot hold is refused: %j', (change, code) => {
  expect(() => configuration({ ...settings, ...change })).toThrow(expect.objectContaining({ code }))
})
