import { PRIVATE_FILE } from '../../base/files.ts'
import type { Admission } from '../broker.ts'
import { devicesAcl, staffAcl } from './acl.ts'
import { configuration, FILES, type Listeners } from './configuration.ts'
import { readme } from './readme.ts'
import type { MosquittoSettings } from './settings.ts'

export interface MosquittoFile {
  readonly name: string
  readonly content: string
  readonly mode: number
}

const PUBLIC_FILE = 0o644

/** Everything that mosquitto is started from. @throws UsageError `CLIENT_ID_RULE`, `BROKER_PORT` */
export function mosquittoFiles(settings: MosquittoSettings): readonly MosquittoFile[] {
  return [
    configurationFile(settings),
    ...admissionFiles(settings.fleet, settings.admission),
    file(FILES.readme, readme(settings)),
  ]
}

export function configurationFile(settings: MosquittoSettings, listeners?: Listeners): MosquittoFile {
  return file(FILES.configuration, configuration(settings, listeners))
}

/** Who may come in and what for: what mosquitto reads again on SIGHUP. */
export function admissionFiles(fleet: string, admission: Admission): readonly MosquittoFile[] {
  const { trust, barred, operators = [] } = admission
  const { server, devices, staff } = trust
  return [
    file(FILES.devicesAcl, devicesAcl(fleet, barred)),
    file(FILES.staffAcl, staffAcl(fleet, operators)),
    { name: FILES.key, content: server.key, mode: PRIVATE_FILE },
    file(FILES.chain, server.chain),
    file(FILES.devicesTrust, devices.certificates.join('')),
    file(FILES.devicesCrl, devices.crls.join('')),
    file(FILES.staffTrust, staff.certificates.join('')),
    file(FILES.staffCrl, staff.crls.join('')),
  ]
}

const file = (name: string, content: string): MosquittoFile => ({ name, content, mode: PUBLIC_FILE })
