// The list of an account's devices as it changes: told whole, in order, to each who watches, and not too often.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createDevices, type Device, type DevicesOptions } from '../../server/accounts/devices.ts'
import { createSessions, type Sessions } from '../../server/accounts/sessions.ts'
import { Refusal } from '../../server/domain/errors.ts'
import { randomId } from '../../server/domain/message.ts'
import { until } from '../setup/until.ts'
import { openTestStore, type TestStore } from './support.ts'

let opened: TestStore
let sessions: Sessions
const connected = new Set<string>()
const onError = vi.fn()
const stops: (() => void)[] = []

beforeEach(async () => {
  opened = await openTestStore()
  sessions = createSessions({ store: opened.store, sessionDays: 180 })
})
afterEach(async () => {
  for (const stop of stops.splice(0)) stop()
  connected.clear()
  onError.mockClear()
  await opened.close()
})

function devicesOf(options: Partial<DevicesOptions> = {}) {
  return createDevices({ sessions, isConnected: id => connected.has(id), paceMs: 30, onError, ...options })
}

async function account(username: string): Promise<string> {
  const id = randomId()
  await opened.store.claim({ id, username, key: username, skeleton: username, passwordHash: null, createdAt: 1 })
  return id
}

/** Every list that was told, as the ids in it. */
function watch(devices: ReturnType<typeof devicesOf>, accountId: string): string[][] {
  const told: string[][] = []
  stops.push(devices.watch(accountId, list => told.push(list.map(({ id }) => id).sort())))
  return told
}

describe('a list', () => {
  it('has what devices may see, and says of one that is connected that it is used now', async () => {
    const joao = await account('joao')
    const { sessionId } = await sessions.create(joao, 'Chrome · Linux')
    const [session] = await sessions.list(joao)
    const createdAt = session?.createdAt ?? 0
    const devices = devicesOf({ clock: () => createdAt + 5_000 })
    const entry = { id: sessionId, device: 'Chrome · Linux', createdAt }
    expect(await devices.list(joao)).toEqual([{ ...entry, lastUsedAt: createdAt, online: false }])
    connected.add(sessionId)
    expect(await devices.list(joao)).toEqual([{ ...entry, lastUsedAt: createdAt + 5_000, online: true }])
  })
})

describe('whoever watches', () => {
  it('is told the whole list, and again when a session was made or has ended; others’ change nothing', async () => {
    const [joao, maria] = [await account('joao'), await account('maria')]
    const [first, hers] = [await sessions.create(joao), await sessions.create(maria)]
    const devices = devicesOf()
    const [told, other] = [watch(devices, joao), watch(devices, maria)]
    await until('the first lists', () => told.length === 1 && other.length === 1)
    const second = await sessions.create(joao)
    const both = [first.sessionId, second.sessionId].sort()
    await until('the second device', () => told.length === 2)
    await sessions.end(first.sessionId, joao)
    await until('its end', () => told.length === 3)
    await sessions.endAll(joao)
    await until('the end of all', () => told.length === 4)
    expect(told).toEqual([[first.sessionId], both, [second.sessionId], []])
    expect(other).toEqual([[hers.sessionId]])
  })

  it('is told of many changes together, the last one among them', async () => {
    const joao = await account('joao')
    const devices = devicesOf({ paceMs: 300 })
    const told = watch(devices, joao)
    await until('the first list', () => told.length === 1)
    const made = await Promise.all(Array.from({ length: 40 }, () => sessions.create(joao)))
    await until('all', () => told.at(-1)?.length === 40)
    expect(told.length).toBeLessThan(8)
    await Promise.all(made.slice(1).map(({ sessionId }) => sessions.end(sessionId, joao)))
    await until('the last', () => told.at(-1)?.length === 1)
    expect(told.length).toBeLessThan(14)
  })

  it('late gets a list of its own at once, and those before it are not told the same again', async () => {
    const joao = await account('joao')
    await sessions.create(joao)
    const devices = devicesOf({ paceMs: 60_000 })
    const early = watch(devices, joao)
    await until('the first list', () => early.length === 1)
    const late = watch(devices, joao)
    await until('its first list', () => late.length === 1)
    expect(early).toHaveLength(1)
  })

  it('is told nothing more once it has stopped', async () => {
    const joao = await account('joao')
    const devices = devicesOf()
    const [told, other] = [watch(devices, joao), watch(devices, joao)]
    await until('the first lists', () => told.length === 1 && other.length === 1)
    stops.shift()?.()
    await sessions.create(joao)
    await until('the other', () => other.length === 2)
    expect(told).toHaveLength(1)
  })

  it('hears of a change that came while the list was being read', async () => {
    const joao = await account('joao')
    const held = Promise.withResolvers<void>()
    let reads = 0
    const devices = devicesOf({
      sessions: {
        ...sessions,
        async list(accountId) {
          const list = await sessions.list(accountId)
          if (reads++ === 0) await held.promise
          return list
        },
      },
    })
    const told = watch(devices, joao)
    await until('the read', () => reads === 1)
    const { sessionId } = await sessions.create(joao)
    held.resolve()
    await until('the change', () => told.length === 2)
    expect(told).toEqual([[], [sessionId]])
  })

  it('gets its list when the store is back', async () => {
    const joao = await account('joao')
    let failing = true
    const devices = devicesOf({
      sessions: {
        ...sessions,
        list: id => (failing ? Promise.reject(new Refusal('STORAGE_UNAVAILABLE')) : sessions.list(id)),
      },
    })
    const told = watch(devices, joao)
    await until('the failure', () => onError.mock.calls.length > 1)
    expect(told).toEqual([])
    failing = false
    await until('the list', () => told.length === 1)
  })

  it('is read for anew when changes of anybody may have been missed', async () => {
    const joao = await account('joao')
    const gaps: ((accountIds: readonly string[] | null) => void)[] = []
    let list: Device[] = []
    const devices = devicesOf({
      sessions: {
        list: async () => list.map(device => ({ ...device, accountId: joao, expiresAt: 0 })),
        onChanged: listener => {
          gaps.push(listener)
          return () => {}
        },
      },
    })
    const told = watch(devices, joao)
    await until('the first list', () => told.length === 1)
    list = [{ id: 's', device: '?', createdAt: 1, lastUsedAt: 1, online: false }]
    for (const gap of gaps) gap(null)
    await until('the next', () => told.length === 2)
  })
})
