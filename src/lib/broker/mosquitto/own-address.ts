import { isIP } from 'node:net'
import { networkInterfaces } from 'node:os'

/** Whether it is an address of this machine; IPv4 may be written as IPv6 (RFC 4291 §2.5.5.2). */
export function isOwnAddress(text: string): boolean {
  const address = text.replace(/^::ffff:(?=\d+\.)/i, '')
  if (address.startsWith('127.') && isIP(address) === 4) return true
  const own = Object.values(networkInterfaces()).flatMap((one) => one ?? [])
  return address === '::1' || own.some((one) => one.address === address)
}
