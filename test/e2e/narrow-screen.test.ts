import path from 'node:path'
import { expect, test } from 'vitest'
import { openSqliteState } from '../../src/lib/registry/sqlite/state.ts'
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
  'broker refused',
]
const NAMING = new Set(['device list', 'cert list', 'audit log', 'cert show'])

test.skipIf(!hasTerminal).each([80, 60])(
  'at %i columns no word is broken, and only one that is wider alone has a line that is',
  async (columns) => {
    await using fleet = await TestFleet.make({ broker: 'external' })
    await fleet.json('device', 'provision', LONG_ID, '--tag', 'owner=maintenance-crew-night')
    await refuseForEveryReason(fleet)
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

/** The longest explanations are among them. */
async function refuseForEveryReason({ folder }: TestFleet): Promise<void> {
  const stateFile = path.join(folder, 'data', 'state.db')
  await using state = await openSqliteState({ stateFile, migrate: false })
  const reasons = ['wrong-port', 'bad-certificate', 'client-id', 'size', 'protocol', 'not-yet-valid']
  const [identity, address] = ['10.7.2.117', '10.7.2.117']
  await state.noteRefused(reasons.map((reason) => ({ identity, reason, address, at: Date.now() })))
}
