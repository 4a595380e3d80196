import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { RefusedError, UnreachableError } from '../../../src/lib/base/errors.ts'
import { watchRefusals } from '../../../src/lib/fleet/refusal-watch.ts'

const refusal = new RefusedError('BROKER_REFUSED', 'closed before it answered')
const away = new UnreachableError('BROKER_UNREACHABLE', 'nothing answers')
const revoked = new RefusedError('BROKER_REFUSED', 'revoked')

/** What the watch has said after these ends of connections; `online` is a connection that came about. */
async function after(
  ends: readonly (RefusedError | UnreachableError | 'online')[],
  final?: RefusedError,
): Promise<RefusedError | undefined> {
  const watch = watchRefusals(async () => final)
  for (const end of ends)
    watch.onState(end === 'online' ? { state: 'online' } : { state: 'offline', failure: end })
  await turn()
  return Promise.race([watch.refused, Promise.resolve(undefined)])
}

test('a refusal that is known to last ends it at once, with its reason', async () => {
  expect(await after(['online', away, refusal], revoked)).toBe(revoked)
})

test('a broker that refuses once on its way down or up is tried again; three times in a row it means it', async () => {
  expect(await after([refusal, refusal])).toBeUndefined()
  expect(await after([refusal, refusal, refusal])).toBe(refusal)
  expect(await after([refusal, refusal, away, refusal, refusal])).toBeUndefined()
  expect(await after([refusal, refusal, 'online', refusal])).toBeUndefined()
})

test('a broker that is away is tried for ever', async () => {
  expect(await after(Array.from({ length: 20 }, () => away))).toBeUndefined()
})
