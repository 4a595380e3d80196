import { type FlotillaError, RefusedError } from '../base/errors.ts'

/** Why a SUBACK with this code (MQTT 5 §3.9.3) is not what was asked for. */
export function subscriptionFailure(filter: string, granted: number): FlotillaError {
  const hint = "Compare the broker's access rules with flotilla's: flotilla broker config"
  if (granted < 0x80) {
    const message = `The broker grants ${filter} at QoS ${granted} only, so that messages would be lost.`
    return new RefusedError('SUBSCRIPTION_QOS', message, { layer: 'mqtt', hint })
  }
  const message = `The broker refuses the subscription to ${filter} (SUBACK 0x${granted.toString(16)}).`
  return new RefusedError('SUBSCRIPTION_REFUSED', message, { layer: 'mqtt', hint })
}
