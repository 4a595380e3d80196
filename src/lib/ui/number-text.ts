/** A count with its thousands apart: `50,000`. */
export function countText(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ',')
}

/** `1 device`, `50,000 devices`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${countText(count)} ${count === 1 ? one : many}`
}

/** Events a second: `0.4/s`, `12/s`, `5,210/s`. */
export function rateText(perSecond: number): string {
  const text = perSecond < 9.95 ? trimZero(perSecond.toFixed(1)) : countText(Math.round(perSecond))
  return `${text}/s`
}

/** A measured value as a person reads it: up to six digits that count, powers of ten where the number is out of hand. */
export function valueText(value: number): string {
  if (!Number.isFinite(value) || value === 0) return String(value)
  const size = Math.abs(value)
  if (size >= 1e9 || size < 1e-4) return value.toExponential(5).replace(/\.?0+e/, 'e')
  if (size >= 1e5) return trimZero(value.toFixed(size >= 1e6 ? 0 : 1))
  return trimZero(value.toPrecision(6))
}

function trimZero(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text
}
