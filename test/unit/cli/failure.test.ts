import { expect, test } from 'vitest'
import { NotFoundError } from '../../../src/lib/base/errors.ts'
import { describeFailure, failureDocument, failureText } from '../../../src/lib/cli/failure.ts'
import { paintAt } from '../../../src/lib/ui/paint.ts'

test('no name in a failure can steer the terminal; its lines stay lines', () => {
  const error = new NotFoundError('X', 'No a\u001b[2Jb.', { hint: 'one\ntwo\r\u202e' })
  expect(failureText(describeFailure(error), paintAt(0))).toBe(
    'Error No a\\x1b[2Jb. (X)\none\ntwo\\x0d\\u202e\n',
  )
  expect(failureDocument(describeFailure(error)).error.message).toBe('No a\u001b[2Jb.')
})
