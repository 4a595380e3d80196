import { UsageError } from '../base/errors.ts'
import type { BatchSummary } from '../registry/batch.ts'
import type { Registry } from '../registry/registry.ts'
import { type CheckedInput, type InputDifference, inputDifference, sortedBytes } from './input.ts'

export interface BeginBatch {
  readonly name: string
  /** What is done to each row: `device.provision`. */
  readonly action: string
  readonly actor: string
  readonly input: CheckedInput
}

/**
 * The batch of that name as an earlier run left it, or undefined when there is none.
 * @throws UsageError `BATCH_CHANGED` when it was about other rows, with the difference
 */
export async function findBatch(
  registry: Registry,
  { name, action, input }: Omit<BeginBatch, 'actor'>,
): Promise<BatchSummary | undefined> {
  const before = await registry.batch(name)
  if (before === undefined) return undefined
  if (before.action !== action) {
    throw new UsageError('BATCH_OTHER', `The batch ${before.name} is one of ${before.action}.`, {
      hint: 'Give this one another name.',
    })
  }
  if (before.digest === input.digest) return before
  throw changed(before, input, inputDifference(before.fingerprints, input))
}

/** Writes down what a new batch is about, before its first row. */
export async function beginBatch(registry: Registry, begin: BeginBatch): Promise<void> {
  const { name, action, actor, input } = begin
  const { rows, digest } = input
  const entry = { action: 'batch.begin', subject: name, details: { action, rows, digest } }
  const fingerprints = sortedBytes(input.fingerprints)
  await registry.change(actor, entry, (write) =>
    write.addBatch({ name, action, actor, rows, digest, fingerprints }),
  )
}

const SHOWN = 5

function changed(before: BatchSummary, input: CheckedInput, { changed, gone }: InputDifference): UsageError {
  const lines = changed.slice(0, SHOWN).join(', ') + (changed.length > SHOWN ? ' and more' : '')
  const parts = [
    changed.length > 0 ? `${newText(changed.length)} (line ${lines})` : undefined,
    gone > 0 ? goneText(gone) : undefined,
  ].filter((part) => part !== undefined)
  return new UsageError(
    'BATCH_CHANGED',
    `The batch ${before.name} began with another input of ${before.rows} rows, this one has ${input.rows}: ${parts.join('; ')}.`,
    { hint: 'Nothing was written. Put the old input back, or give this one another --batch name.' },
  )
}

function newText(count: number): string {
  return count === 1 ? '1 row is new or says something else' : `${count} rows are new or say something else`
}

function goneText(count: number): string {
  return count === 1
    ? '1 row of before is not there as it was'
    : `${count} rows of before are not there as they were`
}
