import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { paintAt } from '../../../src/lib/ui/paint.ts'
import { type Column, table } from '../../../src/lib/ui/table.ts'
import { displayWidth } from '../../../src/lib/ui/width.ts'

interface Row {
  readonly id: string
  readonly value: string
  readonly tags: string
}

const columns: readonly Column<Row>[] = [
  { title: 'device', cell: ({ id }) => id, least: 6 },
  { title: 'value', cell: ({ value }) => value, align: 'right' },
  { title: 'tags', cell: ({ tags }) => tags, yields: 1, least: 4, drop: true },
]
const rows: readonly Row[] = [
  { id: 'pump-0001', value: '3.2', tags: 'hall=B line=3' },
  { id: 'p2', value: '12.25', tags: '' },
]

describe('table', () => {
  test('aligns, two blanks between columns, none at the end of a line', () => {
    expect(table(rows, columns, { width: 80 }).split('\n')).toEqual([
      'device     value  tags',
      'pump-0001    3.2  hall=B line=3',
      'p2         12.25',
    ])
  })

  test('cuts what may be cut', () => {
    expect(table(rows, columns, { width: 26, unicode: true }).split('\n')).toEqual([
      'device     value  tags',
      'pump-0001    3.2  hall=B …',
      'p2         12.25',
    ])
  })

  test('leaves out what may go', () => {
    expect(table(rows, columns, { width: 18 }).split('\n')[1]).toBe('pump-0001    3.2')
  })

  test('a column in which nothing stands is left out', () => {
    expect(table([rows[1]!], columns, { width: 80 }).split('\n')[0]).toBe('device  value')
  })

  test('without UTF-8 the cut is marked in ASCII', () => {
    expect(table(rows, columns, { width: 26, unicode: false })).toContain('hall=B ~')
  })

  test('wide characters keep columns aligned', () => {
    const lines = table([{ ...rows[0]!, id: '温度-01' }, rows[1]!], columns, { width: 80 }).split('\n')
    expect(lines.slice(1).map((line) => displayWidth(line.slice(0, line.search(/3\.2|12\.25/))))).toEqual([
      11, 9,
    ])
  })

  test('colour takes no room', () => {
    const paint = paintAt(1)
    const painted = columns.map((column) => ({ ...column, paint: paint.bad }))
    const plain = table(rows, columns, { width: 26 })
    const lines = table(rows, painted, { width: 26, paintTitle: paint.faint }).split('\n')
    expect(lines.map(displayWidth)).toEqual(plain.split('\n').map(displayWidth))
  })

  test('nothing in a cell can steer the terminal or begin a line', () => {
    const evil = table([{ id: '\u001b[2J\u202egood', value: 'a\nb', tags: '' }], columns, { width: 80 })
    expect(evil.split('\n')).toHaveLength(2)
    expect(evil).toContain('\\x1b[2J\\u202egood')
  })

  test('one long value does not move all rows apart, but behind the last column is room', () => {
    const long = { id: 'p'.repeat(500), value: 'v'.repeat(500), tags: 't'.repeat(500) }
    const lines = table([rows[0]!, long], columns, { width: Infinity, longest: 20, unicode: true }).split(
      '\n',
    )
    expect(lines[1]).toBe(`${'pump-0001'.padEnd(20)}  ${'3.2'.padStart(20)}  hall=B line=3`)
    expect(lines[2]).toBe(`${'p'.repeat(19)}…  ${'v'.repeat(19)}…  ${long.tags}`)
  })

  test('our own words are never cut while there is room', () => {
    const why = { title: 'why', cell: () => 'w'.repeat(90), whole: true as const }
    expect(table(rows, [why, columns[0]!], { width: Infinity, longest: 20 })).toContain('w'.repeat(90))
  })

  test('a title is one line, whoever named it, and however many there are', () => {
    const many = Array.from({ length: 60 }, (_, index) => ({ title: `a\n${index}`, cell: () => 'value' }))
    const [head, ...body] = table([rows[0]!], many, { width: 40 }).split('\n')
    expect(body).toHaveLength(1)
    expect(head).toMatch(/^a\\[x…~]/)
    expect(displayWidth(head!)).toBeLessThanOrEqual(40)
  })

  describe('of what is copied', () => {
    const named: readonly Column<Row>[] = [
      { ...columns[0]!, unbroken: true },
      columns[1]!,
      { title: 'serial', cell: ({ tags }) => tags, unbroken: true, yields: 1 },
    ]
    const long = { id: 'gateway-north-wing-0042', value: '7', tags: '' }

    test('an id without room stands whole above its row, and the others do not move for it', () => {
      expect(table([...rows, long], columns, { width: 40 })).toContain('gateway-north-wing-0042      7')
      expect(table([...rows, long], [...named.slice(0, 2), columns[2]!], { width: 36 }).split('\n')).toEqual([
        'device     value  tags',
        'pump-0001    3.2  hall=B line=3',
        'p2         12.25',
        'gateway-north-wing-0042',
        '               7',
      ])
    })

    test('what stands further right has its own line below, as far out as it must', () => {
      const serial = 'f'.repeat(20)
      expect(
        table([{ ...rows[0]!, tags: serial }], named, { width: 24 })
          .split('\n')
          .slice(1),
      ).toEqual(['pump-0001    3.2', `    ${serial}`])
    })

    test('it is left out rather than cut, and what claims to be a name is bounded', () => {
      const droppable = [columns[0]!, { ...named[2]!, drop: true }]
      expect(table([rows[0]!], droppable, { width: 20 })).not.toContain('hall')
      const flood = { ...long, id: `a${'x'.repeat(10_000)}z` }
      const [above] = table([flood], named, { width: 40, unicode: true }).split('\n').slice(1)
      expect(above).toBe(`a${'x'.repeat(31)}…${'x'.repeat(30)}z`)
    })

    test('a row in which nothing else stands is one line', () => {
      expect(table([long], [named[0]!], { width: 20 })).toBe('device\ngateway-north-wing-0042')
    })
  })

  test('words go on below each other where a column asks for it', () => {
    const why = { title: 'why', cell: () => 'the clock is two years ahead', wraps: true as const, least: 10 }
    expect(table([rows[0]!], [columns[0]!, why, columns[1]!], { width: 34 }).split('\n')).toEqual([
      'device     why               value',
      'pump-0001  the clock is two    3.2',
      '           years ahead',
    ])
  })

  test('no line is ever wider than the terminal', () => {
    const row = fc.record({
      id: fc.string({ unit: 'grapheme' }),
      value: fc.string(),
      tags: fc.string({ unit: 'binary' }),
    })
    fc.assert(
      fc.property(fc.array(row, { maxLength: 5 }), fc.integer({ min: 20, max: 100 }), (rows, width) => {
        for (const line of table(rows, columns, { width }).split('\n')) {
          expect(displayWidth(line)).toBeLessThanOrEqual(width)
        }
      }),
    )
  })
})
