import { X509Certificate } from 'node:crypto'
import { RefusedError } from '../base/errors.ts'
import type { Fleet, Identity } from './fleet.ts'

/**
 * What a refusal by the broker means when the registry here knows that the operator's certificate is revoked: a broker
 * that closes the door does not say why. Undefined: the registry knows nothing of it.
 */
export async function revokedOperator(
  fleet: Fleet,
  { name, credential }: Identity,
  refusal: RefusedError,
): Promise<RefusedError | undefined> {
  const at = await revokedAt(fleet, credential.chain).catch(() => undefined) // the refusal is what matters
  if (at === undefined) return undefined
  const when = new Date(at).toISOString().replace('T', ' ').slice(0, 19)
  return new RefusedError(
    refusal.code,
    `The broker does not let ${name} in: its certificate was revoked on ${when} UTC.`,
    { layer: 'certificate', hint: `A new one: flotilla cert issue ${name} --force`, cause: refusal },
  )
}

async function revokedAt(fleet: Fleet, chain: string): Promise<number | undefined> {
  const { serialNumber: serial } = new X509Certificate(chain) // the first of them
  const [record] = await (await fleet.registry()).certificates({ serial })
  return record?.revokedAt
}
