import { NotFoundError, UsageError } from '../base/errors.ts'
import type { Device } from '../registry/device.ts'
import type { Registry } from '../registry/registry.ts'
import { parseSelector, type Selector } from '../registry/selector.ts'

const PAGE = 1000

export interface SelectOptions {
  readonly includeRetired?: boolean
  readonly limit?: number | undefined
}

/**
 * The devices that the words of a selector choose, by id; no words choose all.
 * @throws UsageError `SELECTOR_SYNTAX` · NotFoundError `DEVICE_UNKNOWN` when an id is named that does not exist
 */
export async function selectDevices(
  registry: Registry,
  words: readonly string[],
  { includeRetired = false, limit = Number.POSITIVE_INFINITY }: SelectOptions = {},
): Promise<readonly Device[]> {
  const selector = words.length === 0 ? undefined : parseSelector(words)
  const devices = await allPages(registry, selector, includeRetired, limit)
  if (selector !== undefined) await refuseUnknown(registry, selector, devices)
  return devices
}

/**
 * The same for commands that change something: choosing nothing is a mistake in the selector, not a success.
 * @throws NotFoundError `NOTHING_SELECTED`
 */
export async function selectSome(
  registry: Registry,
  words: readonly string[],
  options: SelectOptions = {},
): Promise<readonly Device[]> {
  const devices = await selectDevices(registry, words, options)
  if (devices.length > 0) return devices
  throw new NotFoundError('NOTHING_SELECTED', `No device fits ${words.join(' ')}: nothing was changed.`, {
    hint: 'flotilla device list shows devices and their tags.',
  })
}

/**
 * Exactly one device.
 * @throws NotFoundError `DEVICE_UNKNOWN`
 */
export async function requireDevice(registry: Registry, id: string): Promise<Device> {
  const device = await registry.device(id)
  if (device !== undefined) return device
  throw unknownDevices([id])
}

async function allPages(
  registry: Registry,
  selector: Selector | undefined,
  includeRetired: boolean,
  limit: number,
): Promise<Device[]> {
  const devices: Device[] = []
  while (devices.length < limit) {
    const after = devices.at(-1)?.id
    const page = await registry.devices({
      ...(selector === undefined ? {} : { selector }),
      ...(after === undefined ? {} : { after }),
      includeRetired,
      limit: Math.min(PAGE, limit - devices.length),
    })
    devices.push(...page)
    if (page.length < PAGE) break
  }
  return devices
}

/** An id that is typed and not there is a mistake, not an empty answer: unless another term may have ruled it out. */
async function refuseUnknown(
  registry: Registry,
  selector: Selector,
  devices: readonly Device[],
): Promise<void> {
  if (selector.some((term) => term.kind !== 'ids')) return
  const chosen = new Set(devices.map(({ id }) => id.toLowerCase()))
  const left = selector
    .flatMap((term) => (term.kind === 'ids' ? term.ids : []))
    .filter((id) => !chosen.has(id.toLowerCase()))
  if (left.length === 0) return
  const known = await registry.known(left)
  const missing = left.filter((id) => !known.has(id))
  if (missing.length > 0) throw unknownDevices(missing)
  const retired = left.find((id) => known.get(id)?.life === 'retired')
  if (retired !== undefined) throw retiredDevice(retired)
  throw new UsageError('SELECTOR_EMPTY', `No device is both ${left.slice(0, 5).join(' and ')}.`, {
    hint: `To name several, join them by commas: ${left.slice(0, 5).join(',')}`,
  })
}

function retiredDevice(id: string): NotFoundError {
  return new NotFoundError('DEVICE_RETIRED', `${id} is retired: it is out for good.`, {
    hint: `What is known of it: flotilla device show ${id}`,
  })
}

function unknownDevices(ids: readonly string[]): NotFoundError {
  const shown = ids.slice(0, 5).join(', ') + (ids.length > 5 ? ` and ${ids.length - 5} more` : '')
  return new NotFoundError('DEVICE_UNKNOWN', `No device of this fleet is called ${shown}.`, {
    hint: 'flotilla device list shows them.',
  })
}

/**
 * A command that changes many devices refuses above the number the user has in mind.
 * @throws UsageError `TOO_MANY`
 */
export function checkAffected(count: number, most: number, what = 'devices'): void {
  if (count <= most) return
  throw new UsageError('TOO_MANY', `This would change ${count} ${what}, more than ${most}.`, {
    hint: `Choose fewer, or allow it: --max-affected ${count}`,
  })
}
