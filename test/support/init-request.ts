import type { InitRequest } from '../../src/lib/fleet/init.ts'

/** What `init acme` asks for, with unencrypted CA keys. */
export const initRequest = (folder: string): InitRequest => ({
  folder,
  name: 'acme',
  brokerKind: 'embedded',
  hosts: ['localhost'],
  port: 8883,
  staffPort: 8884,
  store: { kind: 'embedded', url: 'http://127.0.0.1:9000', user: 'admin' },
  given: new Set(),
  newPassphrase: () => Promise.resolve(undefined),
  passphrase: () => Promise.reject(new Error('nobody should be asked')),
})
