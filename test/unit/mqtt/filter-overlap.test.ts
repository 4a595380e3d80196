import { array, assert, constantFrom, property } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { filtersOverlap } from '../../../src/lib/mqtt/filter-overlap.ts'
import { topicMatches } from '../../../src/lib/mqtt/topic-filter.ts'

const WORDS = ['a', 'b', '$x'] as const
const topic = array(constantFrom(...WORDS), { minLength: 1, maxLength: 4 }).map((levels) => levels.join('/'))
const filter = array(constantFrom(...WORDS, '+', '#'), { minLength: 1, maxLength: 4 }).map((levels) => {
  const end = levels.indexOf('#') // only the last level may be #
  return (end === -1 ? levels : levels.slice(0, end + 1)).join('/')
})

/** Every topic of up to five levels over the same words: more than these filters can tell apart. */
const topics: string[] = [...WORDS]
for (let start = 0, depth = 1; depth < 5; depth++) {
  const longer = topics.slice(start).flatMap((one) => WORDS.map((word) => `${one}/${word}`))
  start = topics.length
  topics.push(...longer)
}

describe('filters overlap', () => {
  test.each([
    ['dt/acme/+/#', '#', true],
    ['dt/acme/+/#', '+/acme/#', true],
    ['dt/acme/+', 'dt/acme', false],
    ['dt/acme/#', 'dt/acme', true],
    ['$aws/things/p1/#', '#', false],
    ['$aws/things/p1/#', '+/things/p1/#', false],
    ['$aws/things/p1/#', '$aws/+/+/shadow/#', true],
    ['cmd/acme/p1/+/request', 'cmd/acme/p2/+/request', false],
    ['cmd/acme/p1/+/request', 'cmd/+/+/open/+', true],
  ])('%s and %s: %s', (one, other, expected) => {
    expect(filtersOverlap(one, other)).toBe(expected)
    expect(filtersOverlap(other, one)).toBe(expected)
  })

  test('exactly when some topic lies under both', () => {
    assert(
      property(filter, filter, (one, other) => {
        const common = topics.some(
          (candidate) => topicMatches(one, candidate) && topicMatches(other, candidate),
        )
        expect(filtersOverlap(one, other)).toBe(common)
      }),
    )
  })

  test('a topic is a filter that covers itself', () => {
    assert(
      property(filter, topic, (one, other) => {
        expect(filtersOverlap(one, other)).toBe(topicMatches(one, other))
      }),
    )
  })
})
