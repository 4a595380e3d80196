import path from 'node:path'
import type { ProvisionResult } from '../fleet/provision-fleet.ts'
import type { Paint } from '../ui/paint.ts'

/** What `device provision` says at its end. */
export function provisionText(
  { issued, already, failed, folder, devices }: ProvisionResult,
  paint: Paint,
): string {
  const counts = [
    issued > 0 ? paint.good(`${issued} issued`) : undefined,
    already > 0 ? `${already} had a certificate already` : undefined,
    failed > 0 ? paint.bad(`${failed} failed`) : undefined,
  ]
  const lines = [counts.filter((part) => part !== undefined).join(' · ')]
  for (const device of devices) {
    if (device.state === 'failed')
      lines.push(`  ${paint.bad('BAD')} ${device.id} ${device.message} (${device.code})`)
  }
  const first = devices.find(({ state }) => state === 'issued')
  if (first === undefined) return lines.join('\n')
  const where = path.relative('', folder) || '.'
  lines.push(`Credentials: ${where}${path.sep}<id>${path.sep}{key,cert,chain,ca}.pem`)
  lines.push(`Next: ${paint.command(`flotilla device show ${first.id}`)}`)
  return lines.join('\n')
}
