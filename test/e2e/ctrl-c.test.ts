import { expect, test } from 'vitest'
import { TestFleet } from '../support/fleet.ts'
import { mosquittoBinary, mosquittoMissing } from '../support/mosquitto.ts'
import { hasTerminal, typeAnswers } from '../support/typist.ts'

test.skipIf(!hasTerminal || mosquittoMissing())(
  "a terminal's Ctrl-C reaches us alone: mosquitto is there until what it holds is stored",
  async () => {
    await using fleet = await TestFleet.make({ broker: 'mosquitto' })
    const { code, text } = await typeAnswers(
      ['up', '--fleet', fleet.folder],
      [['mosquitto broker of acme on', '\u0003']],
      { FLOTILLA_MOSQUITTO: mosquittoBinary() ?? '' },
    )
    expect(text).toContain('stopped:')
    expect(text).not.toContain('mosquitto has ended')
    expect(text).not.toContain('was cut')
    expect(code).toBe(0)
  },
)
