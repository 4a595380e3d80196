import type { X509Certificate } from 'node:crypto'
import { nameText } from './name-text.ts'

/** What the device root is called, behind the fleet's name. */
export const ROOT_TITLE = 'device root'

/** The name of the fleet that a device root was made for; undefined when it is none of ours. */
export function fleetOfRoot({ subject }: X509Certificate): string | undefined {
  const name = nameText(subject)
  return name.endsWith(` ${ROOT_TITLE}`) ? name.slice(0, -ROOT_TITLE.length - 1) : undefined
}
