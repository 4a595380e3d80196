import { stat, unlink } from 'node:fs/promises'
import { systemCode } from '../base/errors.ts'
import { PRIVATE_FILE, readTextIfPresent, writeFileAtomic } from '../base/files.ts'
import type { DeviceEvent, EventKind } from '../telemetry/events.ts'

/** Far above what a full queue needs; more is not ours. */
const LARGEST = 32 * 1024 * 1024
/** What a broker sees: all other kinds can be read again where they come from. */
const KINDS: ReadonlySet<unknown> = new Set<EventKind>(['connected', 'disconnected', 'refused', 'gap'])

/** What was read, and how many lines of it are no events. */
export interface WaitingRead {
  readonly events: readonly DeviceEvent[]
  readonly damaged: number
}

/** Events of connections that the store has not taken when a service ended, on the disk until the next has sent them. */
export class WaitingEvents {
  readonly file: string

  constructor(file: string) {
    this.file = file
  }

  /** None where there is no file. */
  async read(): Promise<WaitingRead> {
    const size = await stat(this.file).then(
      (found) => found.size,
      () => 0,
    )
    if (size > LARGEST) return { events: [], damaged: 1 }
    const lines = ((await readTextIfPresent(this.file)) ?? '').split('\n').filter((line) => line !== '')
    const events = lines.map(eventOf).filter((event) => event !== undefined)
    return { events, damaged: lines.length - events.length }
  }

  /** In the place of what was there. */
  async save(events: readonly DeviceEvent[]): Promise<void> {
    const lines = events.map((event) => `${JSON.stringify(event)}\n`)
    await writeFileAtomic(this.file, lines.join(''), { mode: PRIVATE_FILE })
  }

  async clear(): Promise<void> {
    await unlink(this.file).catch((error: unknown) => {
      if (systemCode(error) !== 'ENOENT') throw error
    })
  }
}

function eventOf(line: string): DeviceEvent | undefined {
  const { at, device, kind, seq, body } = objectOf(line)
  const isWhole = [at, seq].every((one) => Number.isSafeInteger(one) && Number(one) >= 0)
  const isNamed = device === undefined || typeof device === 'string'
  const isTold = typeof body === 'object' && body !== null && !Array.isArray(body)
  if (!isWhole || !isNamed || !isTold || !KINDS.has(kind)) return undefined
  return { at, device, kind, seq, body } as DeviceEvent
}

function objectOf(line: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}
