import type { BrokerConfigResult } from '../fleet/configure-broker.ts'
import type { Paint } from '../ui/paint.ts'

export function brokerConfigText(result: BrokerConfigResult, paint: Paint): string {
  const { folder, files, start, port, staffPort } = result
  return [
    `${files.length} files in ${folder}: ${files.join(', ')}`,
    `Devices come in on ${port}, operators and services on ${staffPort}.`,
    `Start it:          ${paint.command(start)}`,
    `Store telemetry:   ${paint.command('flotilla serve --role ingest')}`,
    'Block, unblock and remove rewrite the rules there and have it read them again.',
  ].join('\n')
}
