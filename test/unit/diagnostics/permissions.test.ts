import { expect, test } from 'vitest'
import { diagnosePermissions } from '../../../src/lib/diagnostics/permissions.ts'

const key = { path: 'key.pem', mode: 0o600, usable: true }
const codesOf = (...facts: Parameters<typeof diagnosePermissions>) =>
  diagnosePermissions(...facts).map(({ code }) => code)

test('a file is exposed by any bit for others, and denied to who cannot use it', () => {
  const owned = { owner: 1000, user: 1000 }
  expect(codesOf({ ...owned, files: [key] })).toEqual(['OK'])
  for (const mode of [0o640, 0o602, 0o610])
    expect(codesOf({ ...owned, files: [key, { ...key, mode }] })).toEqual(['FILE_EXPOSED'])
  expect(codesOf({ ...owned, files: [{ ...key, mode: 0o644, usable: false }] })).toEqual([
    'FILE_EXPOSED',
    'FILE_DENIED',
  ])
})

test('root in the directory of somebody else is told so, as long as it lasts', () => {
  expect(codesOf({ owner: 1000, user: 0, files: [key] })).toEqual(['USER_ROOT'])
  expect(codesOf({ owner: 0, user: 0, files: [key] })).toEqual(['OK'])
  expect(codesOf({ owner: undefined, user: undefined, files: [key] })).toEqual(['OK'])
})

test('of many files three are named', () => {
  const files = Array.from({ length: 5 }, (_, index) => ({ ...key, path: `key-${index}`, mode: 0o644 }))
  const [found] = diagnosePermissions({ owner: 1, user: 1, files })
  expect(found!.finding).toContain('key-0, key-1, key-2 and 2 more')
})
