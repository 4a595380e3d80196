import { X509Certificate } from 'node:crypto'

/**
 * What a client can know by itself about why its certificate is refused: its time is over, or has not come.
 * Brokers tell only by a TLS alert, which the reset of the connection usually overtakes.
 * @param chain PEM, leaf first
 * @param now milliseconds since 1970
 */
export function ownValidity(chain: string, now: number): 'expired' | 'early' | undefined {
  const { validFrom, validTo } = new X509Certificate(chain)
  if (now > Date.parse(validTo)) return 'expired'
  return now < Date.parse(validFrom) ? 'early' : undefined
}
