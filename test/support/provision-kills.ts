import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { lookAtProvisioned } from './provisioned.ts'

const RUN = path.resolve(import.meta.dirname, '../../bin/run.js')

export interface KillPlan {
  readonly folder: string
  readonly prefix: string
  readonly rows: number
  readonly layout: 'folders' | 'packs'
  readonly kills: number
  readonly passphrase: string
}

export interface KillReport {
  /** How many devices were registered at each kill. */
  readonly doneAtKill: readonly number[]
  readonly problems: readonly string[]
}

/**
 * Types `device provision` again and again, and kills it at random moments of its work: within as long as an
 * undisturbed run needs. After each kill every registered device must have its credential; after the last run, which
 * is left alone, all devices are there and nothing else is.
 */
export async function killAndGoOn(plan: KillPlan, workTime: number, startTime: number): Promise<KillReport> {
  const problems: string[] = []
  const doneAtKill: number[] = []
  for (let kill = 0; kill < plan.kills; kill++) {
    const child = start(plan)
    const ended = once(child, 'close')
    await Promise.race([sleep(startTime + Math.random() * workTime), ended])
    child.kill('SIGKILL')
    await ended
    const state = await lookAtProvisioned(plan.folder, { finished: false })
    problems.push(...state.problems)
    doneAtKill.push(ownDevices(state.devices, plan).length)
  }
  const last = start(plan)
  const [code] = (await once(last, 'close')) as [number | null]
  if (code !== 0) problems.push(`the run that was left alone ended with ${code}`)
  const state = await lookAtProvisioned(plan.folder, { finished: true })
  problems.push(...state.problems)
  const done = ownDevices(state.devices, plan).length
  if (done !== plan.rows) problems.push(`${done} of ${plan.rows} devices are there`)
  return { doneAtKill, problems }
}

/** How long a run that nobody disturbs takes, in milliseconds. */
export async function undisturbed(plan: KillPlan): Promise<number> {
  const started = performance.now()
  await once(start(plan), 'close')
  return performance.now() - started
}

function start({ folder, prefix, rows, layout, passphrase }: KillPlan) {
  const { NODE_ENV: _, VITEST: __, ...rest } = process.env
  const many = ['--count', String(rows), '--prefix', prefix, '--batch', prefix, '--fleet', folder]
  const packs = layout === 'packs' ? ['--packs'] : []
  return spawn(process.execPath, [RUN, 'device', 'provision', ...many, ...packs], {
    env: { ...rest, CI: '1', FLOTILLA_CA_PASSPHRASE: passphrase, FLOTILLA_OPERATOR: '' },
    stdio: 'ignore',
  })
}

function ownDevices(devices: readonly string[], { prefix }: KillPlan): readonly string[] {
  return devices.filter((id) => id.startsWith(`${prefix}-`))
}
