import { readFile } from 'node:fs/promises'
import path from 'node:path'
import mqtt from 'mqtt'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { TestFleet } from '../support/fleet.ts'
import type { Running } from '../support/program.ts'

/** Clears the screen, names a window and makes a line of its own. */
const STEER = '\u001b[2J\u001b]0;owned\u0007\nError all is lost'
/** Whatever steers a terminal, except the ends of our own lines. */
const STEERS = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/

/** A device with a certificate of ours that sends what is meant for whoever looks at it. */
describe('a hostile device', () => {
  let fleet: TestFleet
  let up: Running | undefined

  const publish = async (
    device: string,
    ...messages: readonly (readonly [topic: string, payload: string])[]
  ) => {
    const read = (name: string) => readFile(path.join(fleet.folder, 'devices', device, name))
    const [key, cert, ca] = await Promise.all(['key.pem', 'chain.pem', 'ca.pem'].map(read))
    const credential = { key: key!, cert: cert!, ca: ca!, clientId: device }
    const client = await mqtt.connectAsync(`mqtts://localhost:${fleet.port}`, {
      ...credential,
      protocolVersion: 4,
    })
    for (const [topic, payload] of messages)
      await client.publishAsync(`dt/acme/${device}${topic}`, payload, { qos: 1 })
    await client.endAsync()
  }

  beforeAll(async () => {
    fleet = await TestFleet.make()
    await fleet.json('device', 'provision', 'p1', 'p2')
    up = await fleet.up()
    await publish('p1', ['', JSON.stringify({ [`${STEER}ch`]: 1, text: STEER, flow: 2 })])
    await publish('p2', [`//x`, JSON.stringify({ [STEER]: 3 })])
  })
  afterAll(async () => {
    await up?.[Symbol.asyncDispose]()
    await fleet?.[Symbol.asyncDispose]()
  })

  test.each([
    [['device', 'show', 'p1'], /Next: flotilla telemetry plot p1 --metric flow\n/],
    [['device', 'show', 'p2'], /Next: flotilla tail p2\n/],
    [['telemetry', 'latest'], /Next: flotilla telemetry plot p1 --metric flow\n/],
    [
      ['telemetry', 'latest', '-m', 'flwo'],
      /^Error Nothing is stored of flwo\..*\nStored are: flow, .*\\x0aError/,
    ],
    [['telemetry', 'plot', 'p1', '-m', 'nothere'], /Stored are: .*\\x1b\[2J/],
    [['telemetry', 'plot', 'p1', '-m', `${STEER}ch`], /Next: flotilla tail p1\n/],
    [['telemetry', 'query', 'p2'], /Next: flotilla tail\n/],
  ])('%j shows nothing that steers the terminal', async (args, expected) => {
    const { stdout, stderr } = await fleet.run(...args)
    expect(stdout + stderr).not.toMatch(STEERS)
    expect(stdout + stderr).not.toMatch(/^Error all is lost/m)
    expect(stderr.replace(` --fleet ${fleet.folder}`, '')).toMatch(expected)
  })

  test('a metric that nobody sends is unknown, and the nearest name comes first', async () => {
    const { code, stdout } = await fleet.run('telemetry', 'latest', 'p1', '-m', 'flwo', '--json')
    expect(code).toBe(4)
    const { error } = JSON.parse(stdout) as { error: { code: string; hint: string } }
    expect(error.code).toBe('METRIC_UNKNOWN')
    expect(error.hint).toMatch(/^Stored are: flow,/)
  })
})
