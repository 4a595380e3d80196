import { networkInterfaces } from 'node:os'
import { expect, test } from 'vitest'
import { isOwnAddress } from '../../../../src/lib/broker/mosquitto/own-address.ts'

test("this machine's addresses are its own, however they are written", () => {
  const interfaces = Object.values(networkInterfaces()).flatMap((one) => one ?? [])
  expect(interfaces.length).toBeGreaterThan(0)
  for (const { address } of interfaces) expect(isOwnAddress(address)).toBe(true)
  expect(['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1'].map(isOwnAddress)).not.toContain(false)
})

test.each(['192.0.2.1', '::ffff:192.0.2.1', '2001:db8::1', '127.example', ''])('%j is not', (address) => {
  expect(isOwnAddress(address)).toBe(false)
})
