import { formatDuration } from '../base/duration.ts'
import { printable } from '../base/printable.ts'
import { formatSize } from '../base/size.ts'
import { DEATH_LATELY, LOST_LATELY } from '../diagnostics/fleet-status.ts'
import type { ServiceView } from '../fleet/service-status.ts'
import { ageText, timeText } from '../ui/age.ts'
import { counted } from '../ui/number-text.ts'
import type { Paint } from '../ui/paint.ts'

interface Look {
  readonly paint: Paint
  readonly now: number
  /** The disk takes nothing any more, not even the note of a service. */
  readonly isExhausted?: boolean
}

/** What `status` says of a service: how it is, what became of it, what waits. */
export function serviceTexts(
  service: ServiceView,
  services: readonly ServiceView[],
  look: Look,
): readonly string[] {
  const { paint, now } = look
  return [
    serviceText(service, services, look),
    ...deathText(service, paint, now),
    ...collapsedText(service, now),
    ...spoolTexts(service, paint, now),
    ...lostText(service, paint, now),
  ]
}

function serviceText(
  { role, state, lag, at, failing, deafSince }: ServiceView,
  services: readonly ServiceView[],
  { paint, now, isExhausted = false }: Look,
): string {
  const age = at === null ? 'never' : ageText(Date.parse(at), now)
  switch (state) {
    case 'ok':
      // Its next word may find no room.
      if (isExhausted && at !== null) return `${role} was ok at ${timeText(Date.parse(at), now)}`
      return role === 'ingest' ? `${role} ok (lag ${formatDuration(lag)})` : `${role} ok`
    case 'lagging':
      return paint.bad(`${role} lags ${formatDuration(lag)} behind`)
    case 'failing':
      if (role === 'store') return paint.bad(`store: ${printable(failing ?? '')}`)
      if (services.some((one) => one.role === 'store' && sameFailure(one, failing)))
        return paint.bad(`${role} waits for the store`)
      return paint.bad(`${role} cannot work${sinceText(deafSince, now)}: ${printable(failing ?? '')}`)
    case 'stuck':
      return paint.bad(`${role} runs, but ${quietText(at, now)}${isExhausted ? ': its disk is full' : ''}`)
    case 'dead':
      return paint.bad(`${role} died, last heard ${age}`)
    case 'stopped':
      return paint.bad(`${role} stopped ${age}`)
    case 'missing':
      return paint.bad(`${role} never ran`)
  }
}

function sinceText(since: string | null, now: number): string {
  return since === null ? '' : ` since ${timeText(Date.parse(since), now)}`
}

function quietText(at: string | null, now: number): string {
  return at === null ? 'has said nothing yet' : `says nothing since ${timeText(Date.parse(at), now)}`
}

/** The store's role says the same and what to do. */
function sameFailure({ failing }: ServiceView, message: string | null): boolean {
  return failing !== null && message !== null && failing.startsWith(message)
}

function deathText({ deaths }: ServiceView, paint: Paint, now: number): readonly string[] {
  if (deaths === null) return []
  const { count, last } = deaths
  const at = Date.parse(last.at)
  const often = count === 1 ? '' : `, ${counted(count, 'time')} in 24 h`
  const text = `mosquitto died ${ageText(at, now)} (${printable(last.how)}), was started again${often}`
  return [now - at < DEATH_LATELY ? paint.warn(text) : text]
}

function collapsedText({ collapsed, startedAt }: ServiceView, now: number): readonly string[] {
  if (collapsed === 0 || startedAt === null) return []
  return [
    `${counted(collapsed, 'value')} replaced by another of the same time since ${timeText(Date.parse(startedAt), now)}`,
  ]
}

function lostText({ lost }: ServiceView, paint: Paint, now: number): readonly string[] {
  if (lost === null || now - Date.parse(lost.at) >= LOST_LATELY) return []
  const last = ageText(Date.parse(lost.at), now)
  return [paint.warn(`${counted(lost.count, 'event')} of connections lost, the last ${last}`)]
}

function spoolTexts({ spool }: ServiceView, paint: Paint, now: number): readonly string[] {
  if (spool === null) return []
  const { messages, bytes, bound, since, holding } = spool
  const share =
    bound > 0 ? `${Math.round((bytes / bound) * 100)} % of ${formatSize(bound)}` : formatSize(bytes)
  const oldest = since === null ? '' : ` since ${timeText(Date.parse(since), now)}`
  const waiting = `${counted(messages, 'message')} in the spool${oldest} (${share})`
  const held =
    holding === null
      ? []
      : [
          paint.bad(
            `nothing acknowledged since ${timeText(Date.parse(holding.since), now)}: ${printable(holding.message)}`,
          ),
        ]
  return [...(messages > 0 ? [paint.warn(waiting)] : []), ...held]
}
