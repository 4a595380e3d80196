import type { X509Certificate } from 'node:crypto'
import { constants } from 'node:fs'
import { access, readdir, stat } from 'node:fs/promises'
import { isIP } from 'node:net'
import path from 'node:path'
import { systemCode } from '../base/errors.ts'
import { findMosquitto } from '../broker/mosquitto/find.ts'
import { mosquittoMissing } from '../broker/mosquitto/missing.ts'
import { diagnoseDeaths, diagnoseHung } from '../diagnostics/broker-deaths.ts'
import { type Diagnosis, examine, healthy, ill } from '../diagnostics/diagnosis.ts'
import { diagnoseClock, diagnoseDisk, diagnoseNode, type PastMoment } from '../diagnostics/machine.ts'
import { diagnosePermissions, type FileFact } from '../diagnostics/permissions.ts'
import { diagnoseList } from '../diagnostics/revocation-list.ts'
import { addressText } from '../mqtt/broker-address.ts'
import { AUTHORITY_NAMES, readCertificate } from '../pki/authorities.ts'
import { authorityFile } from '../pki/authority-file.ts'
import { readKeyText, readRevocations } from '../pki/authority-files.ts'
import { isEncrypted } from '../pki/private-key.ts'
import { chooseOperator } from './credentials.ts'
import type { FleetDirectory } from './directory.ts'
import { examineStore } from './examine-store.ts'
import { requireCertificate } from './find-certificate.ts'
import type { Fleet } from './fleet.ts'
import { freeSpace } from './free-space.ts'
import { serviceFacts } from './service-facts.ts'
import { checkByFleet } from './verify-certificate.ts'

/** What `doctor` prints with --json. */
export interface DoctorReport {
  readonly fleet: string
  /** Nothing is bad. */
  readonly well: boolean
  readonly diagnoses: readonly Diagnosis[]
}

export interface DoctorRequest {
  /** Milliseconds since 1970. */
  readonly now: number
  /** Milliseconds for the broker to answer. */
  readonly within: number
  readonly signal: AbortSignal
}

/** Looks at everything that must be right before the fleet can run. Nothing is changed. */
export async function examineFleet(fleet: Fleet, request: DoctorRequest): Promise<DoctorReport> {
  const { directory } = fleet
  const { now } = request
  const lists = AUTHORITY_NAMES.map((name) =>
    examine(`CRL ${name}`, async () =>
      diagnoseList(
        name,
        await readRevocations(directory.ca, name),
        await readCertificate(directory.ca, name),
        now,
      ),
    ),
  )
  const found = await Promise.all([
    examine('node', async () => diagnoseNode(process.versions.node)),
    examine('permissions', () => permissions(directory)),
    examine('clock', async () => diagnoseClock(now, await pastMoments(directory))),
    examine('disk', () => disk(directory)),
    examine('registry', () => registry(fleet)),
    examine('store', () => examineStore(fleet)),
    examine('CA keys', () => authorityKeys(directory)),
    ...(await heldNames(directory)).map((name) =>
      examine(`certificate ${name}`, () => certificate(fleet, name, now)),
    ),
    ...lists,
    examine('client ids', async () => clientIds(fleet)),
    examine('broker', () => broker(fleet, request)),
    ...(fleet.config.broker.kind === 'mosquitto' ? [examine('mosquitto', () => mosquitto(fleet, now))] : []),
  ])
  const diagnoses = found.flat()
  return { fleet: fleet.name, well: diagnoses.every(({ level }) => level !== 'bad'), diagnoses }
}

async function permissions(directory: FleetDirectory): Promise<readonly Diagnosis[]> {
  const { R_OK, W_OK, X_OK } = constants
  const secrets = [
    ...AUTHORITY_NAMES.map((name) => authorityFile(directory.ca, name, 'key')),
    ...(await keysBelow(directory.credentials)),
    ...(await keysBelow(directory.devices)),
    ...[directory.registryFile, directory.stateFile],
  ]
  const folders = [directory.credentials, directory.data, directory.spool]
  const files = [
    ...(await Promise.all(folders.map((folder) => fileFact(folder, R_OK | W_OK | X_OK)))),
    ...(await Promise.all(secrets.map((file) => fileFact(file, R_OK)))),
  ]
  const owner = await stat(directory.data).then(
    ({ uid }) => uid,
    () => undefined,
  )
  return diagnosePermissions({
    files: files.filter((file) => file !== undefined),
    owner,
    user: process.getuid?.(),
  })
}

/** What is not there cannot be exposed; whether it should be there is another check's question. */
async function fileFact(file: string, use: number): Promise<FileFact | undefined> {
  try {
    const { mode } = await stat(file)
    return {
      path: file,
      mode: mode & 0o777,
      usable: await access(file, use).then(
        () => true,
        () => false,
      ),
    }
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    return { path: file, mode: 0, usable: false }
  }
}

/** Of each holder one in a folder of its own; a pack is a file that holds many. */
async function keysBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  return entries.map((entry) => path.join(folder, entry.name, entry.isDirectory() ? 'key.pem' : ''))
}

/** Certificates begin an hour before they are made; files are written when they are. */
async function pastMoments(directory: FleetDirectory): Promise<readonly PastMoment[]> {
  const files = [
    directory.stateFile,
    directory.registryFile,
    ...AUTHORITY_NAMES.map((name) => authorityFile(directory.ca, name, 'crl')),
  ]
  const written = await Promise.all(
    files.map(async (file) => {
      const at = await stat(file).then(
        ({ mtimeMs }) => mtimeMs,
        () => 0,
      )
      return { what: `the last change of ${file}`, at }
    }),
  )
  const begun = await Promise.all(
    AUTHORITY_NAMES.map(async (name) => {
      const ca = await readCertificate(directory.ca, name).catch(() => undefined)
      return {
        what: `the beginning of the CA "${name}"`,
        at: ca === undefined ? 0 : Date.parse(ca.validFrom),
      }
    }),
  )
  return [...written, ...begun]
}

async function disk(directory: FleetDirectory): Promise<readonly Diagnosis[]> {
  const free = await freeSpace(directory)
  return free === undefined ? [] : [diagnoseDisk(free, directory.data)]
}

async function registry(fleet: Fleet): Promise<Diagnosis> {
  const devices = await (await fleet.registry()).countDevices()
  await fleet.state()
  return healthy('registry', `${devices} devices.`)
}

async function authorityKeys({ ca }: FleetDirectory): Promise<Diagnosis> {
  const keys = await Promise.all(AUTHORITY_NAMES.map((name) => readKeyText(ca, name)))
  const clear = AUTHORITY_NAMES.filter((_, index) => keys[index] !== undefined && !isEncrypted(keys[index]))
  const here = keys.filter((key) => key !== undefined).length
  if (clear.length === 0) return healthy('CA keys', `${here} here, encrypted.`)
  return ill(
    'CA keys',
    'warn',
    'CA_KEY_CLEAR',
    `The keys of ${clear.join(', ')} are not encrypted: whoever copies them can make devices and operators.`,
    'Begin a fleet that matters with a passphrase: flotilla init without --unencrypted-ca-keys',
  )
}

/** Whose credential must be good for the fleet to run, and for this user to work on it. */
async function heldNames(directory: FleetDirectory): Promise<readonly string[]> {
  const operator = await chooseOperator(directory).catch(() => undefined)
  return ['server', 'svc.broker', 'svc.ingest', ...(operator === undefined ? [] : [operator])]
}

const SOON = 14 * 86_400_000

async function certificate(fleet: Fleet, name: string, now: number): Promise<Diagnosis> {
  const check = `certificate ${name}`
  const found = await requireCertificate(fleet.directory, name)
  const purpose = name === 'server' ? 'serverAuth' : 'clientAuth'
  const bad = (await checkByFleet(fleet.directory, found, purpose)).filter(({ result }) => result === 'bad')
  const renew = `flotilla cert issue ${name} --force`
  if (bad.length > 0) {
    const reasons = bad.map(({ reason }) => reason).join('; ')
    return ill(check, 'bad', 'CERTIFICATE_BAD', `It does not verify: ${reasons}.`, renew)
  }
  const missing = name === 'server' ? missingHosts(fleet, found.certificate) : []
  if (missing.length > 0)
    return ill(
      check,
      'bad',
      'BROKER_NAME',
      `It does not carry ${missing.join(', ')} of broker.hosts in fleet.yaml: who connects there refuses it.`,
      renew,
    )
  const end = new Date(found.notAfter).toISOString()
  if (found.notAfter - now < SOON)
    return ill(check, 'warn', 'CERTIFICATE_ENDING', `It ends on ${end}.`, renew)
  return healthy(check, `good until ${end}.`)
}

function missingHosts({ config }: Fleet, certificate: X509Certificate): readonly string[] {
  return config.broker.hosts.filter(
    (host) => (isIP(host) === 0 ? certificate.checkHost(host) : certificate.checkIP(host)) === undefined,
  )
}

function clientIds({ config }: Fleet): Diagnosis {
  const rule = config.devices['client-id']
  if (rule !== 'any') return healthy('client ids', `bound to the certificate (${rule}).`)
  return ill(
    'client ids',
    'warn',
    'CLIENT_ID_ANY',
    "devices.client-id is any: a device that connects with another's client id ends its session and empties its queue.",
    'Set devices.client-id to cn, or to prefix where a program needs several connections.',
  )
}

async function mosquitto(fleet: Fleet, now: number): Promise<Diagnosis> {
  const notes = await (await fleet.state()).services()
  const life = serviceFacts(fleet, notes, now).find(({ role }) => role === 'broker')
  if (life?.state === 'failing') return diagnoseHung(life.failing ?? '')
  return diagnoseDeaths(life?.deaths ?? [], now)
}

/** A TLS handshake as this operator, both ways verified; no MQTT, so nobody's session is touched. */
async function broker(fleet: Fleet, { within, signal }: DoctorRequest): Promise<Diagnosis> {
  const address = await fleet.address('staff')
  if (fleet.config.broker.kind === 'mosquitto' && findMosquitto() === undefined) throw mosquittoMissing()
  const { name, credential } = await fleet.operator()
  const { handshake } = await import('../mqtt/handshake.ts')
  await handshake({ broker: address, credential, within, signal })
  return healthy('broker', `${addressText(address)} answers and accepts ${name}.`)
}
