import { UnreachableError } from '../base/errors.ts'

/**
 * A broker could not listen.
 * @param port the port, or those that it may have been
 * @param why the system's code or words
 */
export function portTaken(port: number | string, why: string, cause?: unknown): UnreachableError {
  const reason = why === 'EADDRINUSE' ? 'is in use already' : `cannot be listened on (${why})`
  return new UnreachableError('BROKER_PORT', `Port ${port} ${reason}.`, {
    layer: 'tcp',
    hint: 'Stop what uses it, or choose another in fleet.yaml: broker.port and broker.staff-port.',
    cause,
  })
}
