// Real servers for the tests, without touching the system: `node scripts/services.js mosquitto|questdb` prints the path of one.
import { spawnSync } from 'node:child_process'
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'

/** mosquitto with what it links to that a bare Debian lacks; 2.3 MB. */
const PACKAGES = [
  ...['mosquitto', 'mosquitto-clients', 'libmosquitto1', 'libcjson1'],
  ...['libdlt2', 'libwrap0', 'libnsl2', 'libtirpc3'],
]
const PROGRAMS = { mosquitto: 'usr/sbin', mosquitto_pub: 'usr/bin', mosquitto_sub: 'usr/bin' }
const FOLDERS = ['/usr/sbin', '/usr/local/sbin', '/usr/local/bin', '/opt/homebrew/sbin']

/**
 * A mosquitto to run: FLOTILLA_MOSQUITTO, one that is installed, else Debian's own packages unpacked into the clone's
 * cache. undefined when none can be had; why, and the line that installs one, is on stderr then.
 */
export function ensureMosquitto(root) {
  return installedMosquitto() ?? cachedMosquitto(root) ?? unpackMosquitto(root)
}

function installedMosquitto() {
  const folders = [...(process.env.PATH ?? '').split(path.delimiter), ...FOLDERS]
  const candidates = [
    process.env.FLOTILLA_MOSQUITTO ?? '',
    ...folders.map((folder) => path.join(folder, 'mosquitto')),
  ]
  return candidates.find((file) => path.isAbsolute(file) && isExecutable(file))
}

function cachedMosquitto(root) {
  const file = path.join(cacheOf(root), 'bin', 'mosquitto')
  return isExecutable(file) ? file : undefined
}

const cacheOf = (root) => path.join(root, '.cache', 'services', 'mosquitto')

const QUESTDB = 'org.questdb:questdb:9.3.4'

/**
 * QuestDB's jar: FLOTILLA_QUESTDB, else the one in the clone's cache, brought there by Maven. undefined when there is
 * none, or no Java 17 to run it; why, and the line that installs what is missing, is on stderr then.
 */
export function ensureQuestdb(root) {
  const file = path.join(root, '.cache', 'services', 'questdb', 'questdb.jar')
  try {
    requireJava()
    return [process.env.FLOTILLA_QUESTDB ?? '', file].find((jar) => existsSync(jar)) ?? fetchQuestdb(file)
  } catch (error) {
    const install = existsSync('/etc/debian_version')
      ? 'sudo apt-get install openjdk-17-jre-headless maven'
      : 'with your package manager: Java 17 or later, and Maven'
    process.stderr.write(`QuestDB is missing (${error.message}). Install it: ${install}\n`)
    return undefined
  }
}

function requireJava() {
  const { error, stderr } = spawnSync('java', ['-version'], { encoding: 'utf8' })
  if (error) throw new Error(`java: ${error.message}`)
  const [, version] = /version "(\d+)/.exec(stderr) ?? []
  if (Number(version) < 17) throw new Error(`Java ${version} is too old`)
}

/** Fetched aside and renamed at the end, as mosquitto is. */
function fetchQuestdb(file) {
  const staging = `${path.dirname(file)}.${process.pid}`
  try {
    process.stderr.write('Fetching QuestDB into .cache (nothing is installed) …\n')
    must('mvn', ['-B', '-q', 'dependency:get', `-Dartifact=${QUESTDB}`, '-Dtransitive=false'])
    must('mvn', ['-B', '-q', 'dependency:copy', `-Dartifact=${QUESTDB}`, `-DoutputDirectory=${staging}`])
    mkdirSync(path.dirname(file), { recursive: true })
    renameSync(path.join(staging, `${QUESTDB.split(':').slice(1).join('-')}.jar`), file)
    return file
  } finally {
    rmSync(staging, { recursive: true, force: true })
  }
}

/** Unpacked aside and renamed at the end: killed half-way it leaves nothing that looks whole. */
function unpackMosquitto(root) {
  const staging = `${cacheOf(root)}.${process.pid}`
  try {
    if (process.platform !== 'linux')
      throw new Error('it is unpacked from Debian packages, and this is another system')
    process.stderr.write('Fetching mosquitto into .cache (nothing is installed) …\n')
    mkdirSync(path.join(staging, 'debs'), { recursive: true })
    download(path.join(staging, 'debs'))
    for (const name of readdirSync(path.join(staging, 'debs'))) {
      must('dpkg-deb', ['-x', path.join(staging, 'debs', name), path.join(staging, 'root')])
    }
    writeLaunchers(staging)
    rmSync(path.join(staging, 'debs'), { recursive: true })
    rmSync(cacheOf(root), { recursive: true, force: true })
    renameSync(staging, cacheOf(root))
    return cachedMosquitto(root)
  } catch (error) {
    rmSync(staging, { recursive: true, force: true })
    process.stderr.write(`mosquitto is missing (${error.message}). Install it: ${installLine()}\n`)
    return undefined
  }
}

function download(folder) {
  const fetch = () => spawnSync('apt-get', ['download', ...PACKAGES], { cwd: folder, encoding: 'utf8' })
  let result = fetch()
  if (result.status !== 0 && process.getuid?.() === 0) {
    must('apt-get', ['update', '-qq']) // a fresh machine has no lists yet
    result = fetch()
  }
  if (result.status !== 0) throw new Error(lastLine(result))
}

/** The libraries lie beside the program, so each is started through a launcher that says where. */
function writeLaunchers(staging) {
  const libraries = ['usr/lib', 'lib'].flatMap((folder) =>
    tripletsIn(path.join(staging, 'root', folder), folder),
  )
  mkdirSync(path.join(staging, 'bin'))
  for (const [program, folder] of Object.entries(PROGRAMS)) {
    const file = path.join(staging, 'bin', program)
    const paths = libraries.map((library) => `$root/${library}`).join(':')
    const lines = [
      '#!/bin/sh',
      'root=$(cd "$(dirname "$0")/../root" && pwd)',
      `export LD_LIBRARY_PATH="${paths}"`,
    ]
    writeFileSync(file, [...lines, `exec "$root/${folder}/${program}" "$@"`, ''].join('\n'))
    chmodSync(file, 0o755)
  }
  must(path.join(staging, 'bin', 'mosquitto'), ['-h'], [0, 3])
}

function tripletsIn(folder, name) {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((entry) => entry.includes('-linux-'))
    .map((entry) => `${name}/${entry}`)
}

function must(program, args, good = [0]) {
  const result = spawnSync(program, args, { encoding: 'utf8' })
  if (!good.includes(result.status)) throw new Error(`${path.basename(program)}: ${lastLine(result)}`)
}

function lastLine({ error, stderr }) {
  if (error) return error.message
  return (stderr ?? '').trim().split('\n').at(-1) || 'no reason given'
}

function installLine() {
  if (process.platform === 'darwin') return 'brew install mosquitto'
  return existsSync('/etc/debian_version')
    ? 'sudo apt-get install mosquitto'
    : 'with your package manager: mosquitto'
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

if (process.argv[1] && path.resolve(process.argv[1]) === path.resolve(new URL(import.meta.url).pathname)) {
  const ensure = { mosquitto: ensureMosquitto, questdb: ensureQuestdb }[process.argv[2]]
  if (!ensure) {
    process.stderr.write('Usage: node scripts/services.js mosquitto|questdb\n')
    process.exit(2)
  }
  const file = ensure(path.resolve(path.dirname(process.argv[1]), '..'))
  if (file) process.stdout.write(`${file}\n`)
  process.exitCode = file ? 0 : 1
}
