import { isIPv4 } from 'node:net'

/** IP addresses as the octets of a subjectAltName (RFC 5280 §4.2.1.6), both ways. */

/** @param address IPv4, or IPv6 without a zone */
export function addressOctets(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number))
  const [head = '', tail] = shortest(address).split('::')
  const left = groupsOf(head)
  const right = groupsOf(tail ?? '')
  const between = Array.from({ length: 8 - left.length - right.length }, () => 0)
  return Buffer.from([...left, ...between, ...right].flatMap((group) => [group >> 8, group & 0xff]))
}

/** The address of 4 or 16 octets; undefined for any other number. */
export function addressText(octets: Buffer): string | undefined {
  if (octets.length === 4) return octets.join('.')
  if (octets.length !== 16) return undefined
  const groups = Array.from({ length: 8 }, (_, index) => octets.readUInt16BE(index * 2).toString(16))
  return shortest(groups.join(':'))
}

/** RFC 5952's form, all groups in hex (an IPv4 tail, too): the URL parser knows it. */
function shortest(address: string): string {
  return new URL(`http://[${address}]`).hostname.slice(1, -1)
}

function groupsOf(text: string): number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16))
}
