import { systemClock } from '../base/clock.ts'
import { BACKDATE, readCertificate } from '../pki/authorities.ts'
import type { IssuePlan } from '../provisioning/issue-device.ts'
import type { Fleet } from './fleet.ts'

/** From an hour ago (clocks differ), as long as fleet.yaml says, and no longer than the CA that signs. */
export async function issuePlan(fleet: Fleet): Promise<IssuePlan> {
  const now = systemClock.now()
  const { validTo } = await readCertificate(fleet.directory.ca, 'devices')
  return {
    notBefore: now - BACKDATE,
    notAfter: Math.min(now + fleet.config.issuance.device, Date.parse(validTo)),
  }
}
