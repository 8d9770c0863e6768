// Who is writing, on one node: who hears of it, how often, and how much of it.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createLocalBus } from '../../server/bus/local.ts'
import type { AccountRef } from '../../server/domain/entry.ts'
import { createTyping, type Typing } from '../../server/feed/typing.ts'

const person = (id: string): AccountRef => ({ id, username: `n-${id}` })
const [ANA, BIA, CLEO] = [person('ana'), person('bia'), person('cleo')]

let typing: Typing
let heard: Map<string, string[]>

function watch(account: AccountRef): () => void {
  const lists: string[] = []
  heard.set(account.id, lists)
  return typing.watch(account.id, typists => {
    lists.push(typists.map(typist => `${typist.from.id}${typist.private ? ' in private' : ''}`).join(', '))
  })
}

beforeEach(() => {
  vi.useFakeTimers()
  heard = new Map()
  typing = createTyping({ bus: createLocalBus() })
})

afterEach(() => {
  typing.close()
  vi.useRealTimers()
})

describe('word of who is writing', () => {
  it('goes at once to everyone who watches but the one who writes', async () => {
    for (const account of [ANA, BIA, CLEO]) watch(account)
    typing.tell(ANA, null)
    await vi.advanceTimersByTimeAsync(1)
    expect(Object.fromEntries(heard)).toEqual({ ana: [], bia: ['ana'], cleo: ['ana'] })
  })

  it('in private goes to the one whom it is for', async () => {
    for (const account of [ANA, BIA, CLEO]) watch(account)
    typing.tell(ANA, BIA)
    typing.tell(CLEO, CLEO)
    await vi.advanceTimersByTimeAsync(1)
    expect(Object.fromEntries(heard)).toEqual({ ana: [], bia: ['ana in private'], cleo: [] })
  })

  it('comes at most once a second, all of it in one list', async () => {
    for (const account of [ANA, BIA, CLEO]) watch(account)
    typing.tell(ANA, null)
    await vi.advanceTimersByTimeAsync(1)
    typing.tell(ANA, CLEO)
    typing.tell(BIA, null)
    await vi.advanceTimersByTimeAsync(500)
    typing.tell(ANA, null)
    await vi.advanceTimersByTimeAsync(600)
    expect(heard.get('cleo')).toEqual(['ana', 'ana in private, bia, ana'])
    expect(heard.get('bia')).toEqual(['ana', 'ana'])
    await vi.advanceTimersByTimeAsync(10_000)
    expect(heard.get('cleo')).toHaveLength(2)
  })

  it('is of twenty who write to everyone at most, and of twenty who write to one', async () => {
    watch(BIA)
    for (let n = 0; n < 1_000; n++) {
      typing.tell(person(`p${n}`), null)
      typing.tell(person(`q${n}`), BIA)
    }
    await vi.advanceTimersByTimeAsync(1)
    const [list = ''] = heard.get('bia') ?? []
    expect(list.match(/p\d+/g)).toHaveLength(20)
    expect(list.match(/q\d+ in private/g)).toHaveLength(20)
  })

  it('is the same object for all who get the same, so that it is encoded once', async () => {
    const lists: unknown[] = []
    for (const account of [BIA, CLEO]) typing.watch(account.id, typists => void lists.push(typists))
    typing.tell(ANA, null)
    await vi.advanceTimersByTimeAsync(1)
    expect(lists).toHaveLength(2)
    expect(lists[0]).toBe(lists[1])
  })

  it('is not of what was before, and ends with the watching', async () => {
    typing.tell(ANA, null)
    await vi.advanceTimersByTimeAsync(1)
    const stop = watch(BIA)
    await vi.advanceTimersByTimeAsync(5_000)
    expect(heard.get('bia')).toEqual([])
    stop()
    stop()
    typing.tell(ANA, BIA)
    await vi.advanceTimersByTimeAsync(5_000)
    expect(heard.get('bia')).toEqual([])
  })

  it('is taken of an account once in two seconds', async () => {
    expect([typing.admit('ana'), typing.admit('ana'), typing.admit('bia')]).toEqual([true, false, true])
    await vi.advanceTimersByTimeAsync(1_999)
    expect(typing.admit('ana')).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect([typing.admit('ana'), typing.admit('ana')]).toEqual([true, false])
  })

  it('reaches the others when one watcher fails', async () => {
    const errors: unknown[] = []
    typing.close()
    typing = createTyping({ bus: createLocalBus(), onError: error => void errors.push(error) })
    typing.watch('bia', () => {
      throw new Error('broken')
    })
    watch(CLEO)
    typing.tell(ANA, null)
    await vi.advanceTimersByTimeAsync(1)
    expect(heard.get('cleo')).toEqual(['ana'])
    expect(errors).toEqual([new Error('broken')])
  })
})
