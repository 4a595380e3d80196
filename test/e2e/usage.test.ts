import { describe, expect, test } from 'vitest'
import { flotilla } from '../support/program.ts'

interface UsageDocument {
  readonly error: { readonly code: string; readonly message: string; readonly hint: string }
}

async function failureOf(line: string) {
  const { code, stdout } = await flotilla([...line.split(' '), '--json'])
  expect(code).toBe(2)
  return (JSON.parse(stdout) as UsageDocument).error
}

describe('a line that cannot be understood says in one sentence what is wrong', () => {
  test.each([
    ['device show', 'DEVICE is missing after flotilla device show.'],
    ['init here there', '"there" is more than flotilla init takes.'],
    ['device list --colour', 'flotilla device list has no flag --colour.'],
    ['telemetry plot pump-1', '--metric is missing.'],
    ['telemetry query p --last 1h --from 2h', '--from and --last cannot be given together.'],
    ['telemetry query p --to 1h', '--to needs --from.'],
    ['telemetry plot p --metric', '--metric needs a value.'],
    ['telemetry plot p --metric a --metric b', '--metric was given more than once.'],
    ['init --broker emqx', '--broker must be one of: embedded, mosquitto, external; not "emqx".'],
    ['init --broker', '--broker needs one of: embedded, mosquitto, external.'],
    ['init --port nine', '--port must be a whole number, not "nine".'],
    ['init --port 70000', '--port must be at most 65535, not 70000.'],
    [
      'init --unencrypted-ca-keys --passphrase-file f',
      '--passphrase-file and --unencrypted-ca-keys cannot be given together.',
    ],
    ['ca export everything', '"everything" is none of: root, devices, servers, staff.'],
  ])('%s', async (line, message) => {
    const command = line.split(' ').slice(0, line.startsWith('init') ? 1 : 2)
    expect(await failureOf(line)).toMatchObject({
      code: 'USAGE',
      message,
      hint: expect.stringContaining(`flotilla ${command.join(' ')} --help`),
    })
  })

  test('and the flag that was meant', async () => {
    expect((await failureOf('telemetry query p --metrc flow')).hint).toMatch(/^Did you mean --metric\?/)
    expect((await failureOf('device list --flet x')).hint).toMatch(/^Did you mean --fleet\?/)
  })

  test.each([
    ['telemetry query p --last soon', 'DURATION', '--last: '],
    ['telemetry query p --from yesterday', 'MOMENT', '--from: '],
    ['audit verify --head 3f1c', 'AUDIT_HEAD', '--head: '],
  ])('%s: what the value must be, as its own code and hint', async (line, code, start) => {
    const failure = await failureOf(line)
    expect(failure).toMatchObject({ code, hint: expect.stringMatching(/./) })
    expect(failure.message).toMatch(new RegExp(`^${start}[^\n\t]*$`))
  })

  test('a person reads no more than that', async () => {
    const { stderr } = await flotilla(['telemetry', 'plot', 'pump-1'])
    expect(stderr).toBe('Error --metric is missing. (USAGE)\nflotilla telemetry plot --help\n')
  })
})

test('help shows no empty default', async () => {
  for (const command of ['provision', 'import']) {
    const { stdout } = await flotilla(['device', command, '--help'])
    expect(stdout).toContain('--tag')
    expect(stdout).not.toContain('[default: ]')
  }
})

test('a topic of topics names each by its own words', async () => {
  const { stdout } = await flotilla(['telemetry', '--help'])
  expect(stdout).toMatch(/telemetry deadletters +Messages that could not be stored/)
})
