import path from 'node:path'
import { expect, test } from 'vitest'
import { runningMosquitto } from '../../src/lib/broker/mosquitto/running.ts'
import type { DoctorReport } from '../../src/lib/fleet/doctor.ts'
import type { FleetStatus } from '../../src/lib/fleet/status.ts'
import { TestFleet } from '../support/fleet.ts'
import { mosquittoMissing } from '../support/mosquitto.ts'

test.skipIf(mosquittoMissing())(
  'a mosquitto that died under up is told by status and doctor, also after up was started anew',
  async () => {
    await using fleet = await TestFleet.make({ broker: 'mosquitto' })
    const broker = async () => {
      const { code, stdout } = await fleet.run('status', '--json')
      const { services, findings } = JSON.parse(stdout) as FleetStatus
      const { state, deaths } = services.find(({ role }) => role === 'broker')!
      return { code, state, deaths, codes: findings.map((finding) => finding.code) }
    }
    const died = (count: number) => ({
      ...{ code: 5, state: 'ok', codes: ['BROKER_RESTARTED'] },
      deaths: { count, last: { at: expect.any(String), how: 'signal SIGKILL' } },
    })
    const isTold = async (count: number) =>
      await expect.poll(broker, { timeout: 15_000, interval: 500 }).toEqual(died(count))
    const kill = async () =>
      process.kill((await runningMosquitto(path.join(fleet.folder, 'data', 'mosquitto')))!, 'SIGKILL')

    const first = await fleet.up()
    await kill()
    await isTold(1)
    await first.stop()
    await using _ = await fleet.up()
    await isTold(1)
    await kill()
    await isTold(2)
    const { stdout } = await fleet.run('status')
    expect(stdout.replaceAll(/\s+/g, ' ')).toMatch(
      /mosquitto died \S+ s ago \(signal SIGKILL\), was started again, 2 times in 24 h/,
    )
    const doctor = await fleet.json<DoctorReport>('doctor')
    expect(doctor.diagnoses.find(({ check }) => check === 'mosquitto')).toMatchObject({
      ...{ level: 'warn', code: 'BROKER_RESTARTED', fix: expect.stringContaining('memory') },
    })
  },
)

test.skipIf(mosquittoMissing())(
  'a mosquitto that hangs is named within ten seconds, and not who could wait no longer for it',
  async () => {
    await using fleet = await TestFleet.make({ broker: 'mosquitto' })
    await using up = await fleet.up()
    const pid = (await runningMosquitto(path.join(fleet.folder, 'data', 'mosquitto')))!
    const status = async () => JSON.parse((await fleet.run('status', '--json')).stdout) as FleetStatus
    process.kill(pid, 'SIGSTOP')
    try {
      await expect
        .poll(async () => (await status()).services[0], { timeout: 10_000, interval: 500 })
        .toMatchObject({ state: 'failing', failing: `mosquitto (process ${pid}) does not answer` })
      const { stdout } = await fleet.run('doctor', '--json', '--within', '1s')
      expect((JSON.parse(stdout) as DoctorReport).diagnoses).toContainEqual(
        expect.objectContaining({ code: 'BROKER_HUNG', fix: expect.stringContaining('kill -KILL') }),
      )
    } finally {
      process.kill(pid, 'SIGCONT')
    }
    await up.line(({ message }) => message === 'mosquitto answers again.')
    await expect.poll(async () => (await status()).findings, { timeout: 10_000, interval: 500 }).toEqual([])
  },
  40_000,
)
