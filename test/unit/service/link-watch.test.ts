import { expect, test } from 'vitest'
import type { ServiceEvent } from '../../../src/lib/service/events.ts'
import { watchLink } from '../../../src/lib/service/link-watch.ts'

test('what is wrong with the connection is known until it is open, and every event is handed on', () => {
  const events: ServiceEvent[] = []
  const link = watchLink((event) => events.push(event))
  expect(link.failing()).toBe('not connected to the broker yet')
  link.emit({ event: 'link', state: 'offline', message: 'Nothing answers.' })
  expect(link.failing()).toBe('Nothing answers.')
  link.emit({ event: 'link', state: 'online' })
  link.emit({ event: 'log', message: 'x' })
  expect(link.failing()).toBeUndefined()
  link.emit({ event: 'link', state: 'stalled', message: 'It had, and is over.' })
  expect(link.failing()).toBeUndefined()
  expect(events).toHaveLength(4)
})
