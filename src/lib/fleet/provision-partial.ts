import { PartialError, ThresholdError } from '../base/errors.ts'
import type { ProvisionResult } from './provision-result.ts'

/**
 * How a run that is not whole ends, after everything was shown.
 * @throws ThresholdError `BATCH_STOPPED` · PartialError `PROVISION_PARTIAL`, `CHECK_FAILED`
 */
export function refusePartial(result: ProvisionResult): void {
  const { failed, stopped, devices, check, rows } = result
  const first = devices.find((outcome) => outcome.state === 'failed')
  const example = first?.state === 'failed' ? ` ${first.id} ${first.message} (${first.code}).` : ''
  const details = detailsOf(result)
  if (stopped) {
    const message =
      result.issued === 0
        ? `Nothing was begun: at least ${failed} of ${rows} devices would fail.${example}`
        : `Stopped: ${failed === 1 ? '1 device' : `${failed} devices`} failed.${example}`
    throw new ThresholdError('BATCH_STOPPED', message, {
      hint: 'Mend the rows or allow more with --abort-on-errors, and type the same again. What was done before stands.',
      details,
    })
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
