const LARGEST = 65_535

/** Packet ids 1–65 535 (MQTT-2.2.1-3), going round; `taken` says which are in flight. */
export class PacketIds {
  #last = 0

  /** @throws RangeError when all are taken: whoever asks bounds what it has in flight far below. */
  next(taken: (id: number) => boolean): number {
    for (let tried = 0; tried < LARGEST; tried++) {
      this.#last = (this.#last % LARGEST) + 1
      if (!taken(this.#last)) return this.#last
    }
    throw new RangeError('65 535 packets are in flight')
  }
}
