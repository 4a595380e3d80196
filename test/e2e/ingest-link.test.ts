import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ServiceView } from '../../src/lib/fleet/service-status.ts'
import type { FleetStatus } from '../../src/lib/fleet/status.ts'
import { TestFleet } from '../support/fleet.ts'
import { mosquittoMissing } from '../support/mosquitto.ts'

/** `up` on mosquitto: the ingest role is a client of the broker, and may be turned away by it. */
describe.skipIf(mosquittoMissing())('ingest beside mosquitto', () => {
  let fleet: TestFleet
  beforeAll(async () => {
    fleet = await TestFleet.make({ broker: 'mosquitto' })
  })
  afterAll(() => fleet[Symbol.asyncDispose]())

  const ingest = async (): Promise<ServiceView> => {
    const { services } = JSON.parse((await fleet.run('status', '--json')).stdout) as FleetStatus
    return services.find(({ role }) => role === 'ingest')!
  }

  test('whose connection is refused is named by status, with the reason', async () => {
    await using _ = await fleet.up()
    await expect
      .poll(ingest, { timeout: 15_000, interval: 500 })
      .toMatchObject({ state: 'ok', failing: null })
    await fleet.json('cert', 'revoke', 'svc.ingest', '--yes')
    // At first it only knows that the connection was cut.
    const failing = { state: 'failing', failing: expect.stringContaining('does not accept this certificate') }
    await expect.poll(ingest, { timeout: 15_000, interval: 500 }).toMatchObject(failing)
  })

  test('devices are not silent for what ingest could not hear, before its broker is back and afterwards', async () => {
    const stateFile = path.join(fleet.folder, 'data', 'state.db')
    await fleet.json('cert', 'issue', 'svc.ingest', '--force')
    await fleet.json('device', 'provision', '--count', '2', '--prefix', 'pump')
    const silent = async () => {
      const { devices } = JSON.parse((await fleet.run('status', '--json')).stdout) as FleetStatus
      const listed = await fleet.run('device', 'list', 'silent', '--json')
      const { devices: chosen } = JSON.parse(listed.stdout) as { readonly devices: readonly unknown[] }
      return { reporting: devices.reporting, silent: devices.silent, chosen: chosen.length }
    }
    const nobody = { reporting: 2, silent: 0, chosen: 0 }
    {
      await using up = await fleet.up()
      expect((await fleet.run('simulate', '--rate', '5', '--for', '2s')).code).toBe(0)
      await fleet.json('cert', 'revoke', 'svc.ingest', '--yes')
      await expect
        .poll(ingest, { timeout: 15_000, interval: 500 })
        .toMatchObject({ state: 'failing', deafSince: expect.any(String) })
      await up.stop('SIGKILL')
    }
    hoursPass(stateFile)
    expect(await silent()).toEqual(nobody)
    await fleet.json('cert', 'issue', 'svc.ingest', '--force')
    await using _ = await fleet.up()
    await expect.poll(ingest, { timeout: 15_000, interval: 500 }).toMatchObject({ state: 'ok' })
    expect(await silent()).toEqual(nobody)
  })
})

/** It was three hours ago that devices were heard, and that ingest could hear none any more; its process has just died. */
function hoursPass(file: string): void {
  using database = new DatabaseSync(file)
  const hours = 3 * 3_600_000
  database.exec(`UPDATE services SET deaf_since = deaf_since - ${hours}, started_at = started_at - ${hours};
    UPDATE seen SET last_seen = last_seen - ${hours}, last_message = last_message - ${hours}, beat = beat - ${hours}`)
}
