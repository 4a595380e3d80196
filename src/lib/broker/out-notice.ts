import { isDeviceId } from '../base/names.ts'
import { encodePresence } from '../mqtt/presence.ts'
import { presenceTopic } from '../mqtt/topics.ts'

export interface OutNotice {
  readonly topic: string
  /** To be retained. */
  readonly payload: string
}

/**
 * What is said in the place of devices that are put out: `offline`, and why. Their own wills are refused, because
 * nothing of theirs passes any more; without this whoever subscribes to presence would take them for online for ever.
 * @param names devices, and staff, who have no presence @param at milliseconds since 1970
 */
export function outNotices(
  fleet: string,
  names: readonly string[],
  { barred, at }: { readonly barred: readonly string[]; readonly at: number },
): readonly OutNotice[] {
  const blocked = new Set(barred)
  return names.filter(isDeviceId).map((name) => ({
    topic: presenceTopic(fleet, name),
    payload: encodePresence({
      state: 'offline',
      ts: at,
      reason: blocked.has(name) ? 'blocked' : 'revoked',
    }),
  }))
}
