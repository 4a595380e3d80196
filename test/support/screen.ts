const ESCAPE = '\u001b'
const TOKEN = new RegExp(`${ESCAPE}\\[[?\\d;]*[A-Za-z]|[\\s\\S]`, 'gu')
const CURSOR_UP = new RegExp(`^${ESCAPE}\\[(\\d+)A$`)

/** What a terminal shows after what was written: text, CR, LF, cursor up, erase in line and below (ECMA-48), wrapping. */
export class Screen {
  readonly isTTY: boolean
  columns: number
  rows: number
  written = ''
  #grid: string[][] = [[]]
  #row = 0
  #column = 0

  constructor({ isTTY = true, columns = 80, rows = 24 } = {}) {
    this.isTTY = isTTY
    this.columns = columns
    this.rows = rows
  }

  write(text: string): boolean {
    this.written += text
    for (const [token] of text.matchAll(TOKEN)) this.#take(token)
    return true
  }

  /** Narrower: rows that no longer fit are broken in two, as most terminals do. */
  resize(columns: number): void {
    this.columns = columns
    const broken = (line: string[]) =>
      Array.from({ length: Math.max(1, Math.ceil(line.length / columns)) }, (_, piece) =>
        line.slice(piece * columns, (piece + 1) * columns),
      )
    const above = this.#grid.slice(0, this.#row).flatMap(broken)
    this.#grid = [...above, ...this.#grid.slice(this.#row).flatMap(broken)]
    this.#row = above.length
  }

  lines(): string[] {
    const lines = this.#grid.map((line) => line.join('').trimEnd())
    while (lines.at(-1) === '') lines.pop()
    return lines
  }

  asTerminal(): NodeJS.WriteStream {
    return this as unknown as NodeJS.WriteStream
  }

  #take(token: string): void {
    const up = CURSOR_UP.exec(token)
    if (up !== null) this.#row = Math.max(0, this.#row - Number(up[1]))
    else if (token === '\u001b[K') this.#grid[this.#row]!.length = Math.min(this.#column, this.#line().length)
    else if (token === '\u001b[J') {
      this.#line().length = Math.min(this.#column, this.#line().length)
      this.#grid.length = this.#row + 1
    } else if (token === '\r') this.#column = 0
    else if (token === '\n') this.#newline()
    else if (!token.startsWith('\u001b')) this.#put(token)
  }

  #put(character: string): void {
    if (this.#column >= this.columns) this.#newline()
    const line = this.#line()
    while (line.length < this.#column) line.push(' ')
    line[this.#column++] = character
  }

  #newline(): void {
    this.#row++
    this.#column = 0
    this.#line()
  }

  #line(): string[] {
    while (this.#grid.length <= this.#row) this.#grid.push([])
    return this.#grid[this.#row]!
  }
}
