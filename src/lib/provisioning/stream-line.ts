import type { InputRow, RowFault } from '../batch/row.ts'
import type { Tags } from '../registry/device.ts'
import { type DeviceRequest, deviceRow } from './device-rows.ts'

/** A jig says that a device has its credential. */
export interface Delivery {
  readonly line: number
  readonly id: string
  /** What was read back from the device, in the jig's own words; undefined: nothing. */
  readonly readback: string | undefined
}

/** A digest and its name; nobody means more. */
const LONGEST_READBACK = 256

export function isDelivery(asked: DeviceRequest | Delivery): asked is Delivery {
  return 'readback' in asked
}

/** What a line of `--from -` asks for: a device's certificate, as in a file, or that a delivery is noted. */
export function streamLine(row: InputRow, tags: Tags): DeviceRequest | Delivery | RowFault {
  const { line, fields } = row
  const event = fields.get('event')
  if (event === undefined) return deviceRow(row, tags)
  const fault = (field: string, message: string): RowFault => ({ line, field, code: 'ROW_BAD', message })
  if (event !== 'delivered')
    return fault('event', `is ${JSON.stringify(event.slice(0, 80))}, not "delivered"`)
  const id = fields.get('id')
  if (id === undefined) return fault('id', 'is missing')
  const other = [...fields.keys()].find((name) => !['id', 'event', 'readback'].includes(name))
  if (other !== undefined) return fault(other, 'means nothing beside "event"')
  const readback = fields.get('readback')
  if (readback !== undefined && readback.length > LONGEST_READBACK)
    return fault('readback', `has more than ${LONGEST_READBACK} characters`)
  return { line, id, readback }
}
