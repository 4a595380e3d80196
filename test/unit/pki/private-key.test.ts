import { createPrivateKey, createPublicKey } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { makeKeyPair } from '../../../src/lib/pki/key-pair.ts'
import { encryptPrivateKey, isEncrypted, readPrivateKey } from '../../../src/lib/pki/private-key.ts'
import { ecKeys } from '../../support/csr.ts'

const ask = () => Promise.reject(new Error('asked'))
const given = (passphrase: string) => () => Promise.resolve(passphrase)
const { privateKey } = ecKeys()
const plain = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string

describe('a private key', () => {
  test('comes back by its passphrase, whatever is in it', async () => {
    for (const passphrase of ['correct horse', 'Grüße 🐴', ' ', 'x'.repeat(500)]) {
      const text = await encryptPrivateKey(privateKey, passphrase)
      expect(isEncrypted(text)).toBe(true)
      expect((await readPrivateKey(text, given(passphrase))).equals(privateKey)).toBe(true)
    }
  })

  test('is encrypted differently each time', async () => {
    expect(await encryptPrivateKey(privateKey, 'correct horse')).not.toBe(
      await encryptPrivateKey(privateKey, 'correct horse'),
    )
  })

  test('stays closed to another passphrase', async () => {
    const text = await encryptPrivateKey(privateKey, 'correct horse')
    for (const wrong of ['correct hors', 'Correct horse', '']) {
      await expect(readPrivateKey(text, given(wrong))).rejects.toMatchObject({
        code: 'CA_PASSPHRASE',
        exitCode: 3,
      })
    }
  })

  test('in the clear needs no passphrase: nobody is asked', async () => {
    expect((await readPrivateKey(plain, ask)).equals(privateKey)).toBe(true)
  })

  test('that is cut is called damaged, not locked, and nobody is asked', async () => {
    const text = await encryptPrivateKey(privateKey, 'correct horse')
    for (const cut of [
      text.slice(0, 200),
      text.slice(0, 120) + text.slice(184),
      '-----BEGIN ENCRYPTED PRIVATE KEY-----\n',
    ]) {
      await expect(readPrivateKey(cut, ask)).rejects.toMatchObject({ code: 'KEY_BROKEN', exitCode: 9 })
    }
    await expect(readPrivateKey('nothing', ask)).rejects.toMatchObject({ code: 'KEY_BROKEN' })
  })
})

describe('a new key pair', () => {
  // One scalar in 256 is shorter than 32 octets and has to be padded: 3 000 keys have some.
  test('is encoded as OpenSSL would, every time', () => {
    for (let made = 0; made < 3000; made++) {
      const { spki, privateKey: text } = makeKeyPair()
      const key = createPrivateKey(text)
      const ours = Buffer.from(text.replaceAll(/-----.*-----|\s/g, ''), 'base64')
      expect(key.export({ type: 'pkcs8', format: 'der' }).equals(ours)).toBe(true)
      expect(createPublicKey(key).export({ type: 'spki', format: 'der' }).equals(spki)).toBe(true)
    }
  })
})
