// Presence of one node: an account is online while any of its connections is there.
import { expect, it, onTestFinished, vi } from 'vitest'
import { createPresence } from '../../server/feed/presence.ts'

const JOAO = { id: 'joao', username: 'João' }

it('a connection that says twice that it has gone is not counted as two', async () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const gone: string[] = []
  const presence = createPresence({ onGone: accountId => gone.push(accountId), graceMs: 100, batchMs: 50 })
  const [phone, tab] = [presence.connect(JOAO), presence.connect(JOAO)]
  phone.leave()
  phone.leave()
  await vi.advanceTimersByTimeAsync(1_000)
  expect(presence.isOnline('joao')).toBe(true)
  tab.leave()
  await vi.advanceTimersByTimeAsync(1_000)
  expect(presence.isOnline('joao')).toBe(false)
  expect(gone).toEqual(['joao'])
})

it('a connection of an account that was forgotten changes nothing of the one that comes later under its id', async () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const presence = createPresence({ onGone() {}, graceMs: 100, batchMs: 50 })
  const before = presence.connect(JOAO)
  presence.forget('joao')
  presence.connect(JOAO)
  before.leave()
  await vi.advanceTimersByTimeAsync(1_000)
  expect(presence.isOnline('joao')).toBe(true)
})
