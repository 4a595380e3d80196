import { printable } from '../base/printable.ts'
import type { Diagnosis } from '../diagnostics/diagnosis.ts'
import type { DoctorReport } from '../fleet/doctor.ts'
import { counted } from '../ui/number-text.ts'
import type { Paint } from '../ui/paint.ts'
import { displayWidth, pad, wrap } from '../ui/width.ts'
import type { Terminal } from './terminal.ts'

const MARKS = { ok: 'ok', warn: 'look', bad: 'BAD' } as const

/** A line for each check, on a screen as many as it needs; below what is not well its code and its fix. */
export function doctorText(
  { diagnoses }: DoctorReport,
  { paint, isScreen, columns }: Pick<Terminal, 'paint' | 'isScreen' | 'columns'>,
): string {
  const room = isScreen ? columns : Number.POSITIVE_INFINITY
  const paints = { ok: paint.good, warn: paint.warn, bad: paint.bad }
  const width = Math.max(...diagnoses.map(({ check }) => check.length))
  const lineOf = ({ check, level, code, finding, fix }: Diagnosis): readonly string[] => {
    const head = `  ${paints[level](pad(MARKS[level], 4))}  ${pad(printable(check), width)}  ${printable(finding)}`
    const indent = width + 10
    if (fix === null) return [wrap(head, room, indent)]
    const fixes = fixLines(printable(fix), room - indent, paint)
    return [
      wrap(`${head} ${paint.faint(`(${code})`)}`, room, indent),
      ...fixes.map((line) => `${' '.repeat(indent)}${line}`),
    ]
  }
  return diagnoses.flatMap(lineOf).join('\n')
}

/** A sentence is broken where its line ends; what is to be typed behind it stays in one piece, so that it can be pasted. */
function fixLines(fix: string, room: number, paint: Paint): readonly string[] {
  const command = /(?:^|(?<=: ))[a-z][^:]*$/.exec(fix)?.[0] ?? ''
  const sentence = `Fix: ${fix.slice(0, fix.length - command.length)}`.trimEnd()
  const lines = wrap(sentence, room, 0).split('\n')
  if (command === '') return lines
  const last = lines.at(-1)!
  if (displayWidth(last) + 1 + displayWidth(command) > room) return [...lines, paint.command(command)]
  return [...lines.slice(0, -1), `${last} ${paint.command(command)}`]
}

export function doctorNote({ diagnoses }: DoctorReport, { notePaint }: Pick<Terminal, 'notePaint'>): string {
  const bad = diagnoses.filter(({ level }) => level === 'bad').length
  const verdict =
    bad === 0 ? notePaint.good('Nothing is wrong.') : notePaint.bad(`${counted(bad, 'problem')}.`)
  return `${verdict}\nNext: ${notePaint.command('flotilla status')}`
}
