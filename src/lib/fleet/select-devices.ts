import { NotFoundError, UsageError } from '../base/errors.ts'
import { nearest } from '../base/nearest.ts'
import { type Device, foldId } from '../registry/device.ts'
import type { Registry } from '../registry/registry.ts'
import { factsOf, type Selector } from '../registry/selector.ts'
import { FACT_WORDS } from '../registry/selector-facts.ts'
import type { Fleet } from './fleet.ts'
import { type ReadSelector, readSelector } from './read-selector.ts'

/** A page reads the tags of its devices at once; in between others have their turn. */
const PAGE = 10_000

export interface SelectOptions {
  readonly includeRetired?: boolean
  readonly limit?: number | undefined
}

/**
 * The devices that the words of a selector choose, by id; no words choose all.
 * @throws what `readSelector` throws
 * @throws NotFoundError `DEVICE_UNKNOWN` when an id is named that does not exist, `DEVICE_RETIRED`
 */
export async function selectDevices(
  fleet: Fleet,
  words: readonly string[],
  options: SelectOptions = {},
): Promise<readonly Device[]> {
  return devicesOf(await fleet.registry(), await readSelector(fleet, words, Date.now()), options)
}

/** The same for a selector that was read already. */
export async function devicesOf(
  registry: Registry,
  read: ReadSelector | undefined,
  { includeRetired = false, limit = Number.POSITIVE_INFINITY }: SelectOptions = {},
): Promise<readonly Device[]> {
  const devices = await allPages(registry, read, includeRetired, limit)
  if (read !== undefined) await refuseUnknown(registry, read.selector, devices, includeRetired)
  return devices
}

/**
 * The same for commands that change something: choosing nothing is a mistake in the selector, not a success.
 * @throws NotFoundError `NOTHING_SELECTED`
 */
export async function selectSome(
  fleet: Fleet,
  words: readonly string[],
  options: SelectOptions = {},
): Promise<readonly Device[]> {
  const devices = await selectDevices(fleet, words, options)
  if (devices.length > 0) return devices
  throw new NotFoundError('NOTHING_SELECTED', `No device fits ${words.join(' ')}: nothing was changed.`, {
    hint: 'flotilla device list shows devices and their tags.',
  })
}

/**
 * Exactly one device, retired or not.
 * @throws UsageError `SELECTOR_MANY` · NotFoundError `DEVICE_UNKNOWN`, `NOTHING_SELECTED`
 */
export async function selectOne(fleet: Fleet, words: readonly string[]): Promise<Device> {
  const [device, ...others] = await selectDevices(fleet, words, { includeRetired: true })
  if (device === undefined) throw nothingSelected()
  if (others.length === 0) return device
  throw new UsageError(
    'SELECTOR_MANY',
    `The selector chooses ${others.length + 1} devices; one is expected.`,
    {
      hint: `The first is ${device.id}. flotilla device list shows all.`,
    },
  )
}

export function nothingSelected(): NotFoundError {
  return new NotFoundError('NOTHING_SELECTED', 'The selector chooses no device.', {
    hint: 'flotilla device list shows the devices and their tags.',
  })
}

async function allPages(
  registry: Registry,
  read: ReadSelector | undefined,
  includeRetired: boolean,
  limit: number,
): Promise<Device[]> {
  const devices: Device[] = []
  while (devices.length < limit) {
    const size = Math.min(PAGE, limit - devices.length)
    const page = await registry.devices({ ...read, after: devices.at(-1)?.id, includeRetired, limit: size })
    devices.push(...page)
    if (page.length < size) break
  }
  return devices
}

/** An id that is typed and not there is a mistake, not an empty answer. */
async function refuseUnknown(
  registry: Registry,
  selector: Selector,
  devices: readonly Device[],
  includeRetired: boolean,
): Promise<void> {
  const chosen = new Set(devices.map(({ id }) => foldId(id)))
  const left = factsOf(selector)
    .flatMap((fact) => (fact.kind === 'ids' ? fact.ids : []))
    .filter((id) => !id.includes('*') && !chosen.has(foldId(id)))
  if (left.length === 0) return
  const known = await registry.known(left)
  const missing = left.filter((id) => !known.has(id))
  if (missing.length > 0) throw unknownDevices(missing)
  if (!isOnlyIds(selector)) return
  const retired = left.find((id) => known.get(id)?.life === 'retired')
  if (retired !== undefined && !includeRetired) throw retiredDevice(retired)
  if (selector.kind !== 'all' || devices.length > 0) return
  throw new UsageError('SELECTOR_EMPTY', `No device is both ${left.slice(0, 5).join(' and ')}.`, {
    hint: `To name several, join them by commas: ${left.slice(0, 5).join(',')}`,
  })
}

/** Nothing else can have ruled an id out. */
function isOnlyIds(selector: Selector): boolean {
  return (
    selector.kind === 'ids' || (selector.kind === 'all' && selector.of.every(({ kind }) => kind === 'ids'))
  )
}

function retiredDevice(id: string): NotFoundError {
  return new NotFoundError('DEVICE_RETIRED', `${id} is retired: it is out for good.`, {
    hint: `What is known of it: flotilla device show ${id}`,
  })
}

function unknownDevices(ids: readonly string[]): NotFoundError {
  const shown = ids.slice(0, 5).join(', ') + (ids.length > 5 ? ` and ${ids.length - 5} more` : '')
  const [first = ''] = ids
  const meant = first.length > 3 && first.length < 20 ? nearest(first.toLowerCase(), ALONE) : undefined
  return new NotFoundError('DEVICE_UNKNOWN', `No device of this fleet is called ${shown}.`, {
    hint: meant === undefined ? 'flotilla device list shows them.' : `Did you mean ${meant}?`,
  })
}

/** Words that stand alone in a selector, and are mistyped as the id of a device. */
const ALONE = [...FACT_WORDS, 'blocked', 'retired', 'delivered', 'reported', 'registered']

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
