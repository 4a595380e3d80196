import type { Delivery } from '../provisioning/stream-line.ts'
import type { Fleet } from './fleet.ts'
import type { FailedAnswer } from './stream-answer.ts'

/** Notes that a device has its credential; said again it changes nothing, so a jig may repeat itself. */
export async function deliver(
  fleet: Fleet,
  { id, readback }: Delivery,
): Promise<FailedAnswer | { readonly id: string; readonly state: 'delivered' }> {
  const registry = await fleet.registry()
  const known = (await registry.known([id])).get(id)
  const refused = (code: string, message: string): FailedAnswer => ({ id, state: 'failed', code, message })
  if (known === undefined) return refused('DEVICE_UNKNOWN', 'is no device of this fleet')
  if (known.life === 'retired') return refused('ROW_RETIRED', 'is retired')
  if (known.life === 'registered') return refused('ROW_NOT_ISSUED', 'has no certificate yet')
  if (known.life === 'issued') {
    const { name: actor } = await fleet.operator()
    const details = readback === undefined ? {} : { readback }
    await registry.change(actor, { action: 'device.deliver', subject: known.id, details }, (write) =>
      write.setLife([known.id], 'delivered'),
    )
  }
  return { id: known.id, state: 'delivered' }
}
