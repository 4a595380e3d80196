import { expect, test } from 'vitest'
import type { DeviceListing } from '../../src/lib/fleet/list-devices.ts'
import { TestFleet } from '../support/fleet.ts'
import { hasTerminal, typeAnswers } from '../support/typist.ts'

test.skipIf(!hasTerminal)(
  'a screen gets 200 devices and is told of the others, a pipe gets all',
  async () => {
    await using fleet = await TestFleet.make({ broker: 'external' })
    await fleet.json('device', 'provision', '--count', '210', '--prefix', 'm', '--packs')
    const { code, text } = await typeAnswers(['device', 'list', '--fleet', fleet.folder], [])
    expect(code).toBe(0)
    expect(text.match(/^m-\d{4} /gm)).toHaveLength(200)
    expect(text).toMatch(/^The first 200 of 210 devices\. All: --limit 210, or --json for programs\.\r?$/m)
    expect((await fleet.run('device', 'list')).stdout.match(/^m-\d{4} /gm)).toHaveLength(210)
    expect((await fleet.json<DeviceListing>('device', 'list')).devices).toHaveLength(210)
  },
)
