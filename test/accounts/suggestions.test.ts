// Free names for whoever typed one that can't be had: on the real store.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createLimiter } from '../../server/accounts/limiter.ts'
import { candidatesOf, createSuggestions } from '../../server/accounts/suggestions.ts'
import { randomId } from '../../server/domain/message.ts'
import { parseUsername } from '../../server/domain/username.ts'
import { openTestStore, type TestStore } from './support.ts'

let opened: TestStore
const limiter = createLimiter({ sendsPerSecond: 0, searchesPerSecond: 0, enterPerMinute: 0, newNamesPerHour: 0 })
const ADDRESS = '192.0.2.1'

beforeEach(async () => {
  opened = await openTestStore()
})
afterEach(() => opened.close())

async function claim(username: string): Promise<void> {
  const name = parseUsername(username)
  await opened.store.claim({ id: randomId(), ...name, passwordHash: null, createdAt: 1 })
}

describe('candidates', () => {
  it.each([
    ['joao', 'joao2'],
    ['João', 'João2'],
    ['joão silva', 'joão_silva'],
    ['  ana  ', 'ana'],
    ['ana@example.com', 'ana'],
    ['_x', 'x'],
    ['a\u200bna\u202e', 'ana'],
    ['ana😀', 'ana'],
    ['太郎', '太郎2'],
    ['محمد', 'محمد2'],
    ['j\u043eana', 'jana'],
    ['x'.repeat(40), 'x'.repeat(32)],
    ['x'.repeat(32), `${'x'.repeat(31)}2`],
  ])('of %s begin with %s', (typed, first) => {
    expect(candidatesOf(typed)[0]?.username).toBe(first)
  })

  it.each(['', '!!!', '___', '\u202e', '\ud800', '\0'])('of %j there are none', typed => {
    expect(candidatesOf(typed)).toEqual([])
  })

  it('are names that anybody could have, few, and no two of them mistaken for each other', () => {
    for (const typed of ['joao', 'ill', 'x'.repeat(60_000), 'a b '.repeat(5_000), 'é'.repeat(31)]) {
      const candidates = candidatesOf(typed)
      expect(candidates.length).toBeGreaterThan(5)
      expect(candidates.length).toBeLessThanOrEqual(20)
      for (const { username } of candidates) expect(parseUsername(username).username).toBe(username)
      expect(new Set(candidates.map(({ skeleton }) => skeleton)).size).toBe(candidates.length)
    }
  })
})

describe('suggestions', () => {
  it('are five at most, free at this moment, and leave out what only looks free', async () => {
    await claim('joao')
    const suggest = createSuggestions({ store: opened.store, limiter })
    expect(await suggest('joao', ADDRESS)).toEqual(['joao2', 'joao3', 'joao_2', 'joao.2', 'joao-2'])
    await claim('JOÃO2')
    await claim('joao_2')
    const left = await suggest('joao', ADDRESS)
    expect(left).toHaveLength(5)
    expect(left.slice(0, 3)).toEqual(['joao3', 'joao.2', 'joao-2'])
    for (const username of left) await claim(username)
    const others = await suggest('joao', ADDRESS)
    expect(others.filter(name => left.includes(name))).toEqual([])
    expect(others.length).toBeGreaterThan(0)
  })

  it('ask the store once, are limited by address, and are none when the store fails', async () => {
    const areFree = vi.fn(opened.store.areFree)
    const suggest = createSuggestions({
      store: { areFree },
      limiter: createLimiter({
        sendsPerSecond: 0,
        searchesPerSecond: 0,
        enterPerMinute: 0,
        newNamesPerHour: 0,
        clock: () => 0,
      }),
    })
    for (let n = 0; n < 30; n++) expect(await suggest('joao', ADDRESS)).toHaveLength(5)
    expect(areFree).toHaveBeenCalledTimes(30)
    expect(await suggest('joao', ADDRESS)).toEqual([])
    expect(areFree).toHaveBeenCalledTimes(30)
    expect(await suggest('joao', '192.0.2.2')).toHaveLength(5)
    areFree.mockRejectedValueOnce(new Error('away'))
    expect(await suggest('joao', '192.0.2.2')).toEqual([])
  })
})
