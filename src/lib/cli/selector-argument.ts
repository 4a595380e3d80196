import { string } from '@oclif/core/args'
import { custom } from '@oclif/core/flags'
import { checkSetName } from '../registry/kept-set.ts'

const SELECTOR = 'Ids, tags, facts: "p1 p2", "hall=B and not fw below 2.4", "silent 2h", @set, - (stdin)'

/** Devices; without any words the command means all. */
export const selector = () => string({ description: `${SELECTOR}; else all.` })

/** Devices, as words that have to be there. */
export const someDevices = () => string({ description: `${SELECTOR}.`, required: true })

/** Devices, in a command that may be asked for something else instead. */
export const devicesOrElse = () => string({ description: `${SELECTOR}.` })

/** The name of a set of devices. */
export const keptName = custom({ helpValue: 'NAME', parse: async (text) => checkSetName(text) })
