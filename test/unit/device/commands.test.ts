import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { answerCommand } from '../../../src/lib/device/commands.ts'

const NOW = Date.UTC(2026, 10, 25)
const handlers = {
  ping: () => undefined,
  echo: (args: unknown) => args,
  fail: () => {
    throw new Error('the pump is dry')
  },
}

function answer(name: string, request: unknown) {
  const payload = typeof request === 'string' ? request : JSON.stringify(request)
  return answerCommand(handlers, name, Buffer.from(payload), NOW)
}

describe('a command', () => {
  test('is done before it expires, however the time is written', () => {
    for (const expires of [
      NOW + 1,
      NOW / 1000 + 1,
      (NOW + 1) * 1000,
      '2026-11-25T00:00:01Z',
      '2026-11-25T02:00:00+01:00',
    ])
      expect(answer('echo', { id: 'a', expires, args: { to: 3 } })).toEqual({ id: 'a', result: { to: 3 } })
    expect(answer('ping', { id: 'a', expires: NOW + 1 })).toEqual({ id: 'a', result: null })
  })

  test.each([
    ['ping', NOW, 'EXPIRED'],
    ['reboot', NOW - 1, 'EXPIRED'],
    ['reboot', NOW + 1, 'UNKNOWN_COMMAND'],
    ['toString', NOW + 1, 'UNKNOWN_COMMAND'],
    ['fail', NOW + 1, 'FAILED'],
  ])('%s until %i: %s', (name, expires, code) => {
    expect(answer(name, { id: 'a', expires })).toMatchObject({ id: 'a', error: { code } })
  })

  test('whatever comes, the device lives', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.json(), fc.record({ id: fc.string(), expires: fc.double() })),
        (request) => {
          const given = answer('ping', request)
          if (given !== undefined) expect(given.id.length).toBeLessThanOrEqual(64)
        },
      ),
    )
  })
})
