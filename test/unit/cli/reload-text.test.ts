import { expect, test } from 'vitest'
import { brokerToldText } from '../../../src/lib/cli/reload-text.ts'

test('the sessions that were ended are counted, one operator with two of them as two', () => {
  expect(brokerToldText({ broker: 'up', evicted: [] })).toContain('nobody had to be disconnected')
  expect(brokerToldText({ broker: 'up', evicted: ['p1'] })).toContain('1 live session was ended')
  expect(brokerToldText({ broker: 'up', evicted: ['op.eve', 'op.eve'] })).toContain(
    '2 live sessions were ended',
  )
})

test('where nothing runs, nothing was ended', () => {
  expect(brokerToldText({ broker: 'none', evicted: [] })).toMatch(/^No broker runs/)
})

test('of a mosquitto that does not tell who is connected no number is claimed', () => {
  expect(brokerToldText({ broker: 'mosquitto', evicted: ['p1', 'p2'] })).not.toMatch(/\d/)
  expect(brokerToldText({ broker: 'mosquitto', evicted: ['op.eve'] })).toContain(
    'What op.eve had open may stay',
  )
})
