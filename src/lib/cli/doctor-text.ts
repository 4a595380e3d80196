import { printable } from '../base/printable.ts'
import type { Diagnosis } from '../diagnostics/diagnosis.ts'
import type { DoctorReport } from '../fleet/doctor.ts'
import { counted } from '../ui/number-text.ts'
import { pad } from '../ui/width.ts'
import type { Terminal } from './terminal.ts'

const MARKS = { ok: 'ok', warn: 'look', bad: 'BAD' } as const

/** A line for each check; below what is not well its code and its fix. */
export function doctorText({ diagnoses }: DoctorReport, { paint }: Pick<Terminal, 'paint'>): string {
  const paints = { ok: paint.good, warn: paint.warn, bad: paint.bad }
  const width = Math.max(...diagnoses.map(({ check }) => check.length))
  const lineOf = ({ check, level, code, finding, fix }: Diagnosis): readonly string[] => {
    const head = `  ${paints[level](pad(MARKS[level], 4))}  ${pad(printable(check), width)}  ${printable(finding)}`
    if (fix === null) return [head]
    const indent = ' '.repeat(width + 10)
    return [`${head} ${paint.faint(`(${code})`)}`, `${indent}Fix: ${paint.command(printable(fix))}`]
  }
  return diagnoses.flatMap(lineOf).join('\n')
}

export function doctorNote({ diagnoses }: DoctorReport, { notePaint }: Pick<Terminal, 'notePaint'>): string {
  const bad = diagnoses.filter(({ level }) => level === 'bad').length
  const verdict =
    bad === 0 ? notePaint.good('Nothing is wrong.') : notePaint.bad(`${counted(bad, 'problem')}.`)
  return `${verdict}\nNext: ${notePaint.command('flotilla status')}`
}
