import { randomBytes } from 'node:crypto'
import { copyFile, type FileHandle, link, open, readdir, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { crc32 } from 'node:zlib'
import { systemCode } from '../../base/errors.ts'
import { PRIVATE_FILE } from '../../base/files.ts'
import { SALT_BYTES } from './record.ts'

/** Where the records of a segment begin; before them stands how far they are stored: an offset and its CRC-32. */
export const FIRST_RECORD = 16

/** A file of the spool. */
export interface Segment {
  readonly file: string
  readonly number: number
  readonly salt: Buffer
}

/** Numbers grow, and sort as text. */
export function newSegment(folder: string, number: number): Segment {
  const salt = randomBytes(SALT_BYTES)
  const name = `${String(number).padStart(12, '0')}-${salt.toString('hex')}.spool`
  return { file: path.join(folder, name), number, salt }
}

const NAME = /^(\d{12,15})-([0-9a-f]{16})\.spool$/

/** What lies in the folder, the oldest first; no folder is none. */
export async function segmentsIn(folder: string): Promise<readonly Segment[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return []
    throw error
  })
  const segments = names.flatMap((name) => {
    const [, number, salt] = NAME.exec(name) ?? []
    if (number === undefined || salt === undefined) return []
    return [{ file: path.join(folder, name), number: Number(number), salt: Buffer.from(salt, 'hex') }]
  })
  return segments.toSorted((a, b) => a.number - b.number)
}

/** Made with the mark in place, so that a file without one is damaged, not new. */
export async function createSegment({ file, salt }: Segment): Promise<FileHandle> {
  const handle = await open(file, 'wx+', PRIVATE_FILE)
  try {
    await writeAll(handle, encodeMark(FIRST_RECORD, salt), 0)
    return handle
  } catch (error) {
    await handle.close()
    await rm(file, { force: true })
    throw error
  }
}

/**
 * Notes that everything before the offset is stored. The mark only spares work, as what is stored again is stored once:
 * it is not synced, and a disk that will not take it does no harm.
 */
export async function noteStored({ file, salt }: Segment, offset: number): Promise<void> {
  try {
    await using handle = await open(file, 'r+')
    await writeAll(handle, encodeMark(offset, salt), 0)
  } catch {}
}

export async function segmentBytes({ file }: Segment): Promise<number> {
  return (await stat(file)).size
}

export async function removeSegment({ file }: Segment): Promise<void> {
  await rm(file, { force: true })
}

export interface Unstored {
  /** From `start` up to the end of the file, or to `end` where that is known. */
  readonly bytes: Buffer
  readonly start: number
}

/** Reads what is not stored yet, whole: segments are small. */
export async function readUnstored(
  { file, salt }: Segment,
  { from, end }: { readonly from?: number | undefined; readonly end?: number | undefined },
): Promise<Unstored> {
  await using handle = await open(file, 'r')
  const { size } = await handle.stat()
  const start = Math.min(from ?? (await readMark(handle, salt)), size)
  const bytes = Buffer.allocUnsafe(Math.max(0, Math.min(end ?? size, size) - start))
  let filled = 0
  while (filled < bytes.length) {
    const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, start + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return { bytes: bytes.subarray(0, filled), start }
}

/** A mark that cannot be read says nothing: from the beginning then. */
async function readMark(handle: FileHandle, salt: Buffer): Promise<number> {
  const mark = Buffer.alloc(FIRST_RECORD)
  await handle.read(mark, 0, FIRST_RECORD, 0)
  const offset = mark.readDoubleLE(0)
  return encodeMark(offset, salt).equals(mark) && offset >= FIRST_RECORD ? offset : FIRST_RECORD
}

function encodeMark(offset: number, salt: Buffer): Buffer {
  const mark = Buffer.alloc(FIRST_RECORD)
  mark.writeDoubleLE(offset, 0)
  mark.writeUInt32LE(crc32(mark.subarray(0, 8), crc32(salt)), 8)
  return mark
}

/**
 * Keeps what a segment holds beside it, for people to look at: as another name of the file where there is such a thing,
 * which needs no room.
 * @returns where it is kept
 */
export async function keepAside({ file }: Segment): Promise<string> {
  const aside = `${file}.damaged`
  try {
    await link(file, aside)
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') await copyFile(file, aside)
  }
  return aside
}

/** A write may be cut short, at the end of the room for example: the next one then says why. */
export async function writeAll(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done)
    done += bytesWritten
  }
}
