import { expect, test } from 'vitest'
import { mosquittoMissing } from '../../../../src/lib/broker/mosquitto/missing.ts'

test('what is missing is named, and in a clone its own script, too', () => {
  expect(mosquittoMissing({})).toMatchObject({
    code: 'MOSQUITTO_MISSING',
    exitCode: 4,
    message: 'There is no mosquitto on this machine.',
    hint: expect.stringMatching(
      /apt-get install mosquitto.*node scripts\/services\.js mosquitto.*FLOTILLA_MOSQUITTO=/,
    ),
  })
  expect(mosquittoMissing({ FLOTILLA_MOSQUITTO: '/nowhere/mosquitto' }).message).toContain(
    '/nowhere/mosquitto',
  )
})
