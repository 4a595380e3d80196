import { formatDuration } from '../base/duration.ts'

const DAY = 86_400_000

/** How long ago a moment was (both in milliseconds since 1970): `3 min ago`, `now`, `never`, `in 2 h` for a clock that is ahead. */
export function ageText(at: number | undefined, now: number): string {
  if (at === undefined) return 'never'
  const age = now - at
  if (Math.abs(age) < 1000) return 'now'
  if (age < 0) return `in ${formatDuration(-age)}`
  return `${formatDuration(age)} ago`
}

/** The time of day, local: `14:27:38`; with the date when the moment is not today. */
export function timeText(at: number, now: number): string {
  const time = clockText(at)
  return isSameDay(at, now) ? time : `${dateText(at, now)} ${time}`
}

/** `14:27:38`, local. */
export function clockText(at: number): string {
  const moment = new Date(at)
  return [moment.getHours(), moment.getMinutes(), moment.getSeconds()].map(twoDigits).join(':')
}

/** `21 Nov`, local; with the year when the moment is more than half a year away. */
export function dateText(at: number, now: number): string {
  const moment = new Date(at)
  const day = `${moment.getDate()} ${MONTHS[moment.getMonth()]}`
  return Math.abs(now - at) > 183 * DAY ? `${day} ${moment.getFullYear()}` : day
}

export function twoDigits(number: number): string {
  return String(number).padStart(2, '0')
}

function isSameDay(at: number, now: number): boolean {
  return new Date(at).toDateString() === new Date(now).toDateString()
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
