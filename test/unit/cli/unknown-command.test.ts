import { expect, test } from 'vitest'
import { unknownCommand } from '../../../src/lib/cli/unknown-command.ts'

const commands = [
  'cert issue',
  'cert list',
  'device list',
  'device provision',
  'status',
  'tail',
  'telemetry deadletters list',
  'telemetry query',
  'up',
]

test.each([
  ['cert isue op.x', 'cert isue', 'cert issue'],
  ['cert isue', 'cert isue', 'cert issue'],
  ['device lst hall=B and line=3', 'device lst', 'device list'],
  ['tial pump-0001 pump-0002', 'tial', 'tail'],
  ['stats', 'stats', 'status'],
  ['tele', 'tele', 'telemetry query'],
  ['telemetry deadleters lst p1', 'telemetry deadleters lst', 'telemetry deadletters list'],
])('%s: there is no %s, %s was meant', (typed, named, meant) => {
  expect(unknownCommand(typed.split(' '), commands)).toMatchObject({
    code: 'COMMAND_UNKNOWN',
    message: `There is no command "${named}".`,
    hint: `Did you mean: flotilla ${meant}`,
  })
})

test.each([
  ['frobnicate pump-0001', 'frobnicate', 'flotilla --help'],
  ['device frobnicate pump-0001', 'device frobnicate', 'flotilla device --help'],
  [
    'telemetry deadletters frobnicate x',
    'telemetry deadletters frobnicate',
    'flotilla telemetry deadletters --help',
  ],
])('%s: nothing like %s, but %s lists what there is', (typed, named, help) => {
  expect(unknownCommand(typed.split(' '), commands)).toMatchObject({
    message: `There is no command "${named}".`,
    hint: `${help} lists them.`,
  })
})
