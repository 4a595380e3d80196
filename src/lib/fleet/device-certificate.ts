import { UsageError } from '../base/errors.ts'
import { checkDeviceId } from '../base/names.ts'
import { readCertificate } from '../pki/authorities.ts'
import { describeCertificate } from '../pki/describe-certificate.ts'
import type { NewCertificate } from '../registry/registry.ts'
import type { FleetDirectory } from './directory.ts'
import { requireCertificate } from './find-certificate.ts'
import { checkByFleet, refuseBad } from './verify-certificate.ts'

/**
 * What the registry keeps of a device's certificate that was issued elsewhere by the same CA. Only one that a broker
 * would admit: it proves that the device is of this fleet, and who it is.
 * @param what a file, or `-`
 * @throws NotFoundError `CERTIFICATE_UNKNOWN` · UsageError `CERTIFICATE_FORMAT`, `CERTIFICATE_OTHER`, `DEVICE_ID` ·
 *   VerificationError `CERTIFICATE_BAD`
 */
export async function deviceCertificate(directory: FleetDirectory, what: string): Promise<NewCertificate> {
  const found = await requireCertificate(directory, what)
  const { subject, serial, thumbprint, notBefore, notAfter } = describeCertificate(found)
  refuseBad({ subject, checks: await checkByFleet(directory, found, 'clientAuth') })
  if (!found.certificate.checkIssued(await readCertificate(directory.ca, 'devices'))) throw otherPurpose(what)
  const id = checkDeviceId(subject)
  return { serial, thumbprint, subject: id, profile: 'device', issuer: 'devices', notBefore, notAfter }
}

function otherPurpose(what: string): UsageError {
  return new UsageError('CERTIFICATE_OTHER', `${what} is no certificate of a device.`, {
    layer: 'certificate',
    hint: `What it is: flotilla cert show ${what}`,
  })
}
