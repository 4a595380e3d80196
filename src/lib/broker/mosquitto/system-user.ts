import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { UsageError } from '../../base/errors.ts'

const run = promisify(execFile)

/** A user of this system by name; Node itself knows only the one it runs as. @throws UsageError `USER_UNKNOWN` */
export async function systemUser(name: string): Promise<{ readonly uid: number; readonly gid: number }> {
  const ask = async (what: string): Promise<number> => Number((await run('id', [what, '--', name])).stdout)
  try {
    return { uid: await ask('-u'), gid: await ask('-g') }
  } catch (error) {
    throw new UsageError('USER_UNKNOWN', `This system has no user ${JSON.stringify(name)}.`, {
      hint: 'Name the user that mosquitto runs as: --user mosquitto',
      cause: error,
    })
  }
}
