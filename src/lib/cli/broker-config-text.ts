import type { BrokerConfigResult } from '../fleet/configure-broker.ts'
import type { Paint } from '../ui/paint.ts'

export function brokerConfigText(result: BrokerConfigResult, paint: Paint): string {
  const { folder, files, start, port, staffPort } = result
  return [
    `${files.length} files in ${folder}: ${files.join(', ')}`,
    `Devices come in on ${port}, operators and services on ${staffPort}.`,
    `Start it:  ${paint.command(start)}`,
    'Block, unblock and remove rewrite the rules there and have it read them again.',
  ].join('\n')
}

/** What fleet.yaml must say for this; undefined when it does. */
export function otherBrokerText({ kind }: BrokerConfigResult, paint: Paint): string | undefined {
  if (kind === 'external') return undefined
  return [
    `${paint.warn(`fleet.yaml says broker.kind: ${kind}`)}: a broker that flotilla up runs, on these ports.`,
    `Set ${paint.command('broker.kind: external')} for this one. Until then block and revoke look for both,`,
    'and fail with BROKER_NOT_TOLD while neither runs.',
  ].join('\n')
}
