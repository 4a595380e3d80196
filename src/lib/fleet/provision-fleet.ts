import { systemClock } from '../base/clock.ts'
import { PartialError, ThresholdError, UsageError } from '../base/errors.ts'
import { once } from '../base/once.ts'
import { takeLock } from '../base/process-lock.ts'
import { beginBatch, findBatch } from '../batch/begin.ts'
import { type CheckedInput, checkInput, fingerprint } from '../batch/input.ts'
import { isFault, type RowFault } from '../batch/row.ts'
import { type BatchTally, runBatch } from '../batch/run.ts'
import { Sample } from '../batch/sample.ts'
import { allowedFailures, type Threshold } from '../batch/threshold.ts'
import { BACKDATE, openAuthority, readCertificate } from '../pki/authorities.ts'
import { checkedRow, type DeviceRequest } from '../provisioning/device-rows.ts'
import { HeldCredentials } from '../provisioning/held-credentials.ts'
import { PACK_ROWS } from '../provisioning/pack.ts'
import {
  knownOutcomes,
  type Layout,
  type ProvisionOutcome,
  provisionDevices,
} from '../provisioning/provision.ts'
import type { BatchSummary } from '../registry/batch.ts'
import type { Tags } from '../registry/device.ts'
import { type CheckReport, checkCredentials, refuseNoBroker } from './check-credentials.ts'
import type { Fleet } from './fleet.ts'
import { type ProvisionChoice, type ProvisionSource, provisionSource } from './provision-source.ts'

export interface ProvisionOptions {
  readonly tags: Tags
  readonly passphrase: () => Promise<string>
  /** The name that the work is kept under. */
  readonly batch?: string | undefined
  /** Packs even for few devices; many get them anyway. */
  readonly packs: boolean
  /** How many of the devices try their new credential on the broker. */
  readonly check: number
  /** Say what would be done. */
  readonly dryRun: boolean
  /** How many rows may fail before it stops; undefined: any number. */
  readonly threshold?: Threshold | undefined
  /** Every row, in order. */
  readonly onOutcomes?: (outcomes: readonly ProvisionOutcome[]) => Promise<void>
  /** What is wrong with the input, before anything is written. */
  readonly onFault?: (fault: RowFault) => Promise<void>
  /** A batch that an earlier run has begun goes on. */
  readonly onResume?: (batch: BatchSummary) => void
  readonly onProgress?: (step: 'issue' | 'check', done: number, total: number) => void
  readonly signal?: AbortSignal | undefined
}

/** What `device provision` prints with --json. */
export interface ProvisionResult {
  readonly rows: number
  readonly issued: number
  /** Had a certificate before: nothing was written. */
  readonly already: number
  readonly failed: number
  /** How many failed, by code. */
  readonly codes: Readonly<Record<string, number>>
  /** Whether too many failed: the rows behind were not looked at. */
  readonly stopped: boolean
  /** Nothing was written: `issued` counts what would be. */
  readonly dryRun: boolean
  /** SHA-256 that the input is known by, whatever the order of its rows. */
  readonly digest: string
  readonly batch: string | null
  /** Where the credentials lie: one folder a device, or packs of 1,000. */
  readonly folder: string
  readonly layout: Layout['kind']
  /** What became of each; of more than 1,000 rows only of the first that failed. --results has all. */
  readonly devices: readonly ProvisionOutcome[]
  readonly check: CheckReport | null
  /** Of the named devices those that had a certificate and have other tags than --tag says: they were not changed. */
  readonly otherTags: readonly string[]
}

/** Rows of one batch: the most that are checked at once, in memory that a small machine has. */
const MOST_ROWS = 1_000_000
/** From one row more the result names no device that is well, and credentials lie in packs. */
const FEW = PACK_ROWS

/**
 * Gives each device a certificate of its own and registers it. All input is checked before anything is written; the
 * same call again goes on where it stopped.
 * @throws UsageError `DEVICE_ID`, `CSR_…`, `PROVISION_NOTHING`, `ROWS_BAD`, `BATCH_CHANGED` · UnreachableError `LOCKED`
 */
export async function provisionFleet(
  fleet: Fleet,
  choice: ProvisionChoice,
  options: ProvisionOptions,
): Promise<ProvisionResult> {
  const result = await provisionOrForesee(fleet, choice, options)
  return { ...result, otherTags: await otherTags(fleet, result.devices, options.tags) }
}

/** Who has a certificate already is left alone, its tags too. */
async function otherTags(
  fleet: Fleet,
  devices: readonly ProvisionOutcome[],
  tags: Tags,
): Promise<readonly string[]> {
  const ids = devices.filter(({ state }) => state === 'already').map(({ id }) => id)
  const asked = Object.entries(tags)
  if (ids.length === 0 || asked.length === 0) return []
  const registry = await fleet.registry()
  const known = await registry.devices({ selector: [{ kind: 'ids', ids }] })
  return known
    .filter((device) => asked.some(([key, value]) => device.tags[key] !== value))
    .map(({ id }) => id)
}

async function provisionOrForesee(
  fleet: Fleet,
  choice: ProvisionChoice,
  options: ProvisionOptions,
): Promise<ProvisionResult> {
  const source = await provisionSource(choice, options.tags)
  const input = await readInput(source, options)
  const layout = layoutOf(source, input, options)
  if (options.dryRun) {
    await batchBefore(fleet, input, options)
    return resultOf(
      fleet,
      input,
      layout,
      options,
      await collect(options, input, (into) => foresee(fleet, source, input, into)),
    )
  }
  if (options.check > 0) await refuseNoBroker(fleet, options.signal)
  using _lock = await takeLock(fleet.directory.lock('provision'), {
    what: 'flotilla device provision',
    wait: 10_000,
  })
  const before = await batchBefore(fleet, input, options)
  const collected = await collect(options, input, (into) =>
    issueAll(fleet, source, input, layout, before, options, into),
  )
  const result = resultOf(fleet, input, layout, options, collected)
  if (options.check === 0 || result.stopped) return result
  return { ...result, check: await check(fleet, collected.sample.items, options) }
}

/**
 * How a run that is not whole ends, after everything was shown.
 * @throws ThresholdError `BATCH_STOPPED` · PartialError `PROVISION_PARTIAL`, `CHECK_FAILED`
 */
export function refusePartial(result: ProvisionResult): void {
  const { failed, stopped, devices, check } = result
  const first = devices.find((outcome) => outcome.state === 'failed')
  const example = first?.state === 'failed' ? ` ${first.id} ${first.message} (${first.code}).` : ''
  const details = detailsOf(result)
  if (stopped) {
    throw new ThresholdError(
      'BATCH_STOPPED',
      `Stopped: ${failed === 1 ? '1 device' : `${failed} devices`} failed.${example}`,
      {
        hint: 'What was done before stands. Mend the rows or allow more with --abort-on-errors, and type the same again.',
        details,
      },
    )
  }
  if (failed > 0) throw partial(result, example)
  if (check === null || check.failed.length === 0) return
  const [{ id, message } = { id: '', message: '' }] = check.failed
  throw new PartialError(
    'CHECK_FAILED',
    `${check.failed.length} of ${check.tried} devices were not let in by the broker. ${id}: ${message}`,
    { hint: 'All certificates were issued. Tell the broker what it trusts: flotilla broker reload', details },
  )
}

function partial(result: ProvisionResult, example: string): PartialError {
  const { rows, failed, codes, dryRun } = result
  const would = dryRun ? 'would fail' : 'failed'
  const kinds = Object.keys(codes).length > 1 ? ` Codes: ${Object.keys(codes).join(', ')}.` : ''
  const message =
    rows === 1 ? `The device ${would}:${example}` : `${failed} of ${rows} devices ${would}.${example}${kinds}`
  const done = failed < rows && !dryRun ? 'The others are done. ' : ''
  const hint = failed === 1 ? `${done}Give this one another id.` : `${done}Give these other ids.`
  return new PartialError('PROVISION_PARTIAL', message, { hint, details: detailsOf(result) })
}

/** Failures that a failure names to programs; --results has all. */
const FAILURES = 20

function detailsOf({ rows, issued, already, failed, codes, devices, check }: ProvisionResult) {
  const failures = devices.filter(({ state }) => state === 'failed').slice(0, FAILURES)
  return { rows, issued, already, failed, codes, failures, check }
}

/** @throws UsageError `ROWS_BAD`, `PROVISION_NOTHING` */
async function readInput(source: ProvisionSource, { onFault }: ProvisionOptions): Promise<CheckedInput> {
  const bad = new Set<number>()
  let faults = 0
  const input = await checkInput(checkedRows(source), MOST_ROWS, async (fault) => {
    faults++
    bad.add(fault.line)
    await onFault?.(fault)
  })
  if (faults > 0) {
    const lines = bad.size === 1 ? '1 bad line' : `${bad.size} bad lines`
    throw new UsageError('ROWS_BAD', `${lines} in ${source.name}. Nothing was written.`, {
      hint: 'Mend them and type the same again. --results FILE names every one.',
      layer: 'file',
    })
  }
  if (input.rows > 0) return input
  throw new UsageError('PROVISION_NOTHING', `No device is named in ${source.name}.`, { layer: 'file' })
}

async function* checkedRows(source: ProvisionSource) {
  for await (const row of source.rows()) yield isFault(row) ? row : checkedRow(row)
}

/** @throws UsageError `FROM_CHANGED` when a row is not the one that was checked */
async function* sameRows(
  source: ProvisionSource,
  { fingerprints }: CheckedInput,
): AsyncGenerator<DeviceRequest> {
  let index = 0
  for await (const row of source.rows()) {
    if (isFault(row) || fingerprint(checkedRow(row).content) !== fingerprints[index])
      throw changedMeanwhile(source)
    index++
    yield row
  }
  if (index < fingerprints.length) throw changedMeanwhile(source)
}

function changedMeanwhile({ name }: ProvisionSource): UsageError {
  return new UsageError('FROM_CHANGED', `${name} was changed while it was read.`, {
    hint: 'What was done before stands. Let nobody write to it, and type the same again.',
    layer: 'file',
  })
}

function layoutOf(
  source: ProvisionSource,
  { rows }: CheckedInput,
  { packs, batch }: ProvisionOptions,
): Layout {
  return packs || rows > FEW ? { kind: 'packs', label: batch ?? source.label } : { kind: 'folders' }
}

const ACTION = 'device.provision'

/** The batch as an earlier run left it. @throws UsageError `BATCH_CHANGED` */
async function batchBefore(
  fleet: Fleet,
  input: CheckedInput,
  { batch, onResume }: ProvisionOptions,
): Promise<BatchSummary | undefined> {
  if (batch === undefined) return undefined
  const before = await findBatch(await fleet.registry(), { name: batch, action: ACTION, input })
  if (before !== undefined) onResume?.(before)
  return before
}

/** What passes by on its way to whoever asked for each row. */
interface Collected {
  readonly tally: BatchTally
  readonly devices: readonly ProvisionOutcome[]
  readonly sample: Sample<string>
}

type Into = (outcomes: readonly ProvisionOutcome[]) => Promise<void>

async function collect(
  { check, onOutcomes, onProgress }: ProvisionOptions,
  { rows }: CheckedInput,
  run: (into: Into) => Promise<BatchTally>,
): Promise<Collected> {
  const devices: ProvisionOutcome[] = []
  const sample = new Sample<string>(check)
  let done = 0
  onProgress?.('issue', 0, rows)
  const tally = await run(async (outcomes) => {
    for (const outcome of outcomes) {
      if (rows <= FEW || (outcome.state === 'failed' && devices.length < FEW)) devices.push(outcome)
      if (outcome.state !== 'failed') sample.add(outcome.id)
    }
    done += outcomes.length
    onProgress?.('issue', done, rows)
    await onOutcomes?.(outcomes)
  })
  return { tally, devices, sample }
}

/** What would be done, by the registry as it is. */
async function foresee(
  fleet: Fleet,
  source: ProvisionSource,
  input: CheckedInput,
  into: Into,
): Promise<BatchTally> {
  const registry = await fleet.registry()
  const held = new HeldCredentials(fleet.directory.devices)
  return runBatch<DeviceRequest, readonly ProvisionOutcome[], ProvisionOutcome>({
    rows: sameRows(source, input),
    chunk: PACK_ROWS,
    ahead: 1,
    prepare: async (asked) => {
      const known = await registry.known(asked.map(({ id }) => id))
      const outcomes = await knownOutcomes(asked, known, held)
      return asked.map(({ id }, index) => outcomes[index] ?? { id, state: 'new' })
    },
    commit: (outcomes) => Promise.resolve(outcomes),
    onOutcomes: into,
    allowedFailures: Number.POSITIVE_INFINITY,
  })
}

async function issueAll(
  fleet: Fleet,
  source: ProvisionSource,
  input: CheckedInput,
  layout: Layout,
  before: BatchSummary | undefined,
  { batch, threshold, passphrase, signal }: ProvisionOptions,
  into: Into,
): Promise<BatchTally> {
  const { ca, devices: devicesFolder } = fleet.directory
  const { name: actor } = await fleet.operator()
  const registry = await fleet.registry()
  if (batch !== undefined && before === undefined) {
    await beginBatch(registry, { name: batch, action: ACTION, actor, input })
  }
  const tally = await provisionDevices({
    devices: sameRows(source, input),
    rows: input.rows,
    layout,
    actor,
    registry,
    authority: once(() => openAuthority(ca, 'devices', fleet.name, passphrase)),
    devicesFolder,
    plan: await issuePlan(fleet),
    batch,
    allowedFailures:
      threshold === undefined ? Number.POSITIVE_INFINITY : allowedFailures(threshold, input.rows),
    onOutcomes: into,
    signal,
  })
  const isNews = before?.finishedAt === undefined || (tally.states['issued'] ?? 0) > 0
  if (batch !== undefined && !tally.stopped && isNews) await finish()
  return tally

  async function finish(): Promise<void> {
    const { failed } = tally
    const entry = { action: 'batch.finish', subject: batch!, details: { rows: input.rows, failed } }
    await registry.change(actor, entry, (write) => write.finishBatch(batch!, failed))
  }
}

function check(
  fleet: Fleet,
  ids: readonly string[],
  { onProgress, signal }: ProvisionOptions,
): Promise<CheckReport> {
  return checkCredentials(fleet, ids, {
    onProgress: (done) => onProgress?.('check', done, ids.length),
    signal,
  })
}

function resultOf(
  { directory }: Fleet,
  { rows, digest }: CheckedInput,
  { kind }: Layout,
  { batch, dryRun }: ProvisionOptions,
  { tally, devices }: Collected,
): ProvisionResult {
  const count = (state: ProvisionOutcome['state']) => tally.states[state] ?? 0
  return {
    rows,
    issued: count(dryRun ? 'new' : 'issued'),
    already: count('already'),
    failed: count('failed'),
    codes: tally.failed,
    stopped: tally.stopped,
    dryRun,
    digest,
    batch: batch ?? null,
    folder: directory.devices,
    layout: kind,
    devices,
    check: null,
    otherTags: [],
  }
}

/** From an hour ago (clocks differ), as long as fleet.yaml says, and no longer than the CA that signs. */
async function issuePlan(fleet: Fleet): Promise<{ readonly notBefore: number; readonly notAfter: number }> {
  const now = systemClock.now()
  const { validTo } = await readCertificate(fleet.directory.ca, 'devices')
  return {
    notBefore: now - BACKDATE,
    notAfter: Math.min(now + fleet.config.issuance.device, Date.parse(validTo)),
  }
}
