/** The candidate that is most like what was typed, if any is close enough to be meant. */
export function nearest(typed: string, candidates: readonly string[]): string | undefined {
  return nearestMatch(typed, candidates)?.candidate
}

export interface Match {
  readonly candidate: string
  /** Letters that differ; less than one where the beginning was typed. */
  readonly distance: number
}

/** The same with how much it differs, where what was typed can be read in several ways. */
export function nearestMatch(typed: string, candidates: readonly string[]): Match | undefined {
  let best: Match | undefined
  for (const candidate of candidates) {
    const distance = candidate.startsWith(typed) ? 0.5 : editDistance(typed, candidate)
    if (best === undefined || distance < best.distance) best = { candidate, distance }
  }
  return best !== undefined && best.distance <= Math.max(2, typed.length / 3) ? best : undefined
}

/** Levenshtein distance: insertions, deletions and substitutions between two short words. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const substitution = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(substitution, row[j]! + 1, next[j - 1]! + 1))
    }
    row = next
  }
  return row[b.length]!
}
