/** A random sample of what passes by, each with the same chance, in memory for `size` of them (algorithm R, Vitter 1985). */
export class Sample<T> {
  readonly #size: number
  readonly #random: () => number
  readonly #kept: T[] = []
  #seen = 0

  constructor(size: number, random: () => number = Math.random) {
    this.#size = size
    this.#random = random
  }

  add(item: T): void {
    const place = this.#seen < this.#size ? this.#seen : Math.floor(this.#random() * (this.#seen + 1))
    this.#seen++
    if (place < this.#size) this.#kept[place] = item
  }

  get items(): readonly T[] {
    return this.#kept
  }
}
