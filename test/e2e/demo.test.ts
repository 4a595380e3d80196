import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import type { DemoSummary } from '../../src/lib/cli/demo/summary.ts'
import { freePort } from '../support/free-port.ts'
import { mosquittoBinary, mosquittoMissing } from '../support/mosquitto.ts'
import { type Finished, flotilla } from '../support/program.ts'
import { questdbMissing, sharedQuestdb } from '../support/questdb.ts'

const README = path.resolve(import.meta.dirname, '../../README.md')

describe('the demo', () => {
  let folder: string
  let finished: Finished
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'flotilla-demo-'))
    finished = await flotilla(['demo', '--json'], { cwd: folder })
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  test('brings five devices from nothing to telemetry, and puts one out', () => {
    expect(finished.code).toBe(0)
    const summary = JSON.parse(finished.stdout) as DemoSummary
    expect(summary).toMatchObject({ devices: 5, reporting: 5, blocked: ['pump-0003'], metrics: 30 })
    expect(summary.refused).toBeGreaterThan(0)
    expect(summary.acknowledged).toBeGreaterThan(50)
  })

  test('leaves nothing running', async () => {
    const config = parse(await readFile(path.join(folder, 'demo-fleet', 'fleet.yaml'), 'utf8')) as {
      broker: { port: number; 'staff-port': number }
    }
    for (const port of [config.broker.port, config.broker['staff-port']]) {
      expect(await answers(port)).toBe(false)
    }
  })

  test("prints the README's tour", async () => {
    const tour = await readFile(README, 'utf8')
    const typed = [...finished.stderr.matchAll(/^\$ (flotilla .+)$/gm)].map(([, line]) => line!)
    expect(typed.length).toBeGreaterThan(8)
    const missing = typed.filter((line) => !tour.includes(`$ ${withoutPorts(line)}`))
    expect(missing).toEqual([])
  })
})

test('a demo whose broker cannot start ends as that does, and says why', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'flotilla-demo-'))
  try {
    const { code, stderr } = await flotilla(['demo', '--broker', 'mosquitto'], {
      cwd: folder,
      env: { FLOTILLA_MOSQUITTO: path.join(folder, 'mosquitto') },
    })
    expect(code).toBe(4)
    expect(stderr).toMatch(/Error FLOTILLA_MOSQUITTO names no program .*\(MOSQUITTO_MISSING\)\nInstall it/)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

test.skipIf(mosquittoMissing() || questdbMissing())(
  'the demo runs on mosquitto and QuestDB too, and waits for a server that is still starting',
  async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'flotilla-demo-'))
    try {
      const { url, user, password } = await sharedQuestdb()
      const port = await freePort()
      const store = ['--store', 'questdb', '--store-url', `http://127.0.0.1:${port}`, '--store-user', user]
      await using door = new LateDoor(port, new URL(url), 5000)
      const { code, stdout, stderr } = await flotilla(['demo', '--json', '--broker', 'mosquitto', ...store], {
        cwd: folder,
        env: { FLOTILLA_STORE_PASSWORD: password, FLOTILLA_MOSQUITTO: mosquittoBinary() ?? '' },
      })
      expect(code).toBe(0)
      expect(stderr).toContain('Waiting for it')
      expect(door.isOpen).toBe(true)
      const summary = JSON.parse(stdout) as DemoSummary
      expect(summary).toMatchObject({ devices: 5, reporting: 5, blocked: ['pump-0003'], metrics: 30 })
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
)

/** The way to a server, which opens only after a while. */
class LateDoor implements AsyncDisposable {
  readonly #server: Server
  readonly #timer: NodeJS.Timeout

  constructor(port: number, { hostname, port: behind }: URL, after: number) {
    this.#server = createServer((socket) => {
      const through = connect(Number(behind), hostname)
      for (const end of [socket, through]) end.on('error', () => {})
      socket.pipe(through).pipe(socket)
    })
    this.#timer = setTimeout(() => this.#server.listen(port, '127.0.0.1'), after)
  }

  get isOpen(): boolean {
    return this.#server.listening
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer)
    this.#server.close()
  }
}

/** The usual ports may be taken on this machine. */
const withoutPorts = (line: string): string => line.replaceAll(/ --(?:staff-)?port \d+/g, '')

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}
