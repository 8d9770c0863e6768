// Who is writing, over the wire: WebSocket, SSE and operations that can't be shared.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { codeOf, type Data, data, type Entered, enter, request } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { type Running, type StockClient, stockClient } from '../setup/stock.ts'
import { until } from '../setup/until.ts'

const TYPING = 'subscription { onTyping { from { id username online } private } }'
const SET = 'mutation ($to: String) { setTyping(to: $to) }'

let server: TestServer
const people = new Map<string, { entered: Entered; client: StockClient; typing: Running }>()

async function set(name: string, to?: string): Promise<boolean> {
  return (await data(server.graphql, SET, { token: person(name).entered.token, variables: { to } })).setTyping
}

function person(name: string) {
  const found = people.get(name)
  if (!found) throw new Error(`nobody is ${name}`)
  return found
}

const heardBy = (name: string): string[] => person(name).typing.items.map(({ onTyping }) => shown(onTyping))
const shown = (typists: Data): string =>
  typists.map((typist: Data) => `${typist.from.username}${typist.private ? ' in private' : ''}`).join(', ')

beforeAll(async () => {
  server = await startTestServer()
  for (const name of ['ana', 'bia', 'cleo', 'dora', 'eva']) {
    const entered = await enter(server.graphql, name)
    const client = stockClient(server.socket, entered.token)
    const typing = client.subscribe(TYPING)
    // Whatever comes after this one finds the subscription running.
    await client.run('{ me { id } }')
    people.set(name, { entered, client, typing })
  }
})

afterAll(async () => {
  await Promise.all([...people.values()].map(({ client }) => client.dispose()))
  await server.close()
})

describe('typing', () => {
  test('TYPING-1 TYPING-2 TYPING-3 everyone hears of it but oneself; in private, only the one whom it is for', async () => {
    expect(await set('ana')).toBe(true)
    expect(await set('bia', 'CLEO')).toBe(true)
    await until('both are heard of', () => heardBy('cleo').join().includes('bia') && heardBy('dora').length > 0)
    expect(heardBy('cleo').join(', ').split(', ').toSorted()).toEqual(['ana', 'bia in private'])
    expect(heardBy('dora')).toEqual(['ana'])
    expect(heardBy('ana')).toEqual([])
    expect(heardBy('bia')).toEqual(['ana'])
    expect(person('dora').typing.items[0]?.onTyping).toEqual([
      { from: { id: person('ana').entered.id, username: 'ana', online: true }, private: false },
    ])
  })

  test('TYPING-1 more often than once in two seconds it does nothing, and says so', async () => {
    expect(await set('dora')).toBe(true)
    // All at once: on a busy machine three in turn may take longer than that.
    const again = await Promise.all([set('dora'), set('dora', 'ana'), set('dora', 'nobody')])
    expect(again).toEqual([false, false, false])
    await until('ana hears of it', () => heardBy('ana').includes('dora'))
    expect(heardBy('ana').filter(list => list === 'dora')).toHaveLength(1)
  })

  test('TYPING-1 to nobody it is refused, and without an account', async () => {
    const result = await request(server.graphql, SET, {
      token: person('eva').entered.token,
      variables: { to: 'nobody' },
    })
    expect(codeOf(result)).toBe('UNKNOWN_RECIPIENT')
    expect(codeOf(await request(server.graphql, SET))).toBe('UNAUTHENTICATED')
    const stranger = stockClient(server.socket, null)
    const typing = stranger.subscribe(TYPING)
    await until('the refusal', () => typing.failure)
    expect(JSON.stringify(typing.failure)).toContain('UNAUTHENTICATED')
    await stranger.dispose()
  })

  test('TYPING-2 it comes over SSE too, and for an operation that can not be shared', async () => {
    const { entered, client } = person('eva')
    const stop = new AbortController()
    const stream = await fetch(server.graphql, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'text/event-stream',
        authorization: `Bearer ${entered.token}`,
      },
      body: JSON.stringify({ query: TYPING }),
      signal: stop.signal,
    })
    let text = ''
    const reading = (async () => {
      for await (const part of stream.body ?? []) text += Buffer.from(part).toString()
    })().catch(() => {})
    const unshared = client.subscribe('subscription { onTyping @include(if: true) { from { username } private } }')
    await client.run('{ me { id } }')
    await until('word from ana', async () => {
      await set('ana')
      return text.includes('"username":"ana"') && (unshared.items.length > 0 || unshared.failure)
    })
    expect(unshared.failure).toBeNull()
    expect(unshared.items[0]?.onTyping).toEqual([{ from: { username: 'ana' }, private: false }])
    expect(text).toContain('"private":false')
    expect(text).not.toContain('id:')
    stop.abort()
    await reading
    unshared.stop()
  })

  test('TYPING-3 nothing of it is in the log', async () => {
    const { messages } = await data(server.graphql, '{ messages { nodes { text } } }', {
      token: person('ana').entered.token,
    })
    expect(messages.nodes).toEqual([])
  })
})
