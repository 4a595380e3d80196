import { expect, test } from 'vitest'
import { doctorText } from '../../../src/lib/cli/doctor-text.ts'
import { healthy, ill } from '../../../src/lib/diagnostics/diagnosis.ts'
import { displayWidth } from '../../../src/lib/ui/width.ts'
import { textTerminal } from '../../support/text-terminal.ts'

const command = 'mosquitto -c /srv/acme/data/mosquitto/mosquitto.conf'
const diagnoses = [
  healthy('certificate svc.broker', 'good until 2031-11-24T19:51:38.000Z.'),
  ill(
    'store',
    'bad',
    'STORE_DOWN',
    'QuestDB at db.acme.example:9000 cannot be reached (ECONNREFUSED).',
    'Start it, or correct store.url in fleet.yaml where that is another.',
  ),
  ill('mosquitto', 'warn', 'BROKER_RESTARTED', 'It died once.', `See what it says by hand: ${command}`),
  ill('permissions', 'bad', 'FILE_EXPOSED', 'Others can read it.', 'chmod go= /srv/acme/key.pem'),
]
const lines = (isScreen: boolean) =>
  doctorText({ fleet: 'acme', well: false, diagnoses }, { ...textTerminal(), isScreen, columns: 80 }).split(
    '\n',
  )

test('a screen is not written over; only what is to be typed stays in one piece, whatever its length', () => {
  const wide = lines(true).filter((line) => displayWidth(line) > 80)
  expect(wide.map((line) => line.trim())).toEqual([command])
  expect(lines(true)).toContainEqual(expect.stringMatching(/^ {32}Fix: chmod go= \/srv\/acme\/key\.pem$/))
})

test('elsewhere each finding and each fix is one line', () => {
  expect(lines(false)).toHaveLength(7)
  expect(lines(false)[4]).toContain('mosquitto')
})
