import fc from 'fast-check'
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

test('it is level by level what the standard says, whatever the levels are', () => {
  const levels = (...words: string[]) =>
    fc.array(fc.constantFrom('', 'a', 'ab', '$a', ...words), { minLength: 1, maxLength: 4 })
  fc.assert(
    fc.property(levels('+'), fc.boolean(), levels(), (wanted, open, topic) => {
      const isHidden = topic[0]!.startsWith('$') && wanted[0] === '+'
      const fits = wanted.every(
        (level, index) => index < topic.length && (level === '+' || level === topic[index]),
      )
      const covered = !isHidden && fits && (open || wanted.length === topic.length)
      expect(topicMatches([...wanted, ...(open ? ['#'] : [])].join('/'), topic.join('/'))).toBe(covered)
    }),
  )
})
