import { expect, test } from 'vitest'
import { topicMatches } from '../../../src/lib/mqtt/topic-filter.ts'

test.each([
  ['dt/acme/p1', 'dt/acme/p1'],
  ['dt/+/p1', 'dt/acme/p1'],
  ['dt/acme/#', 'dt/acme/p1/a/b'],
  ['dt/acme/#', 'dt/acme'],
  ['#', 'dt'],
  ['$aws/rules/+/dt', '$aws/rules/r/dt'],
  ['+/+', 'a/'],
])('%s covers %s', (filter, topic) => {
  expect(topicMatches(filter, topic)).toBe(true)
})

test.each([
  ['dt/acme/p1', 'dt/acme/p2'],
  ['dt/+', 'dt/acme/p1'],
  ['dt/+/p1', 'dt/acme'],
  ['#', '$aws/things'],
  ['+/things', '$aws/things'],
  ['dt/acme/p1/#', 'dt/acme/p10'],
])('%s does not cover %s', (filter, topic) => {
  expect(topicMatches(filter, topic)).toBe(false)
})
