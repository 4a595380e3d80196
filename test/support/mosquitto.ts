import path from 'node:path'
import { ensureMosquitto } from '../../scripts/services.js'

const ROOT = path.resolve(import.meta.dirname, '../..')
let found: { readonly file: string | undefined } | undefined

/** The mosquitto that the tests run: an installed one, else the one in the clone's cache. */
export function mosquittoBinary(): string | undefined {
  found ??= { file: ensureMosquitto(ROOT) }
  return found.file
}

/** Whether tests of mosquitto are to be skipped. With CI set they are not: without the server they fail. */
export function mosquittoMissing(): boolean {
  return mosquittoBinary() === undefined && process.env['CI'] === undefined
}
