/**
 * What is remembered of devices so that it need not be worked out for each message: names, topics, layouts. Devices may
 * make all of them up. So their bytes are reckoned together, and beyond this many all is forgotten at once; what is in
 * use is soon there again. A hundred thousand devices with six metrics each need two thirds of it.
 */
const MOST = 300_000_000
const all: Map<string, unknown>[] = []
let bytes = 0

/** A map that is emptied when everything is forgotten. */
export function remembered<Value>(): Map<string, Value> {
  const map = new Map<string, Value>()
  all.push(map)
  return map
}

/** Makes room for so many bytes, about. */
export function remember(more: number): void {
  bytes += more
  if (bytes <= MOST) return
  for (const map of all) map.clear()
  bytes = more
}
