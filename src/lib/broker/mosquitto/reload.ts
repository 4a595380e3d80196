import path from 'node:path'
import * as v from 'valibot'
import { systemClock } from '../../base/clock.ts'
import { systemCode, UnreachableError } from '../../base/errors.ts'
import { readTextIfPresent, writeFileAtomic } from '../../base/files.ts'
import type { BrokerAddress } from '../../mqtt/broker-address.ts'
import type { Credential } from '../../pki/credential.ts'
import type { Admission } from '../broker.ts'
import { outNotices } from '../out-notice.ts'
import { evict, giveNotice } from './evict.ts'
import { admissionFiles } from './files.ts'
import { writeFiles } from './folder.ts'
import { NOBODY, newlyOut, type Out, outOf } from './out.ts'
import { runningMosquitto } from './running.ts'

export interface ReloadOptions {
  /** Of `writeMosquittoFolder`. */
  readonly folder: string
  readonly fleet: string
  readonly admission: Admission
  /** The listener for staff. */
  readonly staff: BrokerAddress
  /** Who connects there to end sessions: `svc.broker`, who alone may also say that their devices are offline, or an operator. */
  readonly evictor: { readonly name: string; readonly credential: Credential }
}

/**
 * Tells a mosquitto that is not our child who may come in now: rewrites its rules and lists, has it read them, ends
 * the sessions of those who are out. What fails half-way is repeated by the next call.
 * @returns the client ids whose sessions were ended, if there were any
 * @throws UnreachableError `BROKER_DOWN`, `BROKER_SIGNAL`, and what `connect` throws
 */
export async function reloadMosquitto(options: ReloadOptions): Promise<readonly string[]> {
  const { folder, fleet, admission, staff, evictor } = options
  await writeFiles(folder, admissionFiles(fleet, admission))
  const pid = await runningMosquitto(folder)
  if (pid === undefined) throw notRunning(folder)
  signal(pid)
  // It takes the signal before it answers a connection that is opened after it.
  const out = newlyOut(await readOut(folder), admission)
  const by = { ...evictor, staff }
  await giveNotice(outNotices(fleet, out, { barred: admission.barred, at: systemClock.now() }), by)
  await evict(out, by)
  await writeFileAtomic(fileOf(folder), `${JSON.stringify(outOf(admission))}\n`)
  return out
}

/** Whose sessions have been ended already. */
const fileOf = (folder: string): string => path.join(folder, 'out.json')
const names = v.array(v.string())
const schema = v.object({ barred: names, revoked: names })

async function readOut(folder: string): Promise<Out> {
  const text = await readTextIfPresent(fileOf(folder))
  if (text === undefined) return NOBODY
  try {
    return v.parse(schema, JSON.parse(text))
  } catch {
    return NOBODY // everybody who is out is evicted once more, which harms nobody
  }
}

function signal(pid: number): void {
  try {
    process.kill(pid, 'SIGHUP')
  } catch (error) {
    if (systemCode(error) !== 'EPERM') throw error
    throw new UnreachableError('BROKER_SIGNAL', `mosquitto (process ${pid}) belongs to another user.`, {
      hint: `Its rules are written. Have it read them: sudo kill -HUP ${pid}`,
      cause: error,
    })
  }
}

function notRunning(folder: string): UnreachableError {
  return new UnreachableError('BROKER_DOWN', `No mosquitto runs from ${folder} on this machine.`, {
    hint: 'Its rules are written and count from its start.',
  })
}
