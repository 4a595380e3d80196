import { checkDeviceId } from '../base/names.ts'

/** Digits of a counted id at least: `pump-0001`. More than 9 999 grow a digit; those before keep their names. */
const DIGITS = 4

/**
 * `pump-0001` … for `--count N --prefix pump`, and for `pump-` too. The same count gives the same ids, so that the same line goes on.
 * @throws UsageError `DEVICE_ID` when prefix and number make no device id
 */
export function countedIds(prefix: string, count: number): string[] {
  const start = prefix.endsWith('-') ? prefix : `${prefix}-`
  const ids = Array.from(
    { length: count },
    (_, index) => `${start}${String(index + 1).padStart(DIGITS, '0')}`,
  )
  for (const id of [ids[0], ids.at(-1)]) if (id !== undefined) checkDeviceId(id)
  return ids
}

/** Every id checked, and none twice: ids are unique without regard to case. */
export function distinctIds(ids: readonly string[]): string[] {
  const byLowerCase = new Map(ids.map((id) => [checkDeviceId(id).toLowerCase(), id]))
  return [...byLowerCase.values()]
}
