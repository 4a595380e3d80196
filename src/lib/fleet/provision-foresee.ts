import type { CheckedInput } from '../batch/input.ts'
import { type BatchTally, runBatch } from '../batch/run.ts'
import type { DeviceRequest } from '../provisioning/device-rows.ts'
import { HeldCredentials } from '../provisioning/held-credentials.ts'
import { PACK_ROWS } from '../provisioning/pack.ts'
import { knownOutcomes, type ProvisionOutcome } from '../provisioning/provision.ts'
import type { Fleet } from './fleet.ts'
import { sameRows } from './provision-input.ts'
import type { Into } from './provision-result.ts'
import type { ProvisionSource } from './provision-source.ts'

/**
 * Whether more rows than are allowed would fail, by the registry as it is: then nothing has to be begun.
 * @returns the rows up to there, of which `into` gets those that fail; undefined: there are not so many
 */
export async function foreseeStop(
  fleet: Fleet,
  source: ProvisionSource,
  input: CheckedInput,
  into: Into,
  allowed: number,
): Promise<BatchTally | undefined> {
  const failing: ProvisionOutcome[] = []
  const gather: Into = async (outcomes) =>
    void failing.push(...outcomes.filter(({ state }) => state === 'failed'))
  const tally = await foresee(fleet, source, input, gather, allowed)
  if (!tally.stopped) return undefined
  await into(failing)
  return tally
}

/** What would be done, by the registry as it is. */
export async function foresee(
  fleet: Fleet,
  source: ProvisionSource,
  input: CheckedInput,
  into: Into,
  allowed = Number.POSITIVE_INFINITY,
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
    allowedFailures: allowed,
  })
}
