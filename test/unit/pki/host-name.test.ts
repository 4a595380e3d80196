import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addressOctets, addressText } from '../../../src/lib/pki/address.ts'
import { hostName } from '../../../src/lib/pki/host-name.ts'

describe('a host', () => {
  test.each([
    ['mqtt.acme.example', 'dns'],
    ['localhost', 'dns'],
    ['xn--mnchen-3ya.example', 'dns'],
    ['10.7.2.41', 'ip'],
    ['::1', 'ip'],
    ['fe80::1', 'ip'],
  ])('%s is a name of the kind %s', (host, kind) => {
    expect(hostName(host)).toEqual({ kind, value: host })
  })

  test.each([
    ['münchen.example', 'xn--mnchen-3ya.example'],
    ['fe80::1%eth0', 'zone'],
    ['*.acme.example', 'DNS name'],
    ['acme_broker', 'DNS name'],
    ['-acme', 'DNS name'],
    ['acme..example', 'DNS name'],
    ['300.1.2.3', 'DNS name'],
    ['10.7.2', 'DNS name'],
    ['', 'DNS name'],
    [`${'a'.repeat(64)}.example`, 'DNS name'],
    [`${'a.'.repeat(126)}ab`, 'DNS name'],
    ['acme\0.example', 'DNS name'],
  ])('%j is refused, and the hint helps', (host, hint) => {
    expect(() => hostName(host)).toThrow(
      expect.objectContaining({ code: 'HOST_NAME', hint: expect.stringContaining(hint) }),
    )
  })
})

describe('addresses', () => {
  test.each([
    ['10.7.2.41', '0a070229'],
    ['::', '00'.repeat(16)],
    ['::1', `${'00'.repeat(15)}01`],
    ['2001:db8::7:0:1', '20010db8000000000000000700000001'],
    ['::ffff:10.1.2.3', '00000000000000000000ffff0a010203'],
  ])('%s as octets', (address, hex) => {
    expect(addressOctets(address).toString('hex')).toBe(hex)
  })

  test('there and back', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ minLength: 4, maxLength: 4 }),
          fc.uint8Array({ minLength: 16, maxLength: 16 }),
        ),
        (bytes) => {
          const octets = Buffer.from(bytes)
          expect(addressOctets(addressText(octets)!)).toEqual(octets)
        },
      ),
    )
  })

  test('no other number of octets is one', () => {
    expect(addressText(Buffer.alloc(5))).toBeUndefined()
  })
})
