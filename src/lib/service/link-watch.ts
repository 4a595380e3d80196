import type { EmitEvent } from './events.ts'

/** Hands events on, and knows what is wrong with the connection to the broker. */
export interface LinkWatch {
  readonly emit: EmitEvent
  /** undefined: the connection is open. */
  failing(): string | undefined
}

export function watchLink(emit: EmitEvent): LinkWatch {
  let failing: string | undefined = 'not connected to the broker yet'
  return {
    emit(event) {
      if (event.event === 'link' && event.state !== 'stalled')
        failing = event.state === 'online' ? undefined : (event.message ?? event.state)
      emit(event)
    },
    failing: () => failing,
  }
}
