// The feed against a server that drops, repeats and forgets: every event once, in order, and never a silent hole.
import { describe, expect, test } from 'vitest'
import type { FeedEvent } from '../../client/core/types.ts'
import { until } from '../setup/until.ts'
import { client, fakeServer, nameOf, record, texts } from './harness.ts'

describe('the feed', () => {
  test('starts from now, says so, and goes on live', async () => {
    const server = await fakeServer()
    server.publish('maria', 'before')
    const recado = client(server)
    const seen = record(recado)
    await until('live', () => recado.state === 'live')
    server.publish('maria', 'after')
    await until('the message', () => seen.length === 2)
    expect(seen).toEqual(['CaughtUp 0', 'after'])
    expect(recado.feed.cursor).toBe(server.messages[1]?.cursor)
  })

  test('starts after a given cursor', async () => {
    const server = await fakeServer()
    const first = server.publish('maria', 'one')
    server.publish('maria', 'two')
    const seen = record(client(server, { since: first.cursor }))
    const late = record(client(server), first.cursor)
    await until('both', () => seen.length === 2 && late.length === 2)
    expect(seen).toEqual(['two', 'CaughtUp 1'])
    expect(late).toEqual(seen)
  })

  test('after a drop brings exactly what was missed, once, in order', async () => {
    const server = await fakeServer()
    const recado = client(server)
    const seen = record(recado)
    await until('live', () => recado.state === 'live')
    server.publish('maria', '0')
    await until('0', () => seen.includes('0'))
    recado.drop()
    for (let i = 1; i <= 10; i += 1) server.publish('maria', String(i))
    await until('live again', () => texts(seen).length === 11 && recado.state === 'live')
    expect(seen.slice(1)).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '10', 'CaughtUp 10'])
  })

  test('a drop before the first message loses nothing', async () => {
    const server = await fakeServer()
    server.publish('maria', 'before')
    const recado = client(server)
    const seen = record(recado)
    await until('live', () => recado.state === 'live')
    recado.drop()
    server.publish('maria', 'meanwhile')
    await until('the message', () => texts(seen).length === 1)
    expect(texts(seen)).toEqual(['meanwhile'])
    expect(server.starts).toEqual([server.messages[0]?.cursor, server.messages[0]?.cursor])
  })

  test('drops what a replay repeats', async () => {
    const server = await fakeServer()
    const recado = client(server)
    const seen = record(recado)
    await until('live', () => recado.state === 'live')
    for (const text of ['a', 'b', 'c']) server.publish('maria', text)
    await until('all three', () => texts(seen).length === 3)
    server.faults.overlap = 3
    recado.drop()
    server.publish('maria', 'd')
    await until('live again', () => seen.filter(name => name.startsWith('CaughtUp')).length === 2)
    expect(texts(seen)).toEqual(['a', 'b', 'c', 'd'])
    // Counted, for whoever wants to show it.
    expect(recado.feed.repeated).toBe(3)
  })

  test('skips ahead where it is told to, and goes on from there', async () => {
    const server = await fakeServer()
    const recado = client(server)
    const seen = record(recado)
    await until('live', () => recado.state === 'live')
    recado.unplug()
    await until('offline', () => recado.state === 'offline')
    for (const text of ['a', 'b']) server.publish('maria', text)
    const last = server.publish('maria', 'c')
    server.publish('maria', 'd')
    recado.feed.skipTo(last.cursor)
    recado.plug()
    await until('live again', () => seen.filter(name => name.startsWith('CaughtUp')).length === 2)
    server.publish('maria', 'e')
    await until('what follows', () => texts(seen).length === 2)
    expect(texts(seen)).toEqual(['d', 'e'])
  })

  test('an event of an unknown type moves the cursor and bothers nobody', async () => {
    const server = await fakeServer()
    server.faults.unknownEvents = true
    const recado = client(server)
    const seen = record(recado)
    await until('live', () => recado.state === 'live')
    expect(seen).toEqual(['CaughtUp 0'])
    const cursor = recado.feed.cursor
    expect(cursor).not.toBeNull()
    server.faults.unknownEvents = false
    recado.drop()
    await until('started again', () => server.starts.length === 2)
    expect(server.starts[1]).toBe(cursor)
  })

  test('another history is announced, and the feed goes on in it', async () => {
    const server = await fakeServer()
    server.publish('maria', 'old')
    const recado = client(server)
    const reasons: (string | undefined)[] = []
    recado.onState((_state, reason) => reasons.push(reason?.code))
    const seen = record(recado)
    await until('live', () => recado.state === 'live')
    server.forget()
    server.publish('maria', 'lost to this device, but on the page')
    await until('reset', () => seen.includes('Reset HISTORY_RESET'))
    await until('live again', () => recado.state === 'live')
    server.publish('maria', 'new')
    await until('the new one', () => seen.includes('new'))
    expect(seen).toEqual(['CaughtUp 0', 'Reset HISTORY_RESET', 'CaughtUp 0', 'new'])
    // The event says it. Nothing prevents the connection.
    expect(reasons).not.toContain('HISTORY_RESET')
  })

  test.each(['CURSOR_EXPIRED', 'CURSOR_INVALID'])(
    '%s is announced once, with the cursor it goes on from',
    async code => {
      const server = await fakeServer()
      const last = server.publish('maria', 'newest')
      server.faults.feeds.push(code)
      const recado = client(server, { since: 'whatever' })
      const events: FeedEvent[] = []
      recado.feed.subscribe(event => events.push(event))
      await until('live', () => recado.state === 'live')
      expect(events.map(nameOf)).toEqual([`Reset ${code}`, 'CaughtUp 0'])
      expect(events[0]).toEqual({ __typename: 'Reset', code, cursor: last.cursor })
    },
  )

  test('a server that refuses every cursor is not asked without end', async () => {
    const server = await fakeServer()
    server.faults.feeds.push(...Array.from({ length: 5 }, () => 'CURSOR_EXPIRED'))
    const recado = client(server, { since: 'whatever', minBackoffMs: 100, maxBackoffMs: 100 })
    const started = performance.now()
    record(recado)
    await until('live', () => recado.state === 'live')
    // The first is mended at once, the four others wait: half of the longest back-off at least.
    expect(performance.now() - started).toBeGreaterThan(195)
  })

  test('a refusal of the server is retried on the same socket, and told as the reason', async () => {
    const server = await fakeServer()
    server.faults.feeds.push('STORAGE_UNAVAILABLE', 'SUBSCRIPTION_LIMIT')
    const recado = client(server)
    const reasons: (string | undefined)[] = []
    recado.onState((_state, reason) => reasons.push(reason?.code))
    const seen = record(recado)
    await until('live', () => recado.state === 'live')
    expect(seen).toEqual(['CaughtUp 0'])
    expect(reasons).toContain('STORAGE_UNAVAILABLE')
    expect(reasons).toContain('SUBSCRIPTION_LIMIT')
    expect(reasons.at(-1)).toBeUndefined()
    expect(server.upgrades).toBe(1)
  })

  test('rests without listeners, and gives the next one what came meanwhile', async () => {
    const server = await fakeServer()
    const recado = client(server)
    const first: string[] = []
    const off = recado.feed.subscribe(event => first.push(nameOf(event)))
    await until('live', () => recado.state === 'live')
    off()
    server.publish('maria', 'meanwhile')
    const second = record(recado)
    await until('the message', () => second.length === 2)
    expect(first).toEqual(['CaughtUp 0'])
    expect(second).toEqual(['meanwhile', 'CaughtUp 1'])
  })

  test('a private message reaches its two people only', async () => {
    const server = await fakeServer()
    const [joao, ana] = [client(server), client(server, { token: 'ana' })]
    const [seenByJoao, seenByAna] = [record(joao), record(ana)]
    await until('both live', () => joao.state === 'live' && ana.state === 'live')
    server.publish('maria', 'secret', 'joao')
    server.publish('maria', 'for all')
    await until('both', () => seenByAna.includes('for all') && seenByJoao.includes('for all'))
    expect(texts(seenByJoao)).toEqual(['secret', 'for all'])
    expect(texts(seenByAna)).toEqual(['for all'])
  })
})
