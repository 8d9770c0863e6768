// Names, passwords, several devices, leaving, deleting: what `enter` promises, over the wire.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openRawSocket } from '../setup/raw-socket.ts'
import { codeOf, data, enter, request, send } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { EVENTS, live, stockClient, textsOf } from '../setup/stock.ts'
import { until } from '../setup/until.ts'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
})

afterAll(async () => {
  await server.close()
})

const ENTER =
  'mutation ($n: String!, $p: String) { enter(username: $n, password: $p) { token expiresAt me { id username } } }'

async function tryEnter(n: string, p?: string): Promise<string | null> {
  return codeOf(await request(server.graphql, ENTER, { variables: { n, p } }))
}

describe('entering', () => {
  test('ENTER-1 a free name is claimed, with or without a password; a taken one is entered with its password', async () => {
    const { enter: entered } = await data(server.graphql, ENTER, { variables: { n: 'Ana' } })
    expect(entered.me.username).toBe('Ana')
    expect(entered.token).toMatch(/^\S{32,}$/)
    expect(entered.expiresAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    const first = await enter(server.graphql, 'Bia', 'a good password')
    const second = await enter(server.graphql, 'BIA', 'a good password')
    expect(second).toEqual({ token: second.token, id: first.id, username: 'Bia' })
    expect(second.token).not.toBe(first.token)
    for (const { token } of [first, second]) {
      expect((await data(server.graphql, '{ me { username } }', { token })).me).toEqual({ username: 'Bia' })
    }
  })

  test('ENTER-1 a password that is added later opens the name to other devices; changing it needs the present one', async () => {
    const { token } = await enter(server.graphql, 'later')
    const SET = 'mutation ($p: String!, $c: String) { setPassword(password: $p, current: $c) }'
    expect(await tryEnter('later', 'first password')).toBe('USERNAME_TAKEN')
    await data(server.graphql, SET, { token, variables: { p: 'first password' } })
    expect(await tryEnter('later', 'first password')).toBeNull()
    const wrong = await request(server.graphql, SET, {
      token,
      variables: { p: 'second password', c: 'wrong password' },
    })
    expect(codeOf(wrong)).toBe('PASSWORD_INVALID')
    await data(server.graphql, SET, { token, variables: { p: 'second password', c: 'first password' } })
    expect(await tryEnter('later', 'first password')).toBe('USERNAME_TAKEN')
    expect(await tryEnter('later', 'second password')).toBeNull()
  })

  test('ENTER-2 a wrong password and a missing one are both USERNAME_TAKEN, whether the account has one or not', async () => {
    await enter(server.graphql, 'with', 'a good password')
    await enter(server.graphql, 'without')
    const messages = new Set<string>()
    for (const name of ['with', 'without']) {
      for (const password of [undefined, 'a wrong password']) {
        const result = await request(server.graphql, ENTER, { variables: { n: name, p: password } })
        expect([name, password, codeOf(result)]).toEqual([name, password, 'USERNAME_TAKEN'])
        messages.add(String(result.errors?.[0]?.message))
      }
    }
    expect(messages.size).toBe(1)
  })

  test('ENTER-2 the time of a refusal does not tell whether the account has a password', async () => {
    await enter(server.graphql, 'timed1', 'a good password')
    await enter(server.graphql, 'timed2')
    const times: Record<string, number[]> = { timed1: [], timed2: [] }
    for (let round = 0; round < 15; round++) {
      for (const name of ['timed1', 'timed2']) {
        const started = performance.now()
        await tryEnter(name, 'a wrong password')
        times[name]?.push(performance.now() - started)
      }
    }
    const [a = 0, b = 0] = Object.values(times).map(list => list.toSorted((x, y) => x - y)[7])
    expect(Math.max(a, b) / Math.min(a, b)).toBeLessThan(2)
  })

  test('ENTER-1 two hundred who claim one name at once: one has it', async () => {
    const codes = await Promise.all(Array.from({ length: 200 }, () => tryEnter('contested')))
    expect(codes.filter(code => code === null).length).toBe(1)
    expect(new Set(codes.filter(code => code !== null))).toEqual(new Set(['USERNAME_TAKEN']))
  })

  test('ENTER-6 after deleteAccount the name is free, and its next owner sees nothing of the former one', async () => {
    const before = await enter(server.graphql, 'carla', 'a good password')
    const friend = await enter(server.graphql, 'friend')
    await send(server.graphql, before.token, { text: 'private of the first carla', to: 'friend' })
    await send(server.graphql, friend.token, { text: 'to the first carla', to: 'carla' })
    const REMOVE = 'mutation ($p: String) { deleteAccount(password: $p) }'
    expect(codeOf(await request(server.graphql, REMOVE, { token: before.token }))).toBe('PASSWORD_INVALID')
    await data(server.graphql, REMOVE, { token: before.token, variables: { p: 'a good password' } })

    expect(codeOf(await request(server.graphql, '{ messages { nodes { id } } }', { token: before.token }))).toBe(
      'UNAUTHENTICATED',
    )
    const unknown = await request(server.graphql, 'mutation { sendMessage(text: "x", to: "carla") { id } }', {
      token: friend.token,
    })
    expect(codeOf(unknown)).toBe('UNKNOWN_RECIPIENT')

    const after = await enter(server.graphql, 'carla')
    expect(after.id).not.toBe(before.id)
    const PRIVATE = '{ messages(scope: PRIVATE) { nodes { text from { id } to { id deletedAt } } } }'
    expect((await data(server.graphql, PRIVATE, { token: after.token })).messages.nodes).toEqual([])
    const kept = (await data(server.graphql, PRIVATE, { token: friend.token })).messages.nodes
    expect(kept.map(({ text }: { text: string }) => text)).toEqual(['private of the first carla', 'to the first carla'])
    expect(kept[1].to).toEqual({ id: before.id, deletedAt: expect.any(String) })
  })

  test('ENTER-7 CLOSE-2 leave is answered, then ends this session’s sockets with 4403 within a second, and no other’s', async () => {
    const phone = await enter(server.graphql, 'dora', 'a good password')
    const laptop = await enter(server.graphql, 'dora', 'a good password')
    const closes: number[] = []
    const on = { closed: (event: unknown) => closes.push((event as CloseEvent).code) }
    const leaving = stockClient(server.socket, phone.token, { on, retryAttempts: 0 })
    const second = stockClient(server.socket, phone.token, { on, retryAttempts: 0 })
    const staying = stockClient(server.socket, laptop.token)
    const feeds = [leaving, second, staying].map(client => client.subscribe(EVENTS))
    for (const feed of feeds) await live(feed)

    expect((await leaving.run('mutation { leave }')).data).toEqual({ leave: true })
    const left = performance.now()
    await until('both sockets are closed', () => closes.length === 2, 2_000)
    expect(performance.now() - left).toBeLessThan(1_000)
    expect(closes).toEqual([4403, 4403])
    await send(server.graphql, laptop.token, { text: 'after leaving' })
    await until('the other device goes on', () => feeds[2] && textsOf(feeds[2]).includes('after leaving'))
    expect(feeds.slice(0, 2).flatMap(textsOf)).toEqual([])

    const again = await openRawSocket(server.socket)
    again.send({ type: 'connection_init', payload: { authorization: phone.token } })
    expect((await again.ended()).code).toBe(4403)
    expect((await fetch(server.graphql, post('{ me { id } }', phone.token))).status).toBe(401)
    await staying.dispose()
  })

  test('ENTER-7 leave everywhere ends every session, sockets and streams', async () => {
    const phone = await enter(server.graphql, 'eva', 'a good password')
    const laptop = await enter(server.graphql, 'eva', 'a good password')
    const stream = await fetch(server.graphql, {
      ...post('subscription { onEvent { __typename } }', laptop.token),
      headers: { ...post('', laptop.token).headers, accept: 'text/event-stream' },
    })
    const socket = await openRawSocket(server.socket)
    socket.send({ type: 'connection_init', payload: { authorization: laptop.token } })
    await socket.receive()
    await data(server.graphql, 'mutation { leave(everywhere: true) }', { token: phone.token })
    expect((await socket.ended(2_000)).code).toBe(4403)
    const text = await stream.text()
    expect(text).toMatch(/event: next\ndata: .*"UNAUTHENTICATED".*\n\nevent: complete\ndata:\n\n$/)
    for (const { token } of [phone, laptop]) {
      expect(codeOf(await request(server.graphql, '{ messages { nodes { id } } }', { token }))).toBe('UNAUTHENTICATED')
    }
  })

  test('ENTER-7 PROMISE-4 nothing is delivered to a session after it was ended, while messages are pouring in', async () => {
    const owner = await enter(server.graphql, 'fred', 'a good password')
    const flooder = stockClient(server.socket, (await enter(server.graphql, 'flooder')).token)
    let stopped = false
    const flood = (async () => {
      for (let i = 0; !stopped; i++) await flooder.send({ text: `flood ${i}` })
    })()
    for (let round = 0; round < 10; round++) {
      const { token } = await enter(server.graphql, 'fred', 'a good password')
      const socket = await openRawSocket(server.socket)
      socket.send({ type: 'connection_init', payload: { authorization: token } })
      await socket.receive()
      socket.send({ id: 'f', type: 'subscribe', payload: { query: 'subscription { onMessage { text } }' } })
      await socket.receive()
      await data(server.graphql, 'mutation { leave }', { token })
      const ended = performance.now()
      expect((await socket.ended(2_000)).code).toBe(4403)
      expect(performance.now() - ended).toBeLessThan(1_000)
    }
    stopped = true
    await flood
    await flooder.dispose()
    expect((await data(server.graphql, '{ me { username } }', { token: owner.token })).me).toEqual({ username: 'fred' })
  })

  test('ENTER-8 AUTH-1 a browser’s cookie: another name is ALREADY_ENTERED until it leaves; a token needs no leaving', async () => {
    const headers = { origin: server.url }
    const entered = await fetch(server.graphql, {
      ...post(ENTER, undefined, { n: 'gina' }),
      headers: { 'content-type': 'application/json', ...headers },
    })
    const set = entered.headers.get('set-cookie') ?? ''
    expect(set).toMatch(/^recado=\S+; .*HttpOnly/i)
    expect(set).toMatch(/SameSite=Lax/i)
    await entered.text()
    const cookie = set.split(';')[0] ?? ''

    const other = await request(server.graphql, ENTER, { variables: { n: 'hugo' }, headers: { ...headers, cookie } })
    expect(codeOf(other)).toBe('ALREADY_ENTERED')
    const same = await data(server.graphql, ENTER, { variables: { n: 'GINA' }, headers: { ...headers, cookie } })
    expect(same.enter.me.username).toBe('gina')
    const token = set.slice('recado='.length).split(';')[0]
    const second = await fetch(server.graphql, {
      ...post(ENTER, token, { n: 'hugo' }),
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, cookie, ...headers },
    })
    expect(second.headers.get('set-cookie')).toBeNull()
    expect((await second.json()).data.enter.me.username).toBe('hugo')

    const left = await fetch(server.graphql, {
      ...post('mutation { leave }'),
      headers: { 'content-type': 'application/json', cookie, ...headers },
    })
    expect(left.headers.get('set-cookie')).toMatch(/^recado=;.*(Max-Age=0|Expires=Thu, 01 Jan 1970)/)
    expect((await left.json()).data).toEqual({ leave: true })
  })

  test('AUTH-1 behind TLS the cookie is Secure and has the prefix __Host-', async () => {
    const tls = await startTestServer({ PUBLIC_URL: 'https://chat.example' })
    const response = await fetch(tls.graphql, {
      ...post(ENTER, undefined, { n: 'ana' }),
      headers: { 'content-type': 'application/json', origin: 'https://chat.example' },
    })
    expect(response.headers.get('set-cookie')).toMatch(/^__Host-recado=\S+; (?=.*Path=\/)(?=.*Secure)(?=.*HttpOnly)/)
    await response.text()
    await tls.close()
  })

  test('ENTER-9 without an account only enter, me, probe, server and introspection work, over HTTP and sockets', async () => {
    const anonymous = stockClient(server.socket, null)
    const ask = async (query: string): Promise<unknown[]> => [
      codeOf(await request(server.graphql, query)),
      codeOf(await anonymous.run(query)),
    ]
    for (const query of [
      '{ me { id } }',
      '{ server { version protocol epoch } }',
      '{ __schema { queryType { name } } }',
    ]) {
      expect([query, await ask(query)]).toEqual([query, [null, null]])
    }
    expect(await ask('{ probe { message } }')).toEqual(['CHALLENGE_UNREACHABLE', 'CHALLENGE_UNREACHABLE'])
    const closed = [
      '{ messages { nodes { id } } }',
      '{ users { nodes { id } } }',
      'mutation { sendMessage(text: "x") { id } }',
      'mutation { setPassword(password: "12345678") }',
      'mutation { leave }',
      'mutation { deleteAccount }',
    ]
    for (const query of closed) {
      expect([query, await ask(query)]).toEqual([query, ['UNAUTHENTICATED', 'UNAUTHENTICATED']])
    }
    for (const field of ['onMessage { id }', 'onEvent { __typename }', 'onPresence { id }']) {
      const feed = anonymous.subscribe(`subscription { ${field} }`)
      await until('the refusal', () => feed.failure)
      expect(feed.failure).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }])
      expect(feed.items).toEqual([])
    }
    await anonymous.dispose()
  })

  test('ENTER-10 at most one of enter, setPassword and deleteAccount in an operation: more are refused before any runs', async () => {
    const { token } = await enter(server.graphql, 'ines')
    const documents = [
      'mutation { a: enter(username: "one") { token } b: enter(username: "two") { token } }',
      'mutation { setPassword(password: "12345678") b: setPassword(password: "12345679") }',
      'mutation { deleteAccount enter(username: "two") { token } }',
      'mutation { ...f ...f2 } fragment f on Mutation { enter(username: "one") { token } } fragment f2 on Mutation { b: enter(username: "two") { token } }',
    ]
    for (const query of documents)
      expect(codeOf(await request(server.graphql, query, { token }))).toBe('BAD_USER_INPUT')
    const { users } = await data(server.graphql, '{ users { nodes { username } } }', { token })
    const names = users.nodes.map(({ username }: { username: string }) => username)
    expect(names).toContain('ines')
    expect(names).not.toContain('one')
    expect(names).not.toContain('two')
  })

  test('LIMIT-5 too many tries for one name from one address are RATE_LIMITED; another name is not', async () => {
    const strict = await startTestServer({ ENTER_PER_MINUTE: '5', NEW_NAMES_PER_HOUR: '3', TRUST_PROXY: '127.0.0.1' })
    const from = (n: string, address: string, p?: string) =>
      request(strict.graphql, ENTER, { variables: { n, p }, headers: { 'x-forwarded-for': address } })
    for (let i = 0; i < 3; i++) expect(codeOf(await from(`name${i}`, '203.0.113.1'))).toBeNull()
    const tooMany = await from('name3', '203.0.113.1')
    expect(codeOf(tooMany)).toBe('RATE_LIMITED')
    expect(tooMany.errors?.[0]?.extensions?.retryAfterMs).toBeGreaterThan(0)
    const codes: (string | null)[] = []
    for (let i = 0; i < 6; i++) codes.push(codeOf(await from('name0', '203.0.113.2', 'a wrong password')))
    expect(codes).toEqual([...Array(5).fill('USERNAME_TAKEN'), 'RATE_LIMITED'])
    expect(codeOf(await from('name0', '203.0.113.3', 'a wrong password'))).toBe('USERNAME_TAKEN')
    for (let i = 0; i < 5; i++) expect(codeOf(await from(`loop${i}`, '127.0.0.1'))).toBeNull()
    await strict.close()
  })
})

function post(query: string, token?: string, variables?: object): RequestInit {
  return {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
    body: JSON.stringify({ query, variables }),
  }
}
