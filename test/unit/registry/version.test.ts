import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { compareVersions, parseVersion, type Version } from '../../../src/lib/registry/version.ts'

const version = (text: string): Version => {
  const parsed = parseVersion(text)
  if (parsed === undefined) throw new Error(`${text} is no version`)
  return parsed
}

test('versions are ordered by their parts, released ones after their candidates (SemVer §11.4)', () => {
  const ordered = ['1', '1.0.1', '2.4.0-alpha', '2.4.0-alpha.1', '2.4.0-alpha.beta', '2.4.0-beta.2']
  ordered.push('2.4.0-beta.11', '2.4.0-rc.1', 'v2.4', '2.4.0.1', '2.10', '2.10.0.20261125', '10.0')
  const shuffled = fc.shuffledSubarray(ordered, { minLength: ordered.length })
  fc.assert(
    fc.property(shuffled, (texts) => {
      expect(texts.toSorted((a, b) => compareVersions(version(a), version(b)))).toEqual(ordered)
    }),
  )
})

test.each([
  ['2.4', 'v2.4.0'],
  ['2.04', '2.4+build.7'],
  ['3', '3.0.0'],
])('%s is %s', (one, other) => {
  expect(compareVersions(version(one), version(other))).toBe(0)
})

test('a part may be longer than a number can be', () => {
  expect(compareVersions(version('1.9007199254740993'), version('1.9007199254740992'))).toBeGreaterThan(0)
})

test.each(['', 'B', '2026-01-31', '2.', '.5', '-1.5', '1.2.3-', '2.4 ', 'v', '2.4-ä'])(
  '%j is none',
  (text) => {
    expect(parseVersion(text)).toBeUndefined()
  },
)
