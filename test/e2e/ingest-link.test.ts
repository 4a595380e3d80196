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
})
