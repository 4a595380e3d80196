import { assert, property, string } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MosquittoLog } from '../../../../src/lib/broker/mosquitto/log.ts'

/** As mosquitto 2.0.11 writes it. */
const CONNECTED = [
  '2026-11-25T13:54:35: New connection from 127.0.0.1:49002 on port 8883.',
  "2026-11-25T13:54:35: New client connected from 127.0.0.1:49002 as pump-1 (p2, c1, k30, u'pump-1').",
]
const STAFF = [
  '2026-11-25T13:54:37: New connection from ::1:54758 on port 8884.',
  "2026-11-25T13:54:37: New client connected from ::1:54758 as op.alice-1 (p2, c1, k30, u'op.alice').",
]
const read = (lines: readonly string[], log = new MosquittoLog(8883)) =>
  lines.map((line) => log.take(line)).filter((entry) => entry !== undefined)

describe('the log of mosquitto', () => {
  test('says who comes, by which listener and certificate, and who goes', () => {
    const log = new MosquittoLog(8883)
    expect(read([...CONNECTED, ...STAFF], log)).toEqual([
      { event: 'connected', client: 'pump-1', kind: 'device' },
      { event: 'connected', client: 'op.alice', kind: 'staff' },
    ])
    expect(log.live().map(({ clientId }) => clientId)).toEqual(['pump-1', 'op.alice-1'])
    expect(read(['1795614875: Client op.alice-1 disconnected.'], log)).toEqual([
      { event: 'disconnected', client: 'op.alice', kind: 'staff', reason: 'goodbye' },
    ])
    expect(log.live().map(({ name }) => name)).toEqual(['pump-1'])
  })

  test.each([
    ['disconnected.', 'goodbye'],
    ['closed its connection.', 'lost'],
    ['has exceeded timeout, disconnecting.', 'keep-alive'],
    ['already connected, closing old connection.', 'taken-over'],
    ['disconnected due to protocol error.', 'protocol'],
  ])('a client "%s" is gone, and why: %s', (words, reason) => {
    expect(read([...CONNECTED, `2026-11-25T13:54:36: Client pump-1 ${words}`])).toContainEqual({
      event: 'disconnected',
      client: 'pump-1',
      kind: 'device',
      reason,
    })
  })

  test('gives a refused handshake the address that it came from', () => {
    const lines = [
      ...CONNECTED,
      '2026-11-25T13:54:36: New connection from 10.0.0.9:49008 on port 8883.',
      '2026-11-25T13:54:36: OpenSSL Error[0]: error:0A000086:SSL routines::certificate verify failed',
      '2026-11-25T13:54:36: Client <unknown> disconnected: Protocol error.',
    ]
    expect(read(lines).at(-1)).toEqual({
      ...{
        event: 'refused',
        identity: '10.0.0.9',
        reason: 'bad-certificate',
        address: '10.0.0.9',
        source: 'log',
      },
    })
  })

  test.each([
    ['error:0A000086:SSL routines::certificate verify failed.', 'bad-certificate'],
    ['error:0A0000C7:SSL routines::peer did not return a certificate.', 'no-certificate'],
    ['error:0A00009C:SSL routines::http request.', 'protocol'],
  ])('gives a handshake that failed at once its reason: %s', (why, reason) => {
    const line = `2026-11-25T13:54:36: Client connection from 10.0.0.9 failed: ${why}`
    expect(read([line])).toEqual([
      { event: 'refused', identity: '10.0.0.9', reason, address: '10.0.0.9', source: 'log' },
    ])
  })

  test.each([
    ['127.0.0.1', 0],
    ['10.0.0.9', 1],
  ])('who left from %s in the middle of a handshake counts %i times as turned away', (address, count) => {
    const eof = 'error:0A000126:SSL routines::unexpected eof while reading'
    const at = '2026-11-25T20:53:49'
    expect(read([`${at}: Client connection from ${address} failed: ${eof}.`])).toHaveLength(count)
    const later = [
      `${at}: New connection from ${address}:49008 on port 8884.`,
      `${at}: OpenSSL Error[0]: ${eof}`,
      `${at}: Client <unknown> closed its connection.`,
    ]
    expect(read(later)).toHaveLength(count)
  })

  test('when the process ends, everybody is gone', () => {
    const log = new MosquittoLog(8883)
    read([...CONNECTED, ...STAFF], log)
    expect(log.ended().map(({ event }) => event)).toEqual(['disconnected', 'disconnected'])
    expect(log.live()).toEqual([])
  })

  test('says when it listens, when it reads its rules again, and what went wrong', () => {
    const lines = ['mosquitto version 2.0.11 running', 'Reloading config.', 'Error: Address already in use']
    expect(read(lines.map((line) => `2026-11-25T13:54:35: ${line}`))).toEqual([
      { entry: 'running' },
      { entry: 'reloading' },
      { entry: 'error', message: 'Address already in use' },
    ])
  })

  test('what is not understood says nothing', () => {
    assert(
      property(string(), (line) => {
        expect(new MosquittoLog(8883).take(`2026-11-25T13:54:35: Whatever ${line}`)).toBeUndefined()
      }),
    )
  })
})
