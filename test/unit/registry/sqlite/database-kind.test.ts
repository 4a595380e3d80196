import { describe, expect, test } from 'vitest'
import { judgeHeader } from '../../../../src/lib/registry/sqlite/database-kind.ts'
import { REGISTRY, STATE } from '../../../../src/lib/registry/sqlite/kinds.ts'

describe.each([REGISTRY, STATE])('$name', (kind) => {
  const now = { applicationId: kind.applicationId, version: kind.migrations.length, empty: false }

  test('this version is used as it is, an older or an empty one is to be brought up to date', () => {
    expect(judgeHeader(kind, now, 'x.db')).toBe('current')
    expect(judgeHeader(kind, { ...now, version: now.version - 1 }, 'x.db')).toBe('outdated')
    expect(judgeHeader(kind, { applicationId: 0, version: 0, empty: true }, 'x.db')).toBe('outdated')
  })

  test('a newer one is left alone', () => {
    expect(() => judgeHeader(kind, { ...now, version: now.version + 1 }, 'x.db')).toThrow(
      expect.objectContaining({ code: 'PROGRAM_OUTDATED', hint: expect.stringContaining('Update') }),
    )
  })

  test("so is another program's file", () => {
    expect(() => judgeHeader(kind, { applicationId: 0, version: 0, empty: false }, 'x.db')).toThrow(
      expect.objectContaining({ code: `${kind.name.toUpperCase()}_FOREIGN` }),
    )
  })
})

test('the two are not taken for each other', () => {
  expect(REGISTRY.applicationId).not.toBe(STATE.applicationId)
})
