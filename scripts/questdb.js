// A QuestDB to try things with, on this machine only: `npm run questdb`. Fetched into the clone's cache, its data too.
import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { ensureQuestdb } from './services.js'

const PORT = 9000
const root = path.resolve(import.meta.dirname, '..')
const password = process.env.FLOTILLA_STORE_PASSWORD
if (!password) {
  process.stderr.write(
    'FLOTILLA_STORE_PASSWORD is not set: the server asks for it, and flotilla reads it. For instance:\n' +
      '  export FLOTILLA_STORE_PASSWORD=$(openssl rand -hex 12)\n',
  )
  process.exit(2)
}
const jar = ensureQuestdb(root)
if (jar === undefined) process.exit(1)
const folder = path.join(root, '.cache', 'questdb')
mkdirSync(folder, { recursive: true })
process.stderr.write(
  `QuestDB on http://127.0.0.1:${PORT}, user admin; data in .cache/questdb. Ctrl-C ends it.\n`,
)
const server = spawn('java', ['-p', jar, '-m', 'io.questdb/io.questdb.ServerMain', '-d', folder], {
  env: {
    ...process.env,
    QDB_HTTP_BIND_TO: `127.0.0.1:${PORT}`,
    QDB_HTTP_USER: 'admin',
    QDB_HTTP_PASSWORD: password,
    QDB_HTTP_MIN_ENABLED: 'false',
    QDB_PG_ENABLED: 'false',
    QDB_LINE_TCP_ENABLED: 'false',
    QDB_LINE_AUTO_CREATE_NEW_TABLES: 'false',
    QDB_LINE_AUTO_CREATE_NEW_COLUMNS: 'false',
    QDB_TELEMETRY_ENABLED: 'false',
  },
  stdio: ['ignore', 'ignore', 'inherit'],
})
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => server.kill(signal))
server.on('exit', (code, signal) => {
  process.exitCode = signal === null ? (code ?? 1) : 0
})
