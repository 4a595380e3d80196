import { printable } from '../base/printable.ts'
import type { Diagnosis } from '../diagnostics/diagnosis.ts'
import type { DoctorReport } from '../fleet/doctor.ts'
import type { Fact } from '../ui/facts.ts'
import { counted } from '../ui/number-text.ts'
import { pad } from '../ui/width.ts'
import { checksFor } from './show-facts.ts'
import type { Terminal } from './terminal.ts'

const MARKS = { ok: 'ok', warn: 'look', bad: 'BAD' } as const

/** A line for each check; below what is not well its code and its fix. */
export function doctorText({ diagnoses }: DoctorReport, terminal: Terminal): string {
  const { paint } = terminal
  const paints = { ok: paint.good, warn: paint.warn, bad: paint.bad }
  const factsOf = ({ check, level, code, finding, fix }: Diagnosis): readonly Fact[] => {
    const name = `${paints[level](pad(MARKS[level], 4))}  ${printable(check)}`
    if (fix === null) return [[name, printable(finding)]]
    return [
      [name, `${printable(finding)} ${paint.faint(`(${code})`)}`],
      ['', `Fix: ${paint.command(printable(fix))}`],
    ]
  }
  return checksFor(diagnoses.flatMap(factsOf), terminal)
}

export function doctorNote({ diagnoses }: DoctorReport, { notePaint }: Pick<Terminal, 'notePaint'>): string {
  const bad = diagnoses.filter(({ level }) => level === 'bad').length
  const verdict =
    bad === 0 ? notePaint.good('Nothing is wrong.') : notePaint.bad(`${counted(bad, 'problem')}.`)
  return `${verdict}\nNext: ${notePaint.command('flotilla status')}`
}
