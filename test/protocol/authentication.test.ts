// Whose request it is: where a token may stand, which place decides, what a bad one gets, on every transport.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openRawSocket } from '../setup/raw-socket.ts'
import { codeOf, data, type Entered, enter, request } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'

let server: TestServer
let ana: Entered
let bia: Entered

beforeAll(async () => {
  server = await startTestServer()
  ana = await enter(server.graphql, 'ana')
  bia = await enter(server.graphql, 'bia')
})

afterAll(async () => {
  await server.close()
})

const ME = '{ me { username } }'
const BAD = 'x'.repeat(43)

/** Who a socket is: a name, null for nobody, or the code it was closed with. */
async function socketIs(headers: Record<string, string>, params?: object): Promise<string | number | null> {
  const socket = await openRawSocket(server.socket, { headers })
  socket.send({ type: 'connection_init', ...(params ? { payload: params } : {}) })
  const first = await socket.receive().catch(() => null)
  if (first?.type !== 'connection_ack') {
    const code = await closedWith(headers, params)
    return code
  }
  socket.send({ id: '1', type: 'subscribe', payload: { query: ME } })
  const { payload } = await socket.receive()
  socket.destroy()
  return payload.data.me?.username ?? null
}

async function closedWith(headers: Record<string, string>, params?: object): Promise<number | null> {
  const socket = await openRawSocket(server.socket, { headers })
  socket.send({ type: 'connection_init', ...(params ? { payload: params } : {}) })
  return (await socket.ended()).code
}

async function httpIs(headers: Record<string, string>): Promise<string | number | null> {
  const response = await fetch(server.graphql, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query: ME }),
  })
  const result = await response.json()
  if (result.errors) {
    expect(codeOf(result)).toBe('UNAUTHENTICATED')
    return response.status
  }
  return result.data.me?.username ?? null
}

describe('authentication', () => {
  test('AUTH-1 over HTTP the header or the cookie says who it is', async () => {
    expect(await httpIs({})).toBeNull()
    expect(await httpIs({ authorization: `Bearer ${ana.token}` })).toBe('ana')
    expect(await httpIs({ authorization: `bearer   ${ana.token}` })).toBe('ana')
    expect(await httpIs({ cookie: `other=1; recado=${bia.token}; more=2` })).toBe('bia')
  })

  test('AUTH-2 on a socket connectionParams, the header or the cookie say who it is', async () => {
    expect(await socketIs({})).toBeNull()
    expect(await socketIs({}, {})).toBeNull()
    expect(await socketIs({}, { authorization: `Bearer ${ana.token}` })).toBe('ana')
    expect(await socketIs({}, { authorization: ana.token })).toBe('ana')
    expect(await socketIs({ Authorization: `Bearer ${ana.token}` })).toBe('ana')
    expect(await socketIs({ Cookie: `recado=${bia.token}`, Origin: server.url })).toBe('bia')
  })

  test('AUTH-3 connectionParams go before the header, and that before the cookie', async () => {
    const cookie = { Cookie: `recado=${bia.token}`, Origin: server.url }
    expect(await httpIs({ authorization: `Bearer ${ana.token}`, cookie: `recado=${bia.token}` })).toBe('ana')
    expect(await socketIs({ ...cookie, Authorization: `Bearer ${ana.token}` })).toBe('ana')
    expect(await socketIs({ ...cookie, Authorization: `Bearer ${bia.token}` }, { authorization: ana.token })).toBe(
      'ana',
    )
  })

  test('AUTH-3 AUTH-4 a bad token in a higher place is refused, though a lower one is good', async () => {
    const cookie = { Cookie: `recado=${bia.token}`, Origin: server.url }
    for (const bad of [BAD, 'Bearer', `Basic ${bia.token}`, `Bearer ${BAD}`, ana.token.slice(0, -1), ' ']) {
      expect([bad, await httpIs({ authorization: bad, cookie: `recado=${bia.token}` })]).toEqual([bad, 401])
      if (bad.trim() !== '') expect([bad, await closedWith({ ...cookie, Authorization: bad })]).toEqual([bad, 4403])
      expect([bad, await closedWith(cookie, { authorization: bad })]).toEqual([bad, 4403])
    }
    for (const odd of ['', 7, {}, [], true]) {
      expect([odd, await closedWith({ Authorization: ana.token }, { authorization: odd })]).toEqual([odd, 4403])
    }
  })

  test('AUTH-4 a bad token over SSE is refused as over HTTP', async () => {
    const response = await fetch(server.graphql, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream', authorization: BAD },
      body: JSON.stringify({ query: 'subscription { onMessage { id } }' }),
    })
    expect(response.status).toBe(401)
    expect(await response.text()).toContain('UNAUTHENTICATED')
  })

  test('AUTH-5 a dead cookie is cleared, and its request is nobody’s; a socket with it is closed with 4403', async () => {
    const { token } = await enter(server.graphql, 'cleo')
    await data(server.graphql, 'mutation { leave }', { token })
    const response = await fetch(server.graphql, {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie: `recado=${token}` },
      body: JSON.stringify({ query: ME }),
    })
    expect(response.headers.get('set-cookie')).toMatch(/^recado=;/)
    expect(await response.json()).toEqual({ data: { me: null } })
    expect(await closedWith({ Cookie: `recado=${token}`, Origin: server.url })).toBe(4403)
  })

  test('AUTH-6 a socket’s account is fixed when it is acknowledged: enter over it changes nothing there', async () => {
    const socket = await openRawSocket(server.socket)
    socket.send({ type: 'connection_init' })
    await socket.receive()
    const run = async (query: string) => {
      socket.send({ id: 'x', type: 'subscribe', payload: { query } })
      const { payload } = await socket.receive()
      await socket.receive()
      return payload
    }
    const { data: entered } = await run('mutation { enter(username: "duda") { token } }')
    expect((await run(ME)).data).toEqual({ me: null })
    expect(codeOf(await run('{ messages { nodes { id } } }'))).toBe('UNAUTHENTICATED')
    expect(await socketIs({}, { authorization: entered.enter.token })).toBe('duda')
    socket.destroy()
  })

  test('AUTH-8 a token lasts SESSION_DAYS from its use, and survives a restart of the server', async () => {
    const { enter: entered } = await data(server.graphql, 'mutation { enter(username: "edu") { expiresAt } }')
    const days = (Date.parse(entered.expiresAt) - Date.now()) / 86_400_000
    expect(days).toBeGreaterThan(179.9)
    expect(days).toBeLessThan(180.1)
  })

  test.each(['application/json', 'text/event-stream'])(
    'AUTH-9 who a request is meant to be of has it alone: %s',
    async accept => {
      const by = async (token: string | null, meant: string, cookie: string | null = null) => {
        const response = await fetch(server.graphql, {
          method: 'POST',
          headers: {
            ...{ 'content-type': 'application/json', accept, 'recado-account': meant },
            ...(token === null ? {} : { authorization: `Bearer ${token}` }),
            ...(cookie === null ? {} : { cookie: `recado=${cookie}` }),
          },
          body: JSON.stringify({ query: accept === 'application/json' ? ME : 'subscription { onMessage { id } }' }),
        })
        const { status } = response
        if (status !== 200) expect(await response.text()).toContain('UNAUTHENTICATED')
        else await response.body?.cancel()
        return status
      }
      expect([await by(ana.token, ana.id), await by(null, bia.id, bia.token)]).toEqual([200, 200])
      expect([await by(ana.token, bia.id), await by(null, ana.id, bia.token)]).toEqual([401, 401])
      expect([await by(null, ana.id), await by(ana.token, ''), await by(null, ana.id, BAD)]).toEqual([401, 401, 401])
    },
  )

  test('AUTH-9 nothing of a request that was meant to be of somebody else runs', async () => {
    const sent = await fetch(server.graphql, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'recado-account': ana.id, cookie: `recado=${bia.token}` },
      body: JSON.stringify({ query: 'mutation { sendMessage(text: "from whom?", plain: true) { id } }' }),
    })
    expect(sent.status).toBe(401)
    const { messages } = await data(server.graphql, '{ messages { nodes { text } } }', { token: bia.token })
    expect(JSON.stringify(messages)).not.toContain('from whom?')
  })

  test('PROMISE-4 no argument chooses whose messages are read: `with` is the viewer’s own conversation', async () => {
    const cleo = await enter(server.graphql, 'cleo2')
    await data(server.graphql, 'mutation { sendMessage(text: "between ana and bia", to: "bia") { id } }', {
      token: ana.token,
    })
    for (const args of ['with: "ana"', 'with: "bia"', 'scope: PRIVATE', 'scope: ALL']) {
      const { messages } = await data(server.graphql, `{ messages(${args}) { nodes { text } } }`, { token: cleo.token })
      expect(messages.nodes).toEqual([])
    }
    const { messages } = await data(server.graphql, '{ messages(with: "ana") { nodes { text } } }', {
      token: bia.token,
    })
    expect(messages.nodes).toEqual([{ text: 'between ana and bia' }])
    expect(codeOf(await request(server.graphql, '{ messages { nodes { text } } }'))).toBe('UNAUTHENTICATED')
  })
})
