// The client library against the real server, through a relay that can be cut: drops, restarts, lost answers, other
// histories, ended sessions, limits.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { MeDocument, MessagesDocument, ProbeDocument } from '../../client/core/generated/graphql.ts'
import { enter, leave } from '../../client/core/session.ts'
import type { Recado, RecadoOptions } from '../../client/core/types.ts'
import { createFileStorage } from '../../client/node/file-storage.ts'
import { createOracle } from '../setup/oracle.ts'
import { data } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { startTcpProxy, type TcpProxy } from '../setup/tcp-proxy.ts'
import { until, within } from '../setup/until.ts'
import { client, closing, cookieClient, record, texts } from './harness.ts'

async function realServer(env?: Record<string, string>, dataDir?: string): Promise<TestServer> {
  return closing(await startTestServer(env, dataDir))
}

/** A relay in front of a server: what the clients connect to, so that the server behind may change. */
async function relay(target: { port: number }): Promise<TcpProxy & { url: string }> {
  const proxy = closing(await startTcpProxy(target))
  return Object.assign(proxy, { url: `http://127.0.0.1:${proxy.port}` })
}

const portOf = (server: TestServer) => Number(new URL(server.url).port)

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'recado-client-'))
  closing({ close: () => rm(folder, { recursive: true, force: true }) })
  return folder
}

async function entered(server: { url: string }, username: string, options: Partial<RecadoOptions> = {}) {
  const { token, me } = await enter({ url: server.url, username })
  return { token, me, recado: client(server, { token, account: me.id, ...options }) }
}

const live = (...clients: Recado[]) => until('live', () => clients.every(({ state }) => state === 'live'))

describe('with the real server', () => {
  test('AUTH-9 nothing is sent as somebody else, even if the cookie becomes theirs after it was asked whose it is', async () => {
    const server = await realServer()
    const [ana, bia] = await Promise.all(['ana', 'bia'].map(username => enter({ url: server.url, username })))
    let token = ana?.token
    // Once for the outbox, which is the account's, and once before the message.
    let questions = 0
    const recado = cookieClient(server, {
      async fetch(url, init) {
        const response = await fetch(url, { ...init, headers: { ...init?.headers, cookie: `recado=${token}` } })
        if (String(init?.body).includes('query Me') && ++questions === 2) token = bia?.token
        return response
      },
    })
    const code = await recado.sendPublic('da ana').then(
      () => null,
      error => error.code,
    )
    expect([code, recado.state]).toEqual(['UNAUTHENTICATED', 'closed'])
    const { messages } = await data(server.graphql, '{ messages { nodes { text } } }', { token: bia?.token ?? '' })
    expect([questions, messages.nodes]).toEqual([2, []])
  })

  test.each(['websocket', 'sse'] as const)('a device that drops gets exactly what it missed (%s)', async transport => {
    const server = await realServer()
    const { token, recado: phone } = await entered(server, 'joao', { transport })
    const laptop = client(server, { token, transport })
    const { recado: maria } = await entered(server, 'maria')
    const { recado: ana } = await entered(server, 'ana')
    const seen = [phone, laptop, maria, ana].map(one => record(one))
    await live(phone, laptop, maria, ana)
    await maria.say('/msg joao oi')
    await until('oi', () => seen.slice(0, 3).every(one => texts(one).length === 1))
    phone.drop()
    for (let i = 0; i < 10; i += 1) await (i % 2 === 0 ? maria.sendTo('joao', `${i}`) : maria.sendPublic(`${i}`))
    await until('all', () => seen.slice(0, 3).every(one => texts(one).length === 11))
    await live(phone)
    await maria.sendPublic('live')
    await until('live', () => seen.every(one => one.at(-1) === 'live'))
    const all = ['oi', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'live']
    expect(seen.slice(0, 3).map(texts)).toEqual([all, all, all])
    expect(texts(seen[3] ?? [])).toEqual(['1', '3', '5', '7', '9', 'live'])
  })

  test('what is said while the server is down is sent once it is up, once, in order', async () => {
    const dataDir = await temporaryFolder()
    const first = await realServer({}, dataDir)
    const target = { port: portOf(first) }
    const proxy = await relay(target)
    const folder = await temporaryFolder()
    const { token, me, recado: doomed } = await entered(proxy, 'joao', { storage: createFileStorage(folder) })
    const { recado: maria } = await entered(proxy, 'maria')
    const seen = record(maria)
    record(doomed)
    await live(doomed, maria)
    await doomed.sendPublic('before')
    await first.close()
    for (let i = 0; i < 5; i += 1) void (i % 2 === 0 ? doomed.sendPublic(`${i}`) : doomed.sendTo('maria', `${i}`))
    // The program ends while the server is away; the next one finds what was left.
    await doomed.close()
    const survivor = client(proxy, { token, account: me.id, storage: createFileStorage(folder) })
    void survivor.sendPublic('5')
    await until('all wait', () => survivor.outbox.entries.length === 6)
    const second = await realServer({}, dataDir)
    target.port = portOf(second)
    await until('all sent', () => survivor.outbox.entries.length === 0)
    await until('all received', () => texts(seen).length === 7)
    expect(texts(seen)).toEqual(['before', '0', '1', '2', '3', '4', '5'])
  })

  test('a socket cut between commit and answer does not double the message', async () => {
    const server = await realServer()
    const proxy = await relay({ port: portOf(server) })
    const { recado } = await entered(proxy, 'joao')
    const seen = record(recado)
    await live(recado)
    let cuts = 0
    proxy.judge = chunk => {
      if (!chunk.includes('"sendMessage"') || cuts === 3) return 'pass'
      cuts += 1
      return 'cut'
    }
    const message = await within('the answer', recado.sendPublic('once'))
    await live(recado)
    await recado.sendPublic('after')
    await until('after', () => seen.includes('after'))
    expect(cuts).toBe(3)
    expect(texts(seen)).toEqual(['once', 'after'])
    const page = await recado.client.query(MessagesDocument, {}).toPromise()
    expect(page.data?.messages.nodes.map(({ id }) => id)[0]).toBe(message.id)
    expect(page.data?.messages.nodes).toHaveLength(2)
  })

  test('two programs with one account and one folder send everything once, and both get their answers', async () => {
    const server = await realServer()
    const folder = await temporaryFolder()
    const { token, recado: left } = await entered(server, 'joao', { storage: createFileStorage(folder) })
    const right = client(server, { token, storage: createFileStorage(folder) })
    const seen = record(left)
    await live(left)
    const said = Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? left : right).sendPublic(`${i}`))
    const answers = await within('all answers', Promise.all(said))
    await until('all', () => texts(seen).length >= 20)
    expect(answers.map(({ text }) => text)).toEqual(Array.from({ length: 20 }, (_, i) => `${i}`))
    expect(new Set(answers.map(({ id }) => id)).size).toBe(20)
    expect(texts(seen).sort()).toEqual(answers.map(({ text }) => text).sort())
  })

  test('another history is announced, and the feed goes on in it', async () => {
    const dataDir = await temporaryFolder()
    const first = await realServer({}, dataDir)
    const target = { port: portOf(first) }
    const proxy = await relay(target)
    const { recado } = await entered(proxy, 'joao')
    await recado.sendPublic('old')
    const cursor = (await recado.client.query(MessagesDocument, {}).toPromise()).data?.messages.pageInfo.endCursor
    const other = await realServer()
    target.port = portOf(other)
    proxy.cutAll()
    const { token } = await enter({ url: other.url, username: 'joao' })
    const again = client(proxy, { token, since: cursor ?? '' })
    const seen = record(again)
    await live(again)
    await again.sendPublic('new')
    await until('new', () => seen.includes('new'))
    expect(seen).toEqual(['Reset HISTORY_RESET', 'CaughtUp 0', 'new'])
    const damaged = client(proxy, { token, since: 'not a cursor' })
    const seenDamaged = record(damaged)
    await live(damaged)
    expect(seenDamaged).toEqual(['Reset CURSOR_INVALID', 'CaughtUp 0'])
  })

  test.each(['websocket', 'sse'] as const)(
    'leaving closes every client of the session, for good (%s)',
    async transport => {
      const server = await realServer()
      const { token, recado } = await entered(server, 'joao', { transport })
      const { recado: other } = await entered(server, 'maria')
      record(recado)
      record(other)
      await live(recado, other)
      let code: string | undefined
      recado.onState((_state, reason) => {
        code = reason?.code
      })
      await leave({ url: server.url, token })
      await until('closed', () => recado.state === 'closed')
      expect(code).toBe('UNAUTHENTICATED')
      expect(other.state).toBe('live')
      const late = client(server, { token, transport })
      record(late)
      await until('closed', () => late.state === 'closed')
    },
  )

  test('sends beyond the limit wait by themselves, and all arrive in order', async () => {
    const server = await realServer({ SENDS_PER_SECOND: '20' })
    const { recado } = await entered(server, 'joao')
    const seen = record(recado)
    await live(recado)
    const said = Array.from({ length: 80 }, (_, i) => recado.sendPublic(`${i}`))
    await within('all answers', Promise.all(said))
    await until('all received', () => texts(seen).length === 80)
    expect(texts(seen)).toEqual(Array.from({ length: 80 }, (_, i) => `${i}`))
  })

  test('refusals have the code and stay in the outbox; a text that is too long costs no socket', async () => {
    const server = await realServer()
    const { recado } = await entered(server, 'joao')
    record(recado)
    await live(recado)
    const codeOf = (sent: Promise<unknown>) =>
      sent.then(
        () => 'sent',
        error => error.code,
      )
    expect(await codeOf(recado.sendTo('nobody', 'oi'))).toBe('UNKNOWN_RECIPIENT')
    expect(await codeOf(recado.say('/nonsense'))).toBe('UNKNOWN_COMMAND')
    expect(await codeOf(recado.sendPublic(' '))).toBe('TEXT_EMPTY')
    expect(await codeOf(recado.sendPublic('x'.repeat(4_001)))).toBe('TEXT_TOO_LONG')
    expect(await codeOf(recado.sendPublic('x'.repeat(200_000)))).not.toBe('sent')
    expect(await codeOf(recado.sendPublic('fine'))).toBe('sent')
    expect(recado.outbox.entries.map(({ state }) => state)).toEqual(Array.from({ length: 5 }, () => 'refused'))
    expect(recado.state).toBe('live')
  })

  test('presence says who comes and who is there', async () => {
    const server = await realServer()
    const { recado: joao } = await entered(server, 'joao')
    let online: string[] = []
    joao.onPresence(users => {
      online = users.map(({ username }) => username)
    })
    await until('joao himself', () => online.join() === 'joao')
    const { recado: maria } = await entered(server, 'maria')
    record(maria)
    await until('maria too', () => online.join() === 'joao,maria')
  })

  test('urql runs any document by POST, with the token', async () => {
    const server = await realServer()
    const { me, recado } = await entered(server, 'joao')
    const result = await recado.client.query(MeDocument, {}).toPromise()
    expect(result.data?.me?.id).toBe(me.id)
    const refused = await recado.client.query(ProbeDocument, {}).toPromise()
    expect(refused.error?.graphQLErrors[0]?.extensions?.code).toBe('CHALLENGE_UNREACHABLE')
  })

  test('under cuts at random, while all talk at once, the promise holds for everybody', async () => {
    const server = await realServer()
    const proxy = await relay({ port: portOf(server) })
    const oracle = createOracle()
    const people = ['joao', 'maria', 'ana']
    const recados = new Map<string, Recado>()
    const sessions: { count(): number; account: string; since: string }[] = []
    for (const username of people) {
      const { token, recado } = await entered(proxy, username)
      recados.set(username, recado)
      const { data } = await recado.client.query(MessagesDocument, { limit: 1 }).toPromise()
      const since = data?.messages.pageInfo.endCursor ?? ''
      for (const [device, transport] of [
        ['phone', 'websocket'],
        ['laptop', 'websocket'],
        ['old laptop', 'sse'],
      ] as const) {
        const recorder = oracle.session(`${username}’s ${device}`, username)
        recorder.startedAt(since)
        sessions.push({ count: () => recorder.count, account: username, since })
        client(proxy, { token, since, transport }).feed.subscribe(event => {
          if (event.__typename === 'Reset') recorder.reset()
          else if (event.__typename === 'MessageAdded') {
            const { cursor, id, from, to, text } = event.message
            recorder.applied({ cursor, id, from: from.username, to: to?.username ?? null, text })
          }
        })
      }
    }
    const talks = people.map(async (from, index) => {
      const recado = recados.get(from)
      if (recado === undefined) throw new Error(from)
      for (let i = 0; i < 100; i += 1) {
        const text = `${from} ${i}`
        const to = i % 3 === 0 ? null : (people[(index + i) % people.length] ?? null)
        oracle.sending({ nonce: text, from, to, text })
        const message = await (to === null ? recado.sendPublic(text) : recado.sendTo(to, text))
        oracle.acknowledged(text, message)
      }
    })
    let talking = true
    const cutting = (async () => {
      while (talking) {
        await new Promise(resolve => setTimeout(resolve, 100 + Math.random() * 200))
        proxy.cutAll()
      }
    })()
    await within('all talk', Promise.all(talks)).finally(() => {
      talking = false
    })
    await cutting
    await until('all received', () =>
      sessions.every(({ count, account, since }) => count() >= oracle.expected(account, since)),
    )
    expect(oracle.judge()).toEqual([])
    expect(oracle.counts).toMatchObject({ acknowledged: 300, unknown: 0 })
    expect(proxy.connections).toBeGreaterThan(20)
  })
})
