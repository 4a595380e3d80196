import { expect, test } from 'vitest'
import { BrokerLife } from '../../../src/lib/service/broker-life.ts'

const DAY = 86_400_000

test('the broker cannot work from its death until it runs again, and its deaths stay', () => {
  let now = 10 * DAY
  const earlier = { at: now - 1000, how: 'signal SIGSEGV' }
  const life = new BrokerLife([{ at: now - DAY, how: 'exit code 1' }, earlier], { now: () => now })
  expect(life.role().failing).toBeUndefined()
  life.died('signal SIGKILL')
  expect(life.role().failing).toContain('signal SIGKILL')
  const later = { at: now, how: 'signal SIGKILL' }
  now += 500
  life.runs()
  expect(life.role()).toMatchObject({ failing: undefined, deaths: [earlier, later] })
})

test('one that does not answer cannot work either, until it does; that it died says more', () => {
  const life = new BrokerLife([])
  life.answers('mosquitto does not answer')
  expect(life.role().failing).toBe('mosquitto does not answer')
  life.died('signal SIGKILL')
  expect(life.role().failing).toContain('it died')
  life.runs()
  life.answers(undefined)
  expect(life.role().failing).toBeUndefined()
})
