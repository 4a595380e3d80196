import { Chalk, supportsColor, supportsColorStderr } from 'chalk'

/** Colours by meaning. With NO_COLOR, CI or anything but a terminal they change nothing. */
export interface Paint {
  readonly good: (text: string) => string
  readonly bad: (text: string) => string
  readonly warn: (text: string) => string
  readonly strong: (text: string) => string
  readonly faint: (text: string) => string
  readonly command: (text: string) => string
  /** The colour of the n-th of several things that are told apart by colour: devices, lines of a plot. */
  readonly tint: (index: number, text: string) => string
  readonly colour: boolean
}

export function paintFor(stream: NodeJS.WriteStream): Paint {
  const support = stream === process.stderr ? supportsColorStderr : supportsColor
  const level = support && stream.isTTY && !process.env['NO_COLOR'] && !process.env['CI'] ? support.level : 0
  return paintAt(level)
}

export function paintAt(level: 0 | 1 | 2 | 3): Paint {
  const chalk = new Chalk({ level })
  const tints = [chalk.cyan, chalk.magenta, chalk.yellow, chalk.blue, chalk.green, chalk.red]
  return {
    good: only(chalk.green),
    bad: only(chalk.red),
    warn: only(chalk.yellow),
    strong: only(chalk.bold),
    faint: only(chalk.dim),
    command: only(chalk.cyan),
    tint: (index, text) => tints[index % tints.length]!(text),
    colour: level > 0,
  }
}

/** chalk joins all its arguments; handed on to a table it would get a row, too. */
function only(style: (text: string) => string): (text: string) => string {
  return (text) => style(text)
}
