import { connect } from 'node:net'

/** Whether somebody listens on this port of this machine; undefined, so that it can be polled, when nobody does. */
export function portAnswers(port: number): Promise<true | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(undefined))
  })
}
