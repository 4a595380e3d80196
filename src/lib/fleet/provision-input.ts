import { UsageError } from '../base/errors.ts'
import { type CheckedInput, checkInput, fingerprint } from '../batch/input.ts'
import { isFault } from '../batch/row.ts'
import { checkedRow, type DeviceRequest } from '../provisioning/device-rows.ts'
import type { ProvisionOptions } from './provision-options.ts'
import type { ProvisionSource } from './provision-source.ts'

/** Rows of one batch: the most that are checked at once, in memory that a small machine has. */
const MOST_ROWS = 1_000_000

/** @throws UsageError `ROWS_BAD`, `PROVISION_NOTHING` */
export async function readInput(
  source: ProvisionSource,
  { onFault }: Pick<ProvisionOptions, 'onFault'>,
): Promise<CheckedInput> {
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
export async function* sameRows(
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
