import { expect, test } from 'vitest'
import type { ServiceEvent } from '../../../src/lib/service/events.ts'
import { watchLink } from '../../../src/lib/service/link-watch.ts'

test('what is wrong with the connection is known until it is open, and every event is handed on', () => {
  const events: ServiceEvent[] = []
  let now = 1000
  const link = watchLink((event) => events.push(event), { now: () => now })
  expect(link.failing()).toEqual({ message: 'not connected to the broker yet', since: 1000 })
  now = 2000
  link.emit({ event: 'link', state: 'offline', message: 'Nothing answers.' })
  expect(link.failing()).toEqual({ message: 'Nothing answers.', since: 1000 })
  link.emit({ event: 'link', state: 'online' })
  link.emit({ event: 'log', message: 'x' })
  expect(link.failing()).toBeUndefined()
  link.emit({ event: 'link', state: 'stalled', message: 'It had, and is over.' })
  expect(link.failing()).toBeUndefined()
  expect(events).toHaveLength(4)
})
