import { UsageError } from './errors.ts'

const UNITS = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3, TiB: 1024 ** 4 } as const
type Unit = keyof typeof UNITS

/**
 * `512 KiB`, `64 MiB`, `1 GiB`, `1.5 TiB`, with or without the space, in bytes; a lone `0` needs no unit.
 * @throws UsageError `SIZE`
 */
export function parseSize(text: string): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?) ?(B|KiB|MiB|GiB|TiB)$/.exec(text.trim()) ?? []
  const bytes = unit === undefined ? Number.NaN : Math.round(Number(amount) * UNITS[unit as Unit])
  if (text.trim() === '0') return 0
  if (Number.isSafeInteger(bytes)) return bytes
  throw new UsageError('SIZE', `${JSON.stringify(text)} is not a size.`, {
    hint: 'Write it like 512 KiB, 64 MiB or 1 GiB.',
  })
}

/** In the largest unit of which there is one: `0 B`, `512 B`, `1.5 MiB`, `12 GiB`. */
export function formatSize(bytes: number): string {
  const units = Object.entries(UNITS)
  const [unit, size] = units.findLast(([, size]) => bytes >= size) ?? units[0]!
  const amount = bytes / size
  return `${amount < 9.95 && size > 1 ? amount.toFixed(1).replace('.0', '') : Math.round(amount)} ${unit}`
}
