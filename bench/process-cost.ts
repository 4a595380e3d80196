import { readFileSync } from 'node:fs'

/** Linux counts CPU in hundredths of a second, whatever the kernel's own tick (USER_HZ). */
const TICKS = 100

/** CPU-seconds that a process has taken so far, its ended children apart. Linux only. */
export function cpuSeconds(pid: number): number {
  const line = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The name stands in brackets and may hold anything; utime and stime are the 12th and 13th field behind it.
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS
}

/** The most memory that a process has had at once, in MiB. Linux only. */
export function peakMiB(pid: number): number {
  const [, kibibytes] = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kibibytes) / 1024
}
