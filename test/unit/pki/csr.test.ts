import { generateKeyPairSync } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { UsageError } from '../../../src/lib/base/errors.ts'
import { parseCsr } from '../../../src/lib/pki/csr.ts'
import {
  boolean,
  implicit,
  integer,
  namedBits,
  oid,
  sequence,
  tagged,
  utf8String,
} from '../../../src/lib/pki/der.ts'
import { OID } from '../../../src/lib/pki/oids.ts'
import { type CsrParts, cn, csrPem, ecKeys, extension, extensionRequest, makeCsr } from '../../support/csr.ts'
import { mutateAll, mutation } from '../../support/mutation.ts'

const keys = ecKeys()
const csr = (parts: Partial<CsrParts> = {}) => makeCsr({ ...keys, ...parts })
const asking = (...extensions: readonly Buffer[]) => csr({ attributes: [extensionRequest(...extensions)] })

const algorithm = (id: string, ...parameters: readonly Buffer[]) => sequence(oid(id), ...parameters)
const RSA_SHA256 = algorithm('1.2.840.113549.1.1.11', tagged(0x05))
const RSA_SHA1 = algorithm('1.2.840.113549.1.1.5', tagged(0x05))
const ECDSA_SHA384 = algorithm('1.2.840.10045.4.3.3')

const keyUsage = (...bits: readonly number[]) => extension(OID.keyUsage, namedBits(...bits), true)
const purposes = (...ids: readonly string[]) => extension(OID.extKeyUsage, sequence(...ids.map(oid)))
const dnsNames = (...names: readonly string[]) =>
  extension(OID.subjectAltName, sequence(...names.map((name) => implicit(2, Buffer.from(name)))))

/** The code that refuses it; anything but an error of ours is shown as it is. */
function refusalOf(content: Uint8Array): string {
  try {
    parseCsr(content)
    return 'accepted'
  } catch (error) {
    return error instanceof UsageError ? error.code : String(error)
  }
}

describe('a request that is granted', () => {
  test('gives the id and the key, from DER and from PEM', () => {
    const spki = keys.publicKey.export({ type: 'spki', format: 'der' })
    expect(parseCsr(csr())).toEqual({ commonName: 'pump-1', spki })
    expect(parseCsr(Buffer.from(csrPem(csr())))).toEqual({ commonName: 'pump-1', spki })
    expect(parseCsr(Buffer.from(csrPem(csr(), 'NEW CERTIFICATE REQUEST').replaceAll('\n', '\r\n')))).toEqual({
      commonName: 'pump-1',
      spki,
    })
  })

  test.each([
    ['P-384', generateKeyPairSync('ec', { namedCurve: 'P-384' }), ECDSA_SHA384, 'sha384'],
    ['Ed25519', generateKeyPairSync('ed25519'), algorithm('1.3.101.112'), null],
    ['RSA 2048', generateKeyPairSync('rsa', { modulusLength: 2048 }), RSA_SHA256, 'sha256'],
  ])('%s', (_, pair, algorithm, hash) => {
    const der = makeCsr({ ...pair, algorithm, hash })
    expect(parseCsr(der).spki).toEqual(pair.publicKey.export({ type: 'spki', format: 'der' }))
  })

  test.each<[string, Buffer]>([
    ['text before the PEM block', Buffer.from(`Certificate Request:\n    Data:\n${csrPem(csr())}`)],
    ['no attributes at all, as some toolkits write it', csr({ attributes: undefined })],
    ['other fields in the subject', csr({ subject: [['2.5.4.6', utf8String('DE')], cn('pump-1')] })],
    ['a PrintableString', csr({ subject: [[OID.commonName, tagged(0x13, Buffer.from('pump-1'))]] })],
    [
      'an attribute that asks for no extension',
      csr({ attributes: [sequence(oid('1.2.840.113549.1.9.7'), tagged(0x31, utf8String('secret')))] }),
    ],
    ['digitalSignature and clientAuth', asking(keyUsage(0), purposes(OID.clientAuth))],
    ['to be no CA', asking(extension(OID.basicConstraints, sequence()))],
    ['its own id as alternative name', asking(dnsNames('pump-1'))],
  ])('with %s', (_, content) => {
    expect(parseCsr(content).commonName).toBe('pump-1')
  })
})

describe('a request is refused, with its reason', () => {
  const der = csr()
  const otherKey = ecKeys().privateKey
  const weak = generateKeyPairSync('rsa', { modulusLength: 1024 })
  const tiny = generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 })
  const p521 = generateKeyPairSync('ec', { namedCurve: 'P-521' })
  const koblitz = generateKeyPairSync('ec', { namedCurve: 'secp256k1' })
  const x25519 = generateKeyPairSync('x25519').publicKey
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })

  test.each<[string, string, Uint8Array]>([
    ['CSR_SIZE', 'is larger than any request', Buffer.alloc(16 * 1024 + 1, 0x30)],
    ['CSR_FORMAT', 'is empty', Buffer.alloc(0)],
    ['CSR_FORMAT', 'is text', Buffer.from('hello')],
    ['CSR_FORMAT', 'is something else in PEM', Buffer.from(csrPem(der, 'CERTIFICATE'))],
    ['CSR_FORMAT', 'is cut', der.subarray(0, -1)],
    ['CSR_FORMAT', 'is of another version', csr({ version: 1 })],
    ['CSR_FORMAT', 'is not base64 inside', Buffer.from(csrPem(der).replace('M', '!'))],
    [
      'CSR_FORMAT',
      'nests without end',
      Buffer.concat(
        Array.from({ length: 3000 }, (_, depth) =>
          Buffer.from([0x30, 0x82, (11_996 - depth * 4) >> 8, (11_996 - depth * 4) & 0xff]),
        ),
      ),
    ],
    ['CSR_TRAILING', 'is followed by a byte', Buffer.concat([der, Buffer.of(0)])],
    ['CSR_TRAILING', 'comes twice', Buffer.from(csrPem(der) + csrPem(der))],
    ['CSR_SIGNATURE', 'was signed by another key', csr({ privateKey: otherKey })],
    ['CSR_SIGNATURE', 'names another kind of algorithm', csr({ algorithm: RSA_SHA256 })],
    ['CSR_SIGNATURE', 'names another hash', csr({ algorithm: ECDSA_SHA384 })],
    ['CSR_ALGORITHM', 'is signed with SHA-1', makeCsr({ ...rsa, algorithm: RSA_SHA1, hash: 'sha1' })],
    ['CSR_KEY', 'has 1024 bits of RSA', makeCsr({ ...weak, algorithm: RSA_SHA256 })],
    ['CSR_KEY', 'has RSA with the exponent 3', makeCsr({ ...tiny, algorithm: RSA_SHA256 })],
    ['CSR_KEY', 'has a P-521 key', makeCsr(p521)],
    ['CSR_KEY', 'has a secp256k1 key', makeCsr(koblitz)],
    ['CSR_KEY', 'has a key that cannot sign', csr({ publicKey: x25519 })],
    ['CSR_NAME', 'has no CN', csr({ subject: [['2.5.4.10', utf8String('Acme')]] })],
    ['CSR_NAME', 'has an empty subject', csr({ subject: [] })],
    ['CSR_NAME', 'has two CNs', csr({ subject: [cn('pump-1'), cn('pump-2')] })],
    ['CSR_ID', 'is called like a service', csr({ subject: [cn('svc.ingest')] })],
    ['CSR_ID', 'is called like an operator', csr({ subject: [cn('op.alice')] })],
    ['CSR_ID', 'is called like a word of selectors', csr({ subject: [cn('silent')] })],
    ['CSR_ID', 'has a NUL in its CN', csr({ subject: [cn('pump-1\0.acme')] })],
    ['CSR_ID', 'has 65 characters', csr({ subject: [cn('x'.repeat(65))] })],
    [
      'CSR_FORMAT',
      'has a CN in UTF-16',
      csr({ subject: [[OID.commonName, tagged(0x1e, Buffer.from('\0p'))]] }),
    ],
    ['CSR_CA', 'asks to be a CA', asking(extension(OID.basicConstraints, sequence(boolean(true)), true))],
    ['CSR_CA', 'asks for a path length', asking(extension(OID.basicConstraints, sequence(integer(1))))],
    ['CSR_CA', 'asks to sign certificates', asking(keyUsage(0, 5))],
    ['CSR_CA', 'asks to sign CRLs', asking(keyUsage(6))],
    ['CSR_PURPOSE', 'asks to be a server', asking(purposes(OID.clientAuth, OID.serverAuth))],
    ['CSR_PURPOSE', 'asks for any purpose', asking(purposes('2.5.29.37.0'))],
    ['CSR_ALTERNATIVE_NAME', "asks for a server's name", asking(dnsNames('pump-1', 'mqtt.acme.example'))],
    [
      'CSR_ALTERNATIVE_NAME',
      'asks for an address',
      asking(extension(OID.subjectAltName, sequence(implicit(7, Buffer.of(10, 0, 0, 1))))),
    ],
    [
      'CSR_ALTERNATIVE_NAME',
      'asks for a mailbox',
      asking(extension(OID.subjectAltName, sequence(implicit(1, Buffer.from('pump-1'))))),
    ],
    ['CSR_EXTENSION', 'asks for an unknown extension', asking(extension('1.2.3.4', utf8String('x')))],
    ['CSR_TWICE', 'asks for an extension twice', asking(keyUsage(0), keyUsage(0))],
    [
      'CSR_TWICE',
      'asks for extensions in two places',
      csr({ attributes: [extensionRequest(keyUsage(0)), extensionRequest(purposes(OID.clientAuth))] }),
    ],
    ['CSR_FORMAT', 'has an extension that is no DER', asking(extension(OID.keyUsage, Buffer.of(0x03, 0x05)))],
    [
      'CSR_FORMAT',
      'has an empty path length',
      asking(extension(OID.basicConstraints, sequence(tagged(0x02)))),
    ],
  ])('%s when it %s', (code, _, content) => {
    expect(refusalOf(content)).toBe(code)
  })

  test('and what it says cannot steer a terminal', () => {
    expect(() => parseCsr(csr({ subject: [cn('\u001b[2Jpump')] }))).toThrow(String.raw`"\x1b[2Jpump"`)
  })
})

describe('whatever comes in', () => {
  const requests = [
    csr(),
    asking(
      keyUsage(0),
      purposes(OID.clientAuth),
      dnsNames('pump-1'),
      extension(OID.basicConstraints, sequence()),
    ),
    Buffer.from(csrPem(csr())),
  ]
  test('a changed request is refused by a code of ours, or still says the same and is proven', () => {
    const accepted = parseCsr(requests[0]!)
    fc.assert(
      fc.property(
        fc.constantFrom(...requests),
        fc.array(mutation, { minLength: 1, maxLength: 4 }),
        (request, mutations) => {
          const changed = mutateAll(request, mutations)
          const code = refusalOf(changed)
          const isSame = code === 'accepted' && isDeepStrictEqual(parseCsr(changed), accepted)
          expect(isSame ? 'CSR_' : code).toMatch(/^CSR_/)
        },
      ),
      { numRuns: 3000 },
    )
  })

  test('a request signed after the change is refused by a code of ours, or asks for nothing that it does not get', () => {
    const attributes = [
      extensionRequest(keyUsage(0), purposes(OID.clientAuth), dnsNames('pump-1')),
      extensionRequest(extension(OID.basicConstraints, sequence(), true)),
    ]
    fc.assert(
      fc.property(
        fc.constantFrom(...attributes),
        fc.array(mutation, { minLength: 1, maxLength: 3 }),
        (attribute, mutations) => {
          expect(refusalOf(csr({ attributes: [mutateAll(attribute, mutations)] }))).toMatch(
            /^CSR_|^accepted$/,
          )
        },
      ),
      { numRuns: 2000 },
    )
  })

  test('any bytes are refused by a code of ours', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(refusalOf(bytes)).toMatch(/^CSR_/)
        expect(refusalOf(Buffer.from([0x30, 0x81, bytes.length & 0xff, ...bytes]))).toMatch(/^CSR_/)
      }),
    )
  })
})
