import * as inquirer from '@inquirer/prompts'
import { InterruptedError } from '../base/errors.ts'

/** Questions go to stderr: stdout is data. */
const context = { output: process.stderr }

export function confirm(question: string): Promise<boolean> {
  return answered(inquirer.confirm({ message: question, default: false }, context))
}

export function ask(
  question: string,
  options: { readonly default?: string; readonly check?: (text: string) => string | true } = {},
): Promise<string> {
  const { default: fallback, check } = options
  return answered(
    inquirer.input(
      {
        message: question,
        ...(fallback === undefined ? {} : { default: fallback }),
        ...(check === undefined ? {} : { validate: check }),
      },
      context,
    ),
  )
}

/** Asks for a secret; nothing of it is echoed. What `check` does not accept is asked again. */
export function askSecret(question: string, check?: (text: string) => string | true): Promise<string> {
  const validate = check === undefined ? {} : { validate: check }
  return answered(inquirer.password({ message: question, mask: false, ...validate }, context))
}

async function answered<T>(prompt: Promise<T>): Promise<T> {
  try {
    return await prompt
  } catch (error) {
    if (error instanceof Error && error.name === 'ExitPromptError') throw new InterruptedError()
    throw error
  }
}
