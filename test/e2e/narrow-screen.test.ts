import { expect, test } from 'vitest'
import { TestFleet } from '../support/fleet.ts'
import { hasTerminal, typeAnswers } from '../support/typist.ts'

const LONG_ID = 'gateway-north-wing-building-0042-controller-8C4B14092E11AABBCC'
const COMMANDS = [
  'doctor',
  'migrate',
  'device list',
  'cert list',
  'audit log',
  'status',
  'ca show',
  'cert show',
]
const NAMING = new Set(['device list', 'cert list', 'audit log', 'cert show'])

test.skipIf(!hasTerminal).each([80, 60])(
  'at %i columns no word is broken, and only one that is wider alone has a line that is',
  async (columns) => {
    await using fleet = await TestFleet.make({ broker: 'external' })
    await fleet.json('device', 'provision', LONG_ID, '--tag', 'owner=maintenance-crew-night')
    for (const command of COMMANDS) {
      const words = command === 'cert show' ? ['cert', 'show', LONG_ID] : command.split(' ')
      const { text } = await typeAnswers([...words, '--fleet', fleet.folder], [], {
        COLUMNS: String(columns),
      })
      const wide = text.split(/\r?\n/).filter((line) => line.length > columns)
      for (const line of wide) expect(line).toMatch(/^ *(?:\S+|flotilla \S.*)$/)
      if (NAMING.has(command)) expect(text).toContain(LONG_ID)
    }
  },
)
