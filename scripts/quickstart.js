// From a fresh clone to a fleet that reports: installs, builds, runs the demo. Runs on any Node that npm runs on.
import path from 'node:path'
import { ensureBuilt, ensureInstalled, run } from './prepare.js'

const root = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), '..')
ensureInstalled(root)
ensureBuilt(root)
const launcher = process.platform === 'win32' ? 'bin\\flotilla.cmd' : 'bin/flotilla'
process.exitCode = run(root, launcher, ['demo', ...process.argv.slice(2)])
