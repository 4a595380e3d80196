import path from 'node:path'
import { messageOf, UsageError } from '../base/errors.ts'
import { readInput } from '../base/read-input.ts'
import { isFault, type RowFault } from '../batch/row.ts'
import { openRowFile } from '../batch/row-file.ts'
import { parseCsr } from '../pki/csr.ts'
import { countedIds, distinctIds } from '../provisioning/device-ids.ts'
import { type DeviceRequest, deviceRow } from '../provisioning/device-rows.ts'
import { foldId, type Tags } from '../registry/device.ts'

/** Which devices are to get certificates: those of a file, or those that the words of the command name. */
export interface ProvisionChoice {
  readonly ids: readonly string[]
  readonly count?: number | undefined
  readonly prefix?: string | undefined
  /** Files with a PKCS#10 request each, PEM or DER. */
  readonly csrFiles: readonly string[]
  /** A CSV or NDJSON file. */
  readonly from?: string | undefined
}

/** The devices, read anew each time they are asked for. */
export interface ProvisionSource {
  /** What it is called in messages. */
  readonly name: string
  /** What packs are called after when there is no batch. */
  readonly label: string
  rows(): AsyncIterable<DeviceRequest | RowFault>
}

/** @throws UsageError `DEVICE_ID`, `DEVICE_TWICE`, `CSR_…`, `PROVISION_NOTHING`, `FROM_…` */
export async function provisionSource(choice: ProvisionChoice, tags: Tags): Promise<ProvisionSource> {
  if (choice.from !== undefined) {
    if (choice.ids.length > 0) throw notBoth(choice.from)
    return fileSource(choice.from, tags)
  }
  const devices = await namedDevices(choice, tags)
  return {
    name: 'the command line',
    label: labelOf(choice.prefix ?? 'pack'),
    // oxlint-disable-next-line require-await -- what is in memory is read like what is in a file
    rows: async function* () {
      yield* devices
    },
  }
}

async function fileSource(file: string, tags: Tags): Promise<ProvisionSource> {
  const opened = await openRowFile(file)
  return {
    name: file,
    label: labelOf(path.basename(file, path.extname(file))),
    rows: async function* () {
      for await (const row of opened.rows()) yield isFault(row) ? row : deviceRow(row, tags)
    },
  }
}

function notBoth(file: string): UsageError {
  return new UsageError('PROVISION_SOURCE', `Devices are named by ${file} and on the command line.`, {
    hint: 'Give one of the two.',
  })
}

/** It becomes part of file names, on every system. */
function labelOf(text: string): string {
  return text.replaceAll(/[^a-zA-Z0-9_-]+/g, '-').slice(0, 48) || 'pack'
}

async function namedDevices(
  { ids, count, prefix, csrFiles }: ProvisionChoice,
  tags: Tags,
): Promise<readonly DeviceRequest[]> {
  const fromFiles = await Promise.all(csrFiles.map(readRequest))
  const counted = count === undefined ? [] : countedIds(prefix ?? 'device', count)
  const generated = distinctIds([...ids, ...counted]).map((id) => ({ id }))
  const all = refuseTwice([...fromFiles, ...generated])
  if (all.length === 0) {
    throw new UsageError('PROVISION_NOTHING', 'No device is named.', {
      hint: 'Give ids, or --count N --prefix NAME, or --csr FILE, or --from FILE.',
    })
  }
  return all.map((device, index) => ({ line: index + 1, tags, ...device }))
}

type NamedDevice = Pick<DeviceRequest, 'id' | 'spki'>

function refuseTwice(devices: readonly NamedDevice[]): readonly NamedDevice[] {
  const seen = new Set<string>()
  for (const { id } of devices) {
    if (seen.has(foldId(id))) throw new UsageError('DEVICE_TWICE', `${id} is named twice.`)
    seen.add(foldId(id))
  }
  return devices
}

async function readRequest(file: string): Promise<NamedDevice> {
  const content = await readCsrFile(file)
  try {
    const { commonName, spki } = parseCsr(content)
    return { id: commonName, spki }
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    throw new UsageError(error.code, `${file}: ${error.message}`, {
      ...(error.hint && { hint: error.hint }),
      cause: error,
    })
  }
}

async function readCsrFile(file: string): Promise<Uint8Array> {
  try {
    return await readInput(file)
  } catch (error) {
    throw new UsageError('CSR_FILE', `The request cannot be read: ${messageOf(error)}.`, {
      hint: 'Look at the path behind --csr, and whether this user may read it.',
      layer: 'file',
      cause: error,
    })
  }
}
