import { Writable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { BoundedLines } from '../../../src/lib/cli/bounded-lines.ts'

/** A reader that takes nothing until it is told to. */
class SlowReader extends Writable {
  text = ''
  readonly #held: (() => void)[] = []

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#held.push(() => {
      this.text += chunk.toString()
      done()
    })
  }

  async readAll(): Promise<void> {
    for (let next = this.#held.shift(); next !== undefined; next = this.#held.shift()) {
      next()
      await turn()
    }
  }
}

const missing = (count: number) => `missing ${count}`

test('lines of one turn are written as one piece', async () => {
  const reader = new SlowReader()
  const lines = new BoundedLines(reader, { missing })
  lines.write('a')
  lines.write('b')
  expect(reader.writableLength).toBe(0)
  await turn()
  await reader.readAll()
  expect(reader.text).toBe('a\nb\n')
})

test('a slow reader costs bounded memory, and every line is either read or counted where it is missing', async () => {
  const reader = new SlowReader()
  const lines = new BoundedLines(reader, { bound: 1000, missing })
  for (let index = 0; index < 500; index++) {
    lines.write(`line ${index}`)
    if (index % 50 === 49) await turn()
    expect(reader.writableLength).toBeLessThan(1100)
    if (index === 300) await reader.readAll()
  }
  lines.flush()
  await reader.readAll()
  const read = reader.text.trim().split('\n')
  const shown = read.filter((line) => line.startsWith('line ')).map((line) => Number(line.slice(5)))
  const counts = read.filter((line) => line.startsWith('missing ')).map((line) => Number(line.slice(8)))
  expect(counts).toHaveLength(2)
  expect(shown.length + lines.dropped).toBe(500)
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(lines.dropped)
  // Where lines are missing is where the count stands.
  const gap = read.findIndex((line) => line.startsWith('missing '))
  expect(Number(read[gap + 1]!.slice(5)) - Number(read[gap - 1]!.slice(5)) - 1).toBe(counts[0])
})
