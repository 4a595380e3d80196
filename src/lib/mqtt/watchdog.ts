export interface WatchdogState {
  /** When the connection last brought a message, or began; milliseconds. */
  readonly since: number
  /** How long silence is believed, in milliseconds. */
  readonly patience: number
}

export interface WatchdogView {
  readonly now: number
  readonly connected: boolean
  /** Messages that are not acknowledged: with some, the broker may rightly wait for us. */
  readonly outstanding: number
}

const LONGEST = 16

export function watchFrom(now: number, patience: number): WatchdogState {
  return { since: now, patience }
}

/**
 * Whether a connection that answers PINGs should be opened anew, because nothing comes and nothing is outstanding:
 * brokers have been seen to forget a session's queue until the next CONNECT. A fleet may just be quiet, so each
 * reconnect in vain doubles the patience, up to sixteen times `first`; a message sets it back.
 */
export function watch(
  state: WatchdogState,
  view: WatchdogView,
  first: number,
): { readonly state: WatchdogState; readonly reconnect: boolean } {
  const stalled = view.connected && view.outstanding === 0 && view.now - state.since >= state.patience
  if (!stalled) return { state, reconnect: false }
  const patience = Math.min(state.patience * 2, first * LONGEST)
  return { state: { since: view.now, patience }, reconnect: true }
}
