import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { liveBlock } from '../../../src/lib/ui/live.ts'
import { Screen } from '../../support/screen.ts'

beforeEach(() => void vi.stubEnv('LC_ALL', 'C.UTF-8'))
afterEach(() => void vi.unstubAllEnvs())

describe('a live block', () => {
  test('is drawn again where it stood', () => {
    const screen = new Screen()
    const block = liveBlock(screen.asTerminal())
    block.show(['5 of 5 connected', '10/s'])
    block.show(['4 of 5 connected', '8/s'])
    expect(screen.lines()).toEqual(['4 of 5 connected', '8/s'])
  })

  test('shrinks without a rest', () => {
    const screen = new Screen()
    const block = liveBlock(screen.asTerminal())
    block.show(['one', 'two', 'three'])
    block.show(['1'])
    expect(screen.lines()).toEqual(['1'])
  })

  test('what is printed stays above it', () => {
    const screen = new Screen()
    const block = liveBlock(screen.asTerminal())
    block.show(['status'])
    block.print('refused  pump-0003')
    block.print('x'.repeat(80))
    block.show(['status 2'])
    expect(screen.lines()).toEqual(['refused  pump-0003', 'x'.repeat(80), 'status 2'])
  })

  test('what is printed is broken between words', () => {
    const screen = new Screen({ columns: 20 })
    const block = liveBlock(screen.asTerminal())
    block.show(['status'])
    block.print('12:00  the store cannot be reached')
    block.show(['status 2'])
    expect(screen.lines()).toEqual(['12:00  the store', 'cannot be reached', 'status 2'])
  })

  test('what is printed is a line where the width is not known', () => {
    const screen = new Screen()
    const stream = Object.defineProperty(screen.asTerminal(), 'columns', { value: 0 })
    liveBlock(stream).print('12:00  the store cannot be reached')
    expect(screen.written).toContain('12:00  the store cannot be reached\n')
  })

  test('never wraps: a line is cut to the terminal', () => {
    const screen = new Screen({ columns: 20 })
    const block = liveBlock(screen.asTerminal())
    block.show(['a line that is longer than twenty', 'second'])
    block.show(['a line that is longer than twenty', 'third'])
    expect(screen.lines()).toEqual(['a line that is lon…', 'third'])
  })

  test('is no higher than the terminal', () => {
    const screen = new Screen({ rows: 5 })
    const block = liveBlock(screen.asTerminal())
    const lines = Array.from({ length: 9 }, (_, index) => `line ${index}`)
    block.show(lines)
    block.show(lines)
    expect(screen.lines()).toEqual(['line 0', 'line 1', 'line 2', 'and 6 lines more'])
  })

  test('a terminal that was made narrower loses nothing that stood above', () => {
    const screen = new Screen({ columns: 40 })
    screen.write('$ flotilla simulate\n')
    const block = liveBlock(screen.asTerminal())
    block.show(['a line of thirty-five characters...'])
    screen.resize(20)
    block.show(['narrow'])
    block.show(['narrow again'])
    expect(screen.lines()[0]).toBe('$ flotilla simulate')
    expect(screen.lines().at(-1)).toBe('narrow again')
    expect(screen.lines().filter((line) => line.startsWith('narrow'))).toHaveLength(1)
  })

  test('stays when it ends, and the next one is another', () => {
    const screen = new Screen()
    const first = liveBlock(screen.asTerminal())
    first.show(['done'])
    first.end()
    liveBlock(screen.asTerminal()).show(['next'])
    expect(screen.lines()).toEqual(['done', 'next'])
  })

  test('leaves the cursor alone: it is never hidden', () => {
    const screen = new Screen()
    liveBlock(screen.asTerminal()).show(['status'])
    expect(screen.written).not.toContain('\u001b[?25l')
  })

  test('writes nothing where nobody looks', () => {
    const screen = new Screen({ isTTY: false })
    const block = liveBlock(screen.asTerminal())
    block.show(['status'])
    block.print('line')
    block.end()
    expect(screen.written).toBe('')
  })
})
