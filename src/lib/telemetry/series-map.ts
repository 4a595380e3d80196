import type { SeriesName } from './series-name.ts'

/** Names that nobody knows anything about may lie between two that are known; more of them are not bridged. */
const GAP = 65_536

/** What somebody knows of series, found by a look at an array: it is asked for every value that comes. */
export class SeriesMap<Known> {
  #first = Infinity
  #known: (Known | undefined)[] = []
  /** Of names that were given before the first, or far behind the last. */
  readonly #apart = new Map<number, Known>()

  get({ index }: SeriesName): Known | undefined {
    const place = index - this.#first
    return place >= 0 && place < this.#known.length ? this.#known[place] : this.#apart.get(index)
  }

  set({ index }: SeriesName, known: Known): void {
    if (this.size === 0) this.#first = index
    const place = index - this.#first
    if (place < 0 || place > this.#known.length + GAP) this.#apart.set(index, known)
    else {
      this.#apart.delete(index)
      while (this.#known.length < place) this.#known.push(undefined) // a hole would make it a slow array
      this.#known[place] = known
    }
  }

  /** Places that are in use, or were. */
  get size(): number {
    return this.#known.length + this.#apart.size
  }

  clear(): void {
    this.#known = []
    this.#apart.clear()
  }
}
