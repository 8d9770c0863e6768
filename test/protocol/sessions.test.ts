// The devices of an account, over the wire: which there are, what is told of them, and how one is ended.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { codeOf, type Data, data, enter, request } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { EVENTS, live, type Running, type StockClient, stockClient } from '../setup/stock.ts'
import { until } from '../setup/until.ts'

let server: TestServer
const clients: StockClient[] = []
let people = 0

beforeAll(async () => {
  server = await startTestServer({ SESSIONS_PER_USER: '4' })
})
afterEach(async () => {
  await Promise.all(clients.splice(0).map(client => client.dispose()))
})
afterAll(() => server.close())

const PASSWORD = 'a good password'
const LIST = '{ sessions { id device createdAt lastUsedAt online current } }'
const WATCH = 'subscription { onSessions { id device online current } }'
const END = 'mutation ($id: ID!) { endSession(id: $id) }'
const ENTER =
  'mutation ($n: String!, $p: String, $d: String) { enter(username: $n, password: $p, device: $d) { token me { id } } }'

interface Person {
  readonly name: string
  readonly token: string
}

/** A name of its own for each test. */
async function person(): Promise<Person> {
  const name = `person${people++}`
  return { name, token: (await enter(server.graphql, name, PASSWORD)).token }
}

async function again({ name }: Person, device?: string): Promise<Person> {
  const variables = { n: name, p: PASSWORD, d: device }
  return { name, token: (await data(server.graphql, ENTER, { variables })).enter.token }
}

async function list({ token }: Person): Promise<Data[]> {
  return (await data(server.graphql, LIST, { token })).sessions
}

function connect({ token }: Person): StockClient {
  const client = stockClient(server.socket, token, { retryAttempts: 0 })
  clients.push(client)
  return client
}

/** Each list that was told, as the number of devices in it. */
const sizes = ({ items }: Running): number[] => items.map(({ onSessions }) => onSessions.length)

const isMe = async ({ token }: Person): Promise<boolean> =>
  codeOf(await request(server.graphql, '{ me { id } }', { token })) === null

describe('the list of devices', () => {
  test('DEVICE-1 is the account’s own, the newest first, says which one asks and which are connected, and no secret', async () => {
    const [ana, bia] = [await person(), await person()]
    const laptop = await again(ana, 'the laptop')
    await live(connect(laptop).subscribe(EVENTS))
    const devices = await list(ana)
    expect(devices).toHaveLength(2)
    expect(devices.map(({ device, online, current }: Data) => [device, online, current])).toEqual([
      ['the laptop', true, false],
      ['Node', false, true],
    ])
    for (const { createdAt, lastUsedAt } of devices) {
      expect(Date.parse(lastUsedAt)).toBeGreaterThanOrEqual(Date.parse(createdAt))
      expect(Math.abs(Date.parse(createdAt) - Date.now())).toBeLessThan(60_000)
    }
    expect(JSON.stringify(devices)).not.toContain(ana.token)
    expect(await list(bia)).toHaveLength(1)
    expect((await list(laptop)).map(({ current }: Data) => current)).toEqual([true, false])
    expect(codeOf(await request(server.graphql, LIST))).toBe('UNAUTHENTICATED')
  })

  test('DEVICE-2 a device is what it says, or what its User-Agent says, on each transport; what could hide is refused first', async () => {
    const ana = await person()
    const userAgent = 'Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0'
    const variables = { n: ana.name, p: PASSWORD }
    await data(server.graphql, ENTER, { variables, headers: { 'user-agent': userAgent } })
    await data(server.graphql, ENTER, { variables, headers: { 'user-agent': '<i>unheard of</i>' } })
    await again(ana, '  Rádio da cozinha ')
    expect((await list(ana)).map(({ device }: Data) => device)).toEqual([
      'Rádio da cozinha',
      '?',
      'Firefox · Android',
      'Node',
    ])
    for (const d of ['', ' ', 'x'.repeat(65), 'a\u202eb', 'a\u200bb', 'a\nb']) {
      const refused = await request(server.graphql, ENTER, { variables: { n: 'never', d } })
      expect(codeOf(refused)).toBe('BAD_USER_INPUT')
    }
    expect((await data(server.graphql, '{ users { nodes { username } } }', ana)).users.nodes).not.toContainEqual({
      username: 'never',
    })
    const { onSocket, ws } = await enterOnSocket(`device${people++}`)
    expect(onSocket.sessions.map(({ device }: Data) => device)).toEqual([ws])
  })

  /** The socket of Node's own WebSocket says in its upgrade request what HTTP requests of fetch say. */
  async function enterOnSocket(name: string): Promise<{ onSocket: Data; ws: string }> {
    const client = stockClient(server.socket, null)
    clients.push(client)
    const { data: entered } = await client.run(`mutation { enter(username: "${name}") { token } }`)
    return { onSocket: await data(server.graphql, LIST, { token: entered.enter.token }), ws: 'Node' }
  }

  test('DEVICE-5 one more session than an account may have ends the one that was used longest ago, and its sockets', async () => {
    const first = await person()
    const client = stockClient(server.socket, first.token, { retryAttempts: 0 })
    clients.push(client)
    const closed = new Promise<number>(resolve => {
      client.client.on('closed', event => resolve((event as { code: number }).code))
    })
    await live(client.subscribe(EVENTS))
    const others = [await again(first), await again(first), await again(first)]
    expect(await isMe(first)).toBe(true)
    const newest = await again(first)
    expect(await closed).toBe(4403)
    expect(await isMe(first)).toBe(false)
    expect(await list(newest)).toHaveLength(4)
    for (const other of others) expect(await isMe(other)).toBe(true)
  })
})

describe('onSessions', () => {
  test('DEVICE-3 tells the whole list, then the whole list again whenever one enters or ends; to each which one it is', async () => {
    const [ana, bia] = [await person(), await person()]
    const [watched, hers] = [connect(ana).subscribe(WATCH), connect(bia).subscribe(WATCH)]
    await until('the first lists', () => watched.items.length === 1 && hers.items.length === 1)
    expect(watched.items[0].onSessions).toMatchObject([{ device: 'Node', online: true, current: true }])
    const phone = await again(ana, 'phone')
    await until('the phone', () => watched.items.length === 2)
    expect(watched.items[1].onSessions.map(({ device, current }: Data) => [device, current])).toEqual([
      ['phone', false],
      ['Node', true],
    ])
    const its = connect(phone).subscribe(WATCH)
    await until('its own list', () => its.items.length === 1)
    expect(its.items[0].onSessions.map(({ current }: Data) => current)).toEqual([true, false])
    const { id } = watched.items[1].onSessions[0]
    await data(server.graphql, END, { token: ana.token, variables: { id } })
    await until('its end', () => watched.items.length === 3)
    expect(sizes(watched)).toEqual([1, 2, 1])
    expect(sizes(its)).toEqual([2])
    expect(sizes(hers)).toEqual([1])
  })

  test('DEVICE-3 the same over SSE, and where it can’t be shared', async () => {
    const ana = await person()
    const unshared = connect(ana).subscribe('subscription { onSessions @include(if: true) { id current } }')
    const abort = new AbortController()
    const response = await fetch(server.graphql, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'text/event-stream',
        authorization: `Bearer ${ana.token}`,
      },
      body: JSON.stringify({ query: WATCH }),
      signal: abort.signal,
    })
    let text = ''
    const reading = (async () => {
      for await (const piece of response.body ?? []) text += Buffer.from(piece).toString()
    })().catch(() => {})
    const lists = (): Data[][] =>
      [...text.matchAll(/^data: (.+)$/gm)].map(([, json = '']) => JSON.parse(json).data.onSessions)
    await until('the first lists', () => unshared.items.length === 1 && lists().length === 1)
    expect(lists()[0]).toMatchObject([{ current: true, online: true }])
    await again(ana)
    await until('the next ones', () => unshared.items.length === 2 && lists().length === 2)
    expect(sizes(unshared)).toEqual([1, 2])
    expect(lists()[1]?.map(({ current }) => current)).toEqual([false, true])
    abort.abort()
    await reading
    const refused = await fetch(server.graphql, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify({ query: WATCH }),
    })
    expect(await refused.text()).toContain('UNAUTHENTICATED')
  })
})

describe('endSession', () => {
  test('DEVICE-4 ends one of the account’s sessions and its sockets, and leaves the others', async () => {
    const ana = await person()
    const phone = await again(ana)
    const client = connect(phone)
    const closed = new Promise<number>(resolve => {
      client.client.on('closed', event => resolve((event as { code: number }).code))
    })
    await live(client.subscribe(EVENTS))
    const { id } = (await list(phone)).find(({ current }: Data) => current)
    expect((await data(server.graphql, END, { token: ana.token, variables: { id } })).endSession).toBe(true)
    expect(await closed).toBe(4403)
    expect(await isMe(phone)).toBe(false)
    expect(await isMe(ana)).toBe(true)
    expect((await data(server.graphql, END, { token: ana.token, variables: { id } })).endSession).toBe(false)
  })

  test('DEVICE-4 of another account’s session is false, and ends nothing', async () => {
    const [ana, bia] = [await person(), await person()]
    const [{ id }] = (await list(bia)) as [Data]
    for (const other of [id, 'nobody', '']) {
      expect((await data(server.graphql, END, { token: ana.token, variables: { id: other } })).endSession).toBe(false)
    }
    expect(await isMe(bia)).toBe(true)
    expect(await list(bia)).toHaveLength(1)
    expect(codeOf(await request(server.graphql, END, { variables: { id } }))).toBe('UNAUTHENTICATED')
    expect(await isMe(bia)).toBe(true)
  })

  test('DEVICE-4 of one’s own session is answered, and clears its cookie', async () => {
    const ana = await person()
    const headers = { cookie: `recado=${ana.token}`, origin: server.url, 'content-type': 'application/json' }
    const [{ id }] = (await list(ana)) as [Data]
    const body = JSON.stringify({ query: END, variables: { id } })
    const response = await fetch(server.graphql, { method: 'POST', headers, body })
    expect(await response.json()).toEqual({ data: { endSession: true } })
    expect(response.headers.get('set-cookie')).toMatch(/^recado=; Max-Age=0/)
    expect(await isMe(ana)).toBe(false)
  })
})

describe('a name that can’t be had', () => {
  const suggestionsOf = async (n: string, p?: string): Promise<Data> => {
    const { errors } = await request(server.graphql, ENTER, { variables: { n, p } })
    return { code: errors?.[0]?.extensions?.code, suggestions: errors?.[0]?.extensions?.suggestions }
  }

  test('ENTER-11 gets up to five free ones, each of which can be entered, whether it is taken or impossible', async () => {
    await enter(server.graphql, 'clara')
    await enter(server.graphql, 'clara2')
    const { code, suggestions } = await suggestionsOf('Clara')
    expect(code).toBe('USERNAME_TAKEN')
    expect(suggestions).toHaveLength(5)
    expect(suggestions).not.toContain('Clara2')
    for (const name of suggestions) expect((await enter(server.graphql, name)).username).toBe(name)
    const impossible = await suggestionsOf('duda maria!')
    expect(impossible).toMatchObject({ code: 'USERNAME_INVALID' })
    expect(impossible.suggestions[0]).toBe('duda_maria')
    expect(await suggestionsOf('\u202e')).toEqual({ code: 'USERNAME_INVALID', suggestions: [] })
  })

  test('ENTER-11 ENTER-2 which tell nothing of a password', async () => {
    await enter(server.graphql, 'eva', PASSWORD)
    await enter(server.graphql, 'eva_sem')
    const nearest = ({ suggestions }: Data): string[] =>
      suggestions.map((name: string) => name.replace(/^eva(_sem)?/, ''))
    const answers = [
      await suggestionsOf('eva'),
      await suggestionsOf('eva', 'a wrong password'),
      await suggestionsOf('eva_sem'),
      await suggestionsOf('eva_sem', 'a wrong password'),
    ]
    for (const answer of answers) expect(nearest(answer)).toEqual(['2', '3', '_2', '.2', '-2'])
  })

  test('ENTER-11 gets none where no names are given out', async () => {
    const closed = await startTestServer({ REGISTRATION: 'closed' })
    const { errors } = await request(closed.graphql, ENTER, { variables: { n: 'ana' } })
    expect(errors?.[0]?.extensions).toEqual({ code: 'USERNAME_TAKEN' })
    await closed.close()
  })
})
