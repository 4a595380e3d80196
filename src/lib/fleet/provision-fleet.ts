import { once } from '../base/once.ts'
import { takeLock } from '../base/process-lock.ts'
import { beginBatch, findBatch } from '../batch/begin.ts'
import type { CheckedInput } from '../batch/input.ts'
import type { BatchTally } from '../batch/run.ts'
import { allowedFailures } from '../batch/threshold.ts'
import { openAuthority } from '../pki/authorities.ts'
import { type Layout, type ProvisionOutcome, provisionDevices } from '../provisioning/provision.ts'
import type { BatchSummary } from '../registry/batch.ts'
import type { Tags } from '../registry/device.ts'
import { type CheckReport, checkCredentials, refuseNoBroker } from './check-credentials.ts'
import type { Fleet } from './fleet.ts'
import { issuePlan } from './issue-plan.ts'
import { foresee, foreseeStop } from './provision-foresee.ts'
import { readInput, sameRows } from './provision-input.ts'
import type { ProvisionOptions } from './provision-options.ts'
import { collect, FEW, type Into, type ProvisionResult, resultOf } from './provision-result.ts'
import { type ProvisionChoice, type ProvisionSource, provisionSource } from './provision-source.ts'

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
  const known = await registry.devices({ selector: { kind: 'ids', ids } })
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
  const allowed =
    options.threshold === undefined
      ? Number.POSITIVE_INFINITY
      : allowedFailures(options.threshold, input.rows)
  const collected = await collect(
    options,
    input,
    async (into) =>
      (Number.isFinite(allowed) ? await foreseeStop(fleet, source, input, into, allowed) : undefined) ??
      issueAll(fleet, source, input, layout, { before, allowed, options }, into),
  )
  const result = resultOf(fleet, input, layout, options, collected)
  if (options.check === 0 || result.stopped) return result
  return { ...result, check: await check(fleet, collected.sample.items, options) }
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

interface IssueAll {
  readonly before: BatchSummary | undefined
  /** How many rows may fail. */
  readonly allowed: number
  readonly options: ProvisionOptions
}

async function issueAll(
  fleet: Fleet,
  source: ProvisionSource,
  input: CheckedInput,
  layout: Layout,
  { before, allowed, options }: IssueAll,
  into: Into,
): Promise<BatchTally> {
  const { batch, passphrase, signal } = options
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
    allowedFailures: allowed, // for what has changed since it was foreseen
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
