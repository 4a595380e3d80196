import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const run = promisify(execFile)
const ROOT = path.resolve(import.meta.dirname, '../..')
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'

describe('the package, packed and installed into an empty prefix', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'flotilla-pack-'))
    await run(npm, ['pack', '--ignore-scripts', '--pack-destination', folder], { cwd: ROOT })
    const tarball = (await readdir(folder)).find((name) => name.endsWith('.tgz'))
    await run(npm, ['install', '--prefix', folder, '--no-audit', '--no-fund', path.join(folder, tarball!)], {
      cwd: folder,
    })
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  test('runs, and makes a fleet', async () => {
    const program = path.join(folder, 'node_modules', 'flotilla', 'bin', 'run.js')
    const version = await run(process.execPath, [program, '--version'])
    expect(version.stdout).toMatch(/^flotilla\/\d+\.\d+\.\d+ /)
    const env = { ...process.env, FLOTILLA_CA_PASSPHRASE: 'correct horse battery', CI: '1' }
    const fleet = path.join(folder, 'acme')
    const { stdout } = await run(process.execPath, [program, 'init', fleet, '--json'], { env })
    expect(JSON.parse(stdout)).toMatchObject({ fleet: 'acme' })
  })

  test('carries what it runs and nothing else', async () => {
    const installed = path.join(folder, 'node_modules', 'flotilla')
    const names = await readdir(installed)
    expect(names.sort()).toEqual(
      ['LICENSE', 'README.md', 'bin', 'dist', 'oclif.manifest.json', 'package.json'].sort(),
    )
    const program = await readdir(path.join(installed, 'bin'))
    expect(program.sort()).toEqual(['flotilla', 'flotilla.cmd', 'run.js'])
  })
})
