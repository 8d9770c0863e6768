// Sends over the wire: idempotent by nonce whatever has changed since, limited, and what each kind of failure says.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { codeOf, data, type Entered, enter, send, trySend } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { EVENTS, live, stockClient, textsOf } from '../setup/stock.ts'
import { until } from '../setup/until.ts'

let server: TestServer
let ana: Entered

beforeAll(async () => {
  server = await startTestServer()
  ana = await enter(server.graphql, 'ana')
})

afterAll(async () => {
  await server.close()
})

describe('sending', () => {
  test('SEND-1 the digest is of the arguments as they came: another spelling is another send, a default is none', async () => {
    await enter(server.graphql, 'bia')
    const first = await send(server.graphql, ana.token, { text: '/msg bia oi', nonce: 'n1' })
    expect(await send(server.graphql, ana.token, { text: '/msg bia oi', nonce: 'n1', plain: false })).toEqual(first)
    for (const other of [
      { text: '/msg bia oi ' },
      { text: '/msg BIA oi' },
      { text: '/w bia oi' },
      { text: 'oi', to: 'bia' },
      { text: '/msg bia oi', plain: true },
    ]) {
      const result = await trySend(server.graphql, ana.token, { ...other, nonce: 'n1' })
      expect([other, codeOf(result)]).toEqual([other, 'NONCE_REUSED'])
    }
    const { messages } = await data(server.graphql, '{ messages { nodes { text } } }', { token: ana.token })
    expect(messages.nodes).toEqual([{ text: 'oi' }])
  })

  test('SEND-2 a repeat is answered though the recipient is gone since, the rate is used up, or the text would be refused', async () => {
    const strict = await startTestServer({ SENDS_PER_SECOND: '1' })
    const sender = await enter(strict.graphql, 'sender')
    const gone = await enter(strict.graphql, 'gone')
    const first = await send(strict.graphql, sender.token, { text: '/msg gone oi', nonce: 'kept' })
    await data(strict.graphql, 'mutation { deleteAccount }', { token: gone.token })
    expect(await send(strict.graphql, sender.token, { text: '/msg gone oi', nonce: 'kept' })).toEqual(first)
    expect(codeOf(await trySend(strict.graphql, sender.token, { text: '/msg gone oi', nonce: 'new' }))).toBe(
      'UNKNOWN_RECIPIENT',
    )
    let refused = null
    for (let i = 0; i < 10 && refused === null; i++) {
      refused = codeOf(await trySend(strict.graphql, sender.token, { text: `fill ${i}` }))
    }
    expect(refused).toBe('RATE_LIMITED')
    for (let i = 0; i < 20; i++) {
      expect(await send(strict.graphql, sender.token, { text: '/msg gone oi', nonce: 'kept' })).toEqual(first)
    }
    const reused = await trySend(strict.graphql, sender.token, { text: '/nonsense', nonce: 'kept' })
    expect(codeOf(reused)).toBe('NONCE_REUSED')
    await strict.close()
  })

  test('SEND-3 a refused send does not use its nonce up', async () => {
    expect(codeOf(await trySend(server.graphql, ana.token, { text: '', nonce: 'retry' }))).toBe('TEXT_EMPTY')
    expect(codeOf(await trySend(server.graphql, ana.token, { text: 'x', to: 'nobody', nonce: 'retry' }))).toBe(
      'UNKNOWN_RECIPIENT',
    )
    expect((await send(server.graphql, ana.token, { text: 'now it is good', nonce: 'retry' })).text).toBe(
      'now it is good',
    )
  })

  test('SEND-6 over the rate a send is RATE_LIMITED, and after retryAfterMs it is taken', async () => {
    const strict = await startTestServer({ SENDS_PER_SECOND: '5' })
    const { token } = await enter(strict.graphql, 'ana')
    const results = await Promise.all(
      Array.from({ length: 40 }, (_, i) => trySend(strict.graphql, token, { text: `${i}` })),
    )
    const taken = results.filter(result => !result.errors).length
    expect(taken).toBeGreaterThanOrEqual(15)
    expect(taken).toBeLessThanOrEqual(25)
    const refused = results.find(result => result.errors)
    expect(refused && codeOf(refused)).toBe('RATE_LIMITED')
    const waits = results.flatMap(({ errors }) => Number(errors?.[0]?.extensions?.retryAfterMs ?? []))
    expect(Math.max(...waits)).toBeLessThanOrEqual(1_000)
    const last = await trySend(strict.graphql, token, { text: 'still too soon' })
    if (last.errors) {
      await new Promise(resolve => setTimeout(resolve, Number(last.errors?.[0]?.extensions?.retryAfterMs)))
      expect(codeOf(await trySend(strict.graphql, token, { text: 'in time' }))).toBeNull()
    }
    const other = await enter(strict.graphql, 'bia')
    expect(codeOf(await trySend(strict.graphql, other.token, { text: 'another account' }))).toBeNull()
    await strict.close()
  })

  test('SEND-7 whoever waits for each acknowledgement has its own order in the log', async () => {
    const device = stockClient(server.socket, ana.token)
    const feed = device.subscribe(EVENTS)
    await live(feed)
    for (let i = 0; i < 50; i++) await device.send({ text: `in order ${i}` })
    await until('all of them', () => textsOf(feed).length === 50)
    expect(textsOf(feed)).toEqual(Array.from({ length: 50 }, (_, i) => `in order ${i}`))
    await device.dispose()
  })

  test('SEND-1 a nonce is the account’s own: another one, and the next owner of the name, send anew', async () => {
    const before = await enter(server.graphql, 'carla')
    const other = await enter(server.graphql, 'dora')
    const variables = { text: 'same words', nonce: 'same nonce' }
    const ids = new Set([
      (await send(server.graphql, before.token, variables)).id,
      (await send(server.graphql, other.token, variables)).id,
    ])
    await data(server.graphql, 'mutation { deleteAccount }', { token: before.token })
    ids.add((await send(server.graphql, (await enter(server.graphql, 'carla')).token, variables)).id)
    expect(ids.size).toBe(3)
  })
})
