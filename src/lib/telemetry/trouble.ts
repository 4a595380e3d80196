/** Who may be in the way of storing: the store, the state that takes dead letters, the spool when it is read. */
export type Part = 'store' | 'state' | 'spool'

/** What is in the way at this moment; tells when there is something, and when there is nothing any more. */
export class Trouble {
  readonly #parts = new Map<Part, string>()
  readonly #onChange: (first: string | undefined) => void

  constructor(onChange: (first: string | undefined) => void) {
    this.#onChange = onChange
  }

  get first(): string | undefined {
    const [first] = this.#parts.values()
    return first
  }

  has(part: Part): boolean {
    return this.#parts.has(part)
  }

  /** @param failure undefined: it works */
  tell(part: Part, failure: string | undefined): void {
    if (failure === undefined && this.#parts.size === 0) return
    const before = this.first
    if (failure === undefined) this.#parts.delete(part)
    else this.#parts.set(part, failure)
    if ((before === undefined) !== (this.first === undefined)) this.#onChange(this.first)
  }
}
