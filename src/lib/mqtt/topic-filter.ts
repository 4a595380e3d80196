/**
 * Whether a topic lies under a filter (MQTT 3.1.1 §4.7); a leading wildcard never covers `$…` (MQTT-4.7.2-1). Asked for
 * every message, so it walks both texts level by level and splits neither.
 */
export function topicMatches(filter: string, topic: string): boolean {
  if (topic.startsWith('$') && /^[+#]/.test(filter)) return false
  for (let [wanted, found] = [0, 0]; ; ) {
    const wantedEnd = levelEnd(filter, wanted)
    const level = filter.slice(wanted, wantedEnd)
    if (level === '#') return true
    if (found > topic.length) return false // the topic has no level here
    const foundEnd = levelEnd(topic, found)
    if (level !== '+' && level !== topic.slice(found, foundEnd)) return false
    if (wantedEnd === filter.length) return foundEnd === topic.length
    wanted = wantedEnd + 1
    found = foundEnd + 1
  }
}

function levelEnd(text: string, from: number): number {
  const end = text.indexOf('/', from)
  return end === -1 ? text.length : end
}
