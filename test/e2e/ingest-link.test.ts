import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { poll } from '../../src/lib/base/retry.ts'
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
  const becomes = (state: ServiceView['state']): Promise<ServiceView | undefined> => {
    const look = async () => {
      const seen = await ingest()
      return seen.state === state ? seen : undefined
    }
    return poll(look, { within: 15_000, every: 500 })
  }

  test('whose connection is refused is named by status, with the reason', async () => {
    await using _ = await fleet.up()
    expect(await becomes('ok')).toMatchObject({ failing: null })
    await fleet.json('cert', 'revoke', 'svc.ingest', '--yes')
    const failing = await becomes('failing')
    expect(failing?.failing).toContain('does not accept this certificate')
  })
})
