import { expect, test } from 'vitest'
import { doctorText } from '../../../src/lib/cli/doctor-text.ts'
import type { Diagnosis } from '../../../src/lib/diagnostics/diagnosis.ts'
import { textTerminal } from '../../support/text-terminal.ts'

const folder = '/srv/customers/acme-manufacturing/sites/hall-b/data'
const diagnoses: readonly Diagnosis[] = [
  { check: 'disk', level: 'ok', code: 'OK', finding: `72 GiB are free at ${folder}.`, fix: null },
  {
    check: 'CA keys',
    level: 'warn',
    code: 'CA_KEY_CLEAR',
    finding: 'The keys of root and staff are not encrypted: whoever copies them can make operators.',
    fix: 'Begin anew with a passphrase: flotilla init --passphrase-file FILE',
  },
]
const shown = (columns: number) =>
  doctorText({ fleet: 'acme', well: false, diagnoses }, textTerminal({ columns })).split('\n')

test('at 80 columns no line is wider, and paths, codes and commands are whole', () => {
  expect(shown(80)).toEqual([
    '  ok    disk     72 GiB are free at',
    `                 ${folder}.`,
    '  look  CA keys  The keys of root and staff are not encrypted: whoever copies',
    '                 them can make operators. (CA_KEY_CLEAR)',
    '                 Fix: Begin anew with a passphrase:',
    '                 flotilla init --passphrase-file FILE',
  ])
})

test('at 60 columns, too', () => {
  const lines = shown(60)
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(60)
  expect(lines).toContain(`        ${folder}.`)
  expect(lines).toContain('                 flotilla init --passphrase-file FILE')
})

test('in a pipe every check is a line, and its fix one below', () => {
  expect(
    doctorText({ fleet: 'acme', well: false, diagnoses }, textTerminal({ isScreen: false })).split('\n'),
  ).toHaveLength(3)
})

test('nothing of a file or a broker steers the terminal', () => {
  const evil = { ...diagnoses[0]!, check: '\u001b[2J', finding: '\u202e', fix: '\u0007' }
  expect(doctorText({ fleet: 'acme', well: true, diagnoses: [evil] }, textTerminal())).not.toMatch(
    /[\u001b\u0007\u202e]/,
  )
})
