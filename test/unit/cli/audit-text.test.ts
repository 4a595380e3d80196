import { expect, test } from 'vitest'
import { verificationNote, verificationText } from '../../../src/lib/cli/audit-text.ts'
import { paintAt } from '../../../src/lib/ui/paint.ts'

const head = 'ab'.repeat(32)
const paint = paintAt(0)

test('a chain that holds has a head, and the command that proves it later', () => {
  const verification = { rows: 12, head, headAt: 10 }
  expect(verificationText(verification, paint).split('\n')).toEqual([
    'ok  12 rows, each follows from the one before it. 2 rows since the head that you kept.',
    `head  ${head}`,
  ])
  expect(verificationNote(verification, paint)).toContain(`Next: flotilla audit verify --head ${head}`)
})

test('an empty chain has no head that could be kept', () => {
  const verification = { rows: 0, head: '', headAt: null }
  expect(verificationText(verification, paint)).toBe('ok  0 rows.')
  expect(verificationNote(verification, paint)).toBeUndefined()
})
