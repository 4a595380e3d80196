import { Writable } from 'node:stream'

/** A stream that keeps what is written, and can say that it is a terminal of some size. */
export class TextStream extends Writable {
  readonly chunks: string[] = []
  readonly isTTY: boolean
  columns: number
  rows: number

  constructor({ isTTY = true, columns = 80, rows = 24 } = {}) {
    super({ decodeStrings: false })
    this.isTTY = isTTY
    this.columns = columns
    this.rows = rows
  }

  override _write(chunk: string, _encoding: string, done: () => void): void {
    this.chunks.push(chunk)
    done()
  }

  get text(): string {
    return this.chunks.join('')
  }

  asTerminal(): NodeJS.WriteStream {
    return this as unknown as NodeJS.WriteStream
  }
}
