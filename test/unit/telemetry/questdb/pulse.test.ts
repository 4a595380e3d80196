import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { aborted } from '../../../../src/lib/base/aborted.ts'
import { Pulse } from '../../../../src/lib/telemetry/questdb/pulse.ts'

/** A pulse of a server that answers, or not, as the test says; how long it was given each time. */
function pulseOf(answers: () => boolean | Promise<boolean>) {
  const asked: number[] = []
  const ask = async (within: number): Promise<boolean> => {
    asked.push(within)
    return answers()
  }
  return { asked, pulse: new Pulse({ ask, silence: () => new Error('silent'), concern: 20, patience: 10 }) }
}

const never = async (abandoned: AbortSignal): Promise<never> => {
  await aborted(abandoned)
  throw new Error('aborted')
}

test('a request that is answered soon costs no question', async () => {
  const { asked, pulse } = pulseOf(() => false)
  expect(await pulse.during(async () => 'answer')).toBe('answer')
  await sleep(40)
  expect(asked).toEqual([])
})

test('a slow request is waited for as long as the server answers', async () => {
  const { asked, pulse } = pulseOf(() => true)
  expect(await pulse.during(() => sleep(150, 'late'))).toBe('late')
  expect(asked.length).toBeGreaterThan(1)
})

test('each time in a row that nothing is answered takes twice as long, up to a bound; an answer forgets that', async () => {
  let lives = false
  const { asked, pulse } = pulseOf(() => lives)
  for (let doubt = 0; doubt < 13; doubt++) await expect(pulse.during(never)).rejects.toThrow('silent')
  expect(asked.slice(0, 4)).toEqual([10, 20, 40, 80])
  expect(asked.at(-1)).toBe(30_000)
  lives = true
  await pulse.during(() => sleep(30))
  lives = false
  await expect(pulse.during(never)).rejects.toThrow('silent')
  expect(asked.at(-1)).toBe(10)
})

test('requests that wait at the same time ask once and are given up together', async () => {
  const { asked, pulse } = pulseOf(() => sleep(20, false))
  const all = await Promise.allSettled([pulse.during(never), pulse.during(never)])
  expect(all.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect(asked).toEqual([10])
})

test('what another request is answered meanwhile is a sign of life, too', async () => {
  const { asked, pulse } = pulseOf(() => sleep(20, false))
  const slow = pulse.during(() => sleep(60, 'late'))
  await sleep(30)
  await pulse.during(async () => 'soon')
  expect(await slow).toBe('late')
  expect(asked[0]).toBe(10)
})

test('a failure of the request itself is told as it is', async () => {
  const { pulse } = pulseOf(() => false)
  await expect(pulse.during(() => Promise.reject(new Error('refused')))).rejects.toThrow('refused')
})
