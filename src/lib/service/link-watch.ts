import { type Clock, systemClock } from '../base/clock.ts'
import type { EmitEvent } from './events.ts'

/** What is wrong with a connection, and since when (milliseconds since 1970). */
export interface LinkFailure {
  readonly message: string
  readonly since: number
}

/** Hands events on, and knows what is wrong with the connection to the broker. */
export interface LinkWatch {
  readonly emit: EmitEvent
  /** undefined: the connection is open. */
  failing(): LinkFailure | undefined
}

export function watchLink(emit: EmitEvent, clock: Clock = systemClock): LinkWatch {
  let failing: LinkFailure | undefined = { message: 'not connected to the broker yet', since: clock.now() }
  return {
    emit(event) {
      if (event.event === 'link' && event.state !== 'stalled') {
        const { state, message = state } = event
        failing = state === 'online' ? undefined : { message, since: failing?.since ?? clock.now() }
      }
      emit(event)
    },
    failing: () => failing,
  }
}
