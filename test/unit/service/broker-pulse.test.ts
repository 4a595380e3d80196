import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { TimedOutError, UnreachableError } from '../../../src/lib/base/errors.ts'
import { type BrokerPulseOptions, brokerPulse } from '../../../src/lib/service/broker-pulse.ts'

const silent = { state: 'offline', failure: new TimedOutError('BROKER_SILENT', 'No answer.') } as const
const cut = { state: 'offline', failure: new UnreachableError('BROKER_LOST', 'Cut.') } as const

function pulse(process: BrokerPulseOptions['process']) {
  const said: (string | undefined)[] = []
  const { onState } = brokerPulse({ process, onChange: (silent) => said.push(silent) })
  return { said, onState: onState! }
}

test('who does not answer is named once, with its process, until it answers', async () => {
  const { said, onState } = pulse(() => Promise.resolve(4711))
  for (const state of [{ state: 'online' }, silent, cut, silent] as const) onState(state)
  await turn()
  expect(said).toEqual(['mosquitto (process 4711) does not answer'])
  onState({ state: 'online' })
  onState({ state: 'online' })
  expect(said).toEqual(['mosquitto (process 4711) does not answer', undefined])
})

test('a connection that was cut says nothing of its broker', async () => {
  const { said, onState } = pulse(() => Promise.resolve(4711))
  onState(cut)
  await turn()
  expect(said).toEqual([])
})

test('one that answers before its process is found is not called silent afterwards', async () => {
  const { promise, resolve } = Promise.withResolvers<undefined>()
  const { said, onState } = pulse(() => promise)
  onState(silent)
  onState({ state: 'online' })
  resolve(undefined)
  await turn()
  expect(said.at(-1)).toBeUndefined()
})
