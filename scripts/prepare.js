// What both README commands need first: the dependencies as the lockfile has them, and a build.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import path from 'node:path'

const windows = process.platform === 'win32'

/** Runs a program in the foreground; answers its exit code. */
export function run(root, program, args, options = {}) {
  const { status, error } = spawnSync(program, args, {
    cwd: root,
    stdio: 'inherit',
    shell: windows,
    ...options,
  })
  if (error) throw error
  return status ?? 1
}

/** `npm ci`, unless what is installed is as new as the lockfile. */
export function ensureInstalled(root) {
  const installed = path.join(root, 'node_modules', '.package-lock.json')
  if (isNewer(installed, path.join(root, 'package-lock.json')) && existsSync(pinnedNode(root))) return
  process.stderr.write('Installing the dependencies (npm ci) …\n')
  const code = run(root, 'npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'])
  if (code !== 0) process.exit(code)
}

/** The build, unless nothing is newer than it. */
export function ensureBuilt(root) {
  const built = path.join(root, 'dist', 'main.js')
  const sources = [path.join(root, 'package.json'), ...filesBelow(path.join(root, 'src'))]
  if (sources.every((source) => isNewer(built, source))) return
  process.stderr.write('Building …\n')
  for (const script of ['build.js', 'manifest.js']) {
    const code = run(root, pinnedNode(root), [path.join('scripts', script)])
    if (code !== 0) process.exit(code)
  }
}

/** The Node that the project pins: every script of ours runs on it. */
export function pinnedNode(root) {
  return path.join(root, 'node_modules', 'node', 'bin', windows ? 'node.exe' : 'node')
}

function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name))
}

function isNewer(file, than) {
  return existsSync(file) && statSync(file).mtimeMs >= statSync(than).mtimeMs
}
