/**
 * What is remembered of devices so that it need not be worked out for each message: names, topics, layouts. Devices may
 * make all of them up. So they are counted together, and beyond this many forgotten all at once; what is in use is soon
 * there again.
 */
const MOST = 3_000_000
const all: Map<string, unknown>[] = []
let count = 0

/** A map that is emptied when everything is forgotten. */
export function remembered<Value>(): Map<string, Value> {
  const map = new Map<string, Value>()
  all.push(map)
  return map
}

/** Makes room for more. @param things of about a hundred bytes */
export function remember(things: number): void {
  count += things
  if (count <= MOST) return
  for (const map of all) map.clear()
  count = things
}
