// Lists of devices on their way to a reader that can't keep up: it gets the newest one, in order, and nothing twice.
import { expect, test } from 'vitest'
import type { Device, DevicesListener } from '../../server/accounts/devices.ts'
import { sessionsSource } from '../../server/transport/sessions-source.ts'
import { watchState } from '../../server/transport/state-watch.ts'

const VIEWER = { account: { id: 'a', username: 'ana' }, sessionId: 's1', via: 'token' } as const
const deviceOf = (id: string): Device => ({ id, device: '?', createdAt: 1, lastUsedAt: 1, online: false })

function setUp() {
  const told: string[] = []
  let tell: DevicesListener = () => {}
  let stopped = false
  const sink = { congested: false, deliverValue: (payload: Buffer) => void told.push(String(payload)) }
  const devices = {
    watch(_: string, listener: DevicesListener) {
      tell = listener
      return () => {
        stopped = true
      }
    },
  }
  const encode = (list: readonly Device[]) => Buffer.from(list.map(({ id }) => id).join(' '))
  const fail = (error: unknown) => {
    throw error
  }
  const watch = watchState({ source: sessionsSource(devices, VIEWER), encode, sink, onError: fail, onRefused: fail })
  const settle = () => new Promise(resolve => setImmediate(resolve))
  return { told, sink, watch, settle, tell: (...ids: string[]) => tell(ids.map(deviceOf)), isStopped: () => stopped }
}

test('a reader that drains gets the newest list, once', async () => {
  const { told, sink, watch, settle, tell } = setUp()
  tell('1')
  await settle()
  sink.congested = true
  tell('1', '2')
  tell('1', '2', '3')
  await settle()
  expect(told).toEqual(['1'])
  sink.congested = false
  watch.resume()
  watch.resume()
  await settle()
  expect(told).toEqual(['1', '1 2 3'])
})

test('a list that waited is not sent after a newer one', async () => {
  const { told, sink, watch, settle, tell } = setUp()
  sink.congested = true
  tell('1')
  sink.congested = false
  tell('1', '2')
  watch.resume()
  await settle()
  expect(told).toEqual(['1 2'])
})

test('nothing is sent once it is closed', async () => {
  const { told, watch, settle, tell, isStopped } = setUp()
  tell('1')
  watch.close()
  await settle()
  expect([told, isStopped()]).toEqual([[], true])
})
