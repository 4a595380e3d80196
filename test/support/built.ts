import path from 'node:path'
import { ensureBuilt } from '../../scripts/prepare.js'

/** End-to-end tests run what is in dist: it is built when a source is newer. */
export default function setup(): void {
  ensureBuilt(path.resolve(import.meta.dirname, '../..'))
}
