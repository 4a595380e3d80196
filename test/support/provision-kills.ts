import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { lookAtProvisioned } from './provisioned.ts'

const RUN = path.resolve(import.meta.dirname, '../../bin/run.js')

export interface KillPlan {
  readonly folder: string
  /** Of the ids; the batch has the same name. */
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

/** Milliseconds that a kill comes behind what set it off: about as long as a chunk takes. */
const BEHIND = 100

/**
 * Types `device provision` again and again, and kills it at random moments: a little after a random row was told done,
 * further on each time, so that most kills hit new work.
 * After each kill every registered device must have its credential; after the last run, which is left alone, all
 * devices are there and nothing else is.
 */
export async function killAndGoOn(plan: KillPlan): Promise<KillReport> {
  const problems: string[] = []
  const doneAtKill: number[] = []
  const look = { prefix: `${plan.prefix}-` }
  for (let kill = 0; kill < plan.kills; kill++) {
    const child = start(plan)
    const ended = once(child, 'close')
    await Promise.race([
      told(child, Math.floor((plan.rows * (kill + Math.random())) / (plan.kills + 1))),
      ended,
    ])
    await sleep(Math.random() * BEHIND)
    child.kill('SIGKILL')
    await ended
    const state = await lookAtProvisioned(plan.folder, { ...look, finished: false })
    problems.push(...state.problems)
    doneAtKill.push(state.devices.length)
  }
  const last = start(plan)
  last.stdout!.resume()
  const [code] = (await once(last, 'close')) as [number | null]
  if (code !== 0) problems.push(`the run that was left alone ended with ${code}`)
  const state = await lookAtProvisioned(plan.folder, { ...look, finished: true })
  problems.push(...state.problems)
  const done = state.devices.length
  if (done !== plan.rows) problems.push(`${done} of ${plan.rows} devices are there`)
  return { doneAtKill, problems }
}

/** Resolves when so many rows are done; for the first rows at some time while it starts. */
async function told(child: ChildProcess, rows: number): Promise<void> {
  let lines = 0
  child.stdout!.setEncoding('utf8')
  const enough = new Promise<void>((resolve) => {
    child.stdout!.on('data', (text: string) => {
      lines += text.split('\n').length - 1
      if (lines > rows) resolve()
    })
  })
  await (rows % 10 === 0 ? Promise.race([enough, sleep(Math.random() * 1000)]) : enough)
}

function start({ folder, prefix, rows, layout, passphrase }: KillPlan): ChildProcess {
  const { NODE_ENV: _, VITEST: __, ...rest } = process.env
  const many = [
    '--count',
    String(rows),
    '--prefix',
    prefix,
    '--batch',
    prefix,
    '--fleet',
    folder,
    '--results',
    '-',
  ]
  const packs = layout === 'packs' ? ['--packs'] : []
  return spawn(process.execPath, [RUN, 'device', 'provision', ...many, ...packs], {
    env: { ...rest, CI: '1', FLOTILLA_CA_PASSPHRASE: passphrase, FLOTILLA_OPERATOR: '' },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
}
