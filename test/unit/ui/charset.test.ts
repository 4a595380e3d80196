import { expect, test } from 'vitest'
import { speaksUnicode } from '../../../src/lib/ui/charset.ts'

test.each([
  [{ LANG: 'en_GB.UTF-8' }, true],
  [{ LANG: 'de_DE.utf8' }, true],
  [{ LANG: 'en_GB.ISO-8859-1' }, false],
  [{ LC_ALL: 'C', LANG: 'en_GB.UTF-8' }, false],
  [{ LC_ALL: '', LC_CTYPE: 'C.UTF-8' }, true],
  [{}, false],
])('with %j more than ASCII can be drawn: %s', (env, expected) => {
  expect(speaksUnicode(env, 'linux')).toBe(expected)
})

test('Windows has no such variables and draws it', () => {
  expect(speaksUnicode({}, 'win32')).toBe(true)
})
