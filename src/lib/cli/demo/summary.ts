import type { Fleet } from '../../fleet/fleet.ts'
import { counted } from '../../ui/number-text.ts'
import type { Paint } from '../../ui/paint.ts'

/** What the demo ends with, and prints with --json: read from registry, state and store, not remembered. */
export interface DemoSummary {
  readonly folder: string
  readonly devices: number
  readonly reporting: number
  readonly blocked: readonly string[]
  /** How often blocked devices were turned away. */
  readonly refused: number
  /** Messages that devices got acknowledged, and so that are stored. */
  readonly acknowledged: number
  /** Metrics with a value in the store. */
  readonly metrics: number
}

export async function summarize(
  opened: Fleet,
  simulation: Readonly<Record<string, unknown>>,
): Promise<DemoSummary> {
  await using fleet = opened
  const registry = await fleet.registry()
  const devices = await registry.devices({})
  const refused = await (await fleet.state()).refused()
  const latest = await (await fleet.telemetry()).latest({})
  return {
    folder: fleet.directory.root,
    devices: devices.length,
    reporting: devices.filter(({ life }) => life === 'reported').length,
    blocked: devices.filter(({ blocked }) => blocked).map(({ id }) => id),
    refused: refused.reduce((sum, { count }) => sum + count, 0),
    acknowledged: Number(simulation['acknowledged'] ?? 0),
    metrics: latest.length,
  }
}

export function summaryText(summary: DemoSummary, paint: Paint): string {
  const { devices, reporting, blocked, refused, acknowledged, metrics } = summary
  return [
    '',
    paint.strong('# That was the main job'),
    `${devices} devices, ${paint.good(`${reporting} have reported`)}, ${paint.warn(`${blocked.length} blocked`)}${refused === 0 ? '' : `, turned away ${counted(refused, 'time')} since`}`,
    `${counted(acknowledged, 'message')} acknowledged, each one stored before its device was told`,
    `${counted(metrics, 'metric')} with a value`,
    'Nothing is left running. The fleet lies in ./demo-fleet until the next demo.',
    'By hand, after the export line at the top:',
    `  ${paint.command('flotilla up')}`,
    `  ${paint.command('flotilla simulate hall=B')}   in a second terminal`,
    `  ${paint.command('flotilla tail')}              in a third`,
  ].join('\n')
}
