/** FNV-1a, 32 bit: a device's id as a seed. */
export function seedOf(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  return hash >>> 0
}

/** A number in [0, 1) that is always the same for the same seed and place (the mixing function of splitmix32). */
export function noiseAt(seed: number, place: number): number {
  let x = (seed ^ Math.imul(place | 0, 0x9e3779b9) ^ Math.floor(place / 0x100000000)) | 0
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad)
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97)
  return ((x ^ (x >>> 15)) >>> 0) / 0x100000000
}

/** The same in [-1, 1), denser in the middle, as what a sensor adds. */
export function jitterAt(seed: number, place: number): number {
  return noiseAt(seed, place) + noiseAt(seed ^ 0x5bf03635, place) - 1
}
