import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { systemCode, VerificationError } from '../base/errors.ts'
import type { Authority, IssuedRecord } from '../pki/authority.ts'
import type { Credential } from '../pki/credential.ts'
import { type IssuePlan, issueDevice } from './issue-device.ts'

/** Devices of one pack, and of the registry transaction that makes it count. */
export const PACK_ROWS = 1000

const SUFFIX = '.ndjson'

/** What a pack is made from. */
export interface PackRow {
  readonly id: string
  readonly spki?: Uint8Array
}

export interface IssuedPack {
  /** The file: one line a device, UTF-8. */
  readonly bytes: Uint8Array
  /** In the order of the rows. */
  readonly records: readonly IssuedRecord[]
}

/** One line of a pack: the files of a credential as members, `id` first. */
interface PackLine {
  readonly id: string
  readonly serial: string
  /** ISO 8601. */
  readonly notAfter: string
  /** Not there when the device keeps its key itself. */
  readonly key?: string
  readonly cert: string
  readonly chain: string
  readonly ca: string
}

/** Makes the credentials of many devices as the content of one file. */
export function issuePack(authority: Authority, rows: readonly PackRow[], plan: IssuePlan): IssuedPack {
  const records: IssuedRecord[] = []
  let text = ''
  for (const { id, spki } of rows) {
    const { credential, record } = issueDevice(authority, id, plan, spki)
    const { certificate, chain, anchor } = credential
    const line: PackLine = {
      id,
      serial: record.serial,
      notAfter: new Date(record.notAfter).toISOString(),
      ...('key' in credential && { key: credential.key }),
      ...{ cert: certificate, chain, ca: anchor },
    }
    text += `${JSON.stringify(line)}\n`
    records.push(record)
  }
  // A buffer of its own, so that a thread can hand it over instead of copying it.
  return { bytes: new TextEncoder().encode(text), records }
}

/** `lot-4711-00001.ndjson`. No device's folder has a dot in its name. */
export function packName(label: string, number: number): string {
  return `${label}-${String(number).padStart(5, '0')}${SUFFIX}`
}

/** The highest number that a pack of this label has; 0: there is none. */
export async function lastPackNumber(folder: string, label: string): Promise<number> {
  const pattern = /^-(\d{5,})$/
  let last = 0
  for (const name of await packNames(folder)) {
    if (!name.startsWith(label)) continue
    const number = pattern.exec(name.slice(label.length, -SUFFIX.length))?.[1]
    last = Math.max(last, Number(number ?? 0))
  }
  return last
}

/** Where each device that lies in a pack is to be found. Reads every pack once; keeps no secret. */
export class PackIndex {
  readonly #folder: string
  readonly #places: ReadonlyMap<string, PackPlace>

  private constructor(folder: string, places: ReadonlyMap<string, PackPlace>) {
    this.#folder = folder
    this.#places = places
  }

  /** @param folder `devices/` of the fleet directory; it may be missing */
  static async read(folder: string): Promise<PackIndex> {
    const places = new Map<string, PackPlace>()
    for (const pack of await packNames(folder)) {
      const bytes = await readFile(path.join(folder, pack))
      for (const [start, end] of linesOf(bytes)) {
        const id = idOf(bytes.subarray(start, end))
        if (id === undefined) throw broken(path.join(folder, pack))
        places.set(id, { pack, start, end })
      }
    }
    return new PackIndex(folder, places)
  }

  get ids(): Iterable<string> {
    return this.#places.keys()
  }

  /**
   * The credentials of these devices, as far as they lie in packs, each pack read once.
   * @throws VerificationError `PACK_BROKEN`
   */
  async credentials(ids: Iterable<string>): Promise<ReadonlyMap<string, PackedCredential>> {
    const wanted = [...ids].flatMap((id) => {
      const place = this.#places.get(id)
      return place === undefined ? [] : [{ id, ...place }]
    })
    const found = new Map<string, PackedCredential>()
    for (const [pack, places] of Map.groupBy(wanted, (place) => place.pack)) {
      const file = path.join(this.#folder, pack)
      const bytes = await readFile(file)
      for (const { id, start, end } of places) found.set(id, parseLine(bytes.subarray(start, end), file))
    }
    return found
  }
}

export type PackedCredential = Omit<Credential, 'key'> & { readonly key?: string }

interface PackPlace {
  readonly pack: string
  readonly start: number
  readonly end: number
}

async function packNames(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).filter((name) => name.endsWith(SUFFIX) && !name.startsWith('.')).toSorted()
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return []
    throw error
  }
}

function* linesOf(bytes: Buffer): Generator<readonly [start: number, end: number]> {
  for (let start = 0; start < bytes.length; ) {
    const newline = bytes.indexOf(0x0a, start)
    const end = newline === -1 ? bytes.length : newline
    if (end > start) yield [start, end]
    start = end + 1
  }
}

/** `id` stands first, so that finding a line needs no parsing of the keys in it. */
function idOf(line: Buffer): string | undefined {
  return /^\{"id":"([a-zA-Z0-9:_-]+)"/.exec(line.toString('latin1', 0, 80))?.[1]
}

function parseLine(bytes: Buffer, file: string): PackedCredential {
  try {
    const { key, cert, chain, ca } = JSON.parse(bytes.toString('utf8')) as PackLine
    return { ...(key !== undefined && { key }), certificate: cert, chain, anchor: ca }
  } catch (error) {
    throw broken(file, error)
  }
}

function broken(file: string, cause?: unknown): VerificationError {
  return new VerificationError('PACK_BROKEN', `${file} is no pack of credentials, or was changed.`, {
    hint: 'Put it back from a backup, or move it out of the folder.',
    layer: 'file',
    cause,
  })
}
