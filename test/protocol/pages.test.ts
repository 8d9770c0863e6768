// Pages over the wire: both ways, by scope and by person, each message once, and a cursor at the end of every one.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Data, data, type Entered, enter, send } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { EVENTS, live, stockClient, textsOf } from '../setup/stock.ts'

let server: TestServer
let ana: Entered
let bia: Entered

beforeAll(async () => {
  // A short tail, so that pages come from memory and from the store.
  server = await startTestServer({ TAIL_ENTRIES: '16' })
  ana = await enter(server.graphql, 'ana')
  bia = await enter(server.graphql, 'Bía')
  await enter(server.graphql, 'cleo')
  for (let i = 0; i < 60; i++) {
    const to = [undefined, 'bia', 'cleo'][i % 3]
    await send(server.graphql, ana.token, { text: `m${i}`, ...(to ? { to } : {}) })
  }
})

afterAll(async () => {
  await server.close()
})

async function page(token: string, args: string): Promise<{ texts: string[]; pageInfo: Data }> {
  const query = `{ messages(${args}) { nodes { text cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`
  const { messages } = await data(server.graphql, query, { token })
  const { nodes, pageInfo } = messages
  expect(pageInfo.startCursor).toBe(nodes[0]?.cursor ?? null)
  if (nodes.length > 0) expect(pageInfo.endCursor).toBe(nodes.at(-1).cursor)
  expect(pageInfo.endCursor).toMatch(/^[0-9a-z]{8}-/)
  return { texts: nodes.map(({ text }: { text: string }) => text), pageInfo }
}

const texts = (keep: (i: number) => boolean): string[] =>
  Array.from({ length: 60 }, (_, i) => i).flatMap(i => (keep(i) ? [`m${i}`] : []))

describe('pages', () => {
  for (const [what, filter, expected] of [
    ['everything', 'scope: ALL', texts(() => true)],
    ['public', 'scope: PUBLIC', texts(i => i % 3 === 0)],
    ['private', 'scope: PRIVATE', texts(i => i % 3 !== 0)],
    ['with Bía, by any spelling', 'with: "BIA"', texts(i => i % 3 === 1)],
  ] as const) {
    test(`PAGE-1 PAGE-2 PAGE-3 PAGE-5 ${what}: forwards and backwards, every page size, each message once`, async () => {
      for (const limit of [1, 7, 20, 100]) {
        const forwards: string[] = []
        // The oldest message can't follow anything that was handed out: the pages after it have the rest.
        const oldest = await data(server.graphql, '{ messages(limit: 100) { nodes { cursor } } }', { token: ana.token })
        let since = oldest.messages.nodes[0].cursor
        if (expected[0] === 'm0') forwards.push('m0')
        for (;;) {
          const next = await page(ana.token, `since: "${since}", limit: ${limit}, ${filter}`)
          forwards.push(...next.texts)
          since = next.pageInfo.endCursor
          if (!next.pageInfo.hasNextPage) break
          expect(next.texts.length).toBe(limit)
        }
        expect([limit, forwards]).toEqual([limit, expected])

        let last = await page(ana.token, `limit: ${limit}, ${filter}`)
        const backwards: string[] = [...last.texts]
        expect(last.pageInfo.hasNextPage).toBe(false)
        while (last.pageInfo.hasPreviousPage) {
          last = await page(ana.token, `before: "${last.pageInfo.startCursor}", limit: ${limit}, ${filter}`)
          expect(last.pageInfo.hasNextPage).toBe(true)
          backwards.unshift(...last.texts)
        }
        expect([limit, backwards]).toEqual([limit, expected])
      }
    })
  }

  test('PAGE-4 the endCursor of an empty page after since is that since; a feed from any last page misses nothing', async () => {
    const { pageInfo } = await page(ana.token, 'limit: 1')
    const empty = await page(ana.token, `since: "${pageInfo.endCursor}"`)
    expect(empty.texts).toEqual([])
    expect(empty.pageInfo).toMatchObject({ endCursor: pageInfo.endCursor, hasNextPage: false })

    const device = stockClient(server.socket, bia.token)
    for (const filter of ['scope: PUBLIC', 'scope: PRIVATE', 'with: "cleo"']) {
      const last = await page(bia.token, `limit: 5, ${filter}`)
      const feed = device.subscribe(EVENTS, { since: last.pageInfo.endCursor })
      await live(feed)
      // What the page showed is not repeated; of what it filters, nothing is missing.
      const visible = texts(i => i % 3 !== 2)
      const wanted = visible.slice(visible.indexOf(last.texts.at(-1) ?? visible.at(-1) ?? '') + 1)
      expect([filter, textsOf(feed)]).toEqual([filter, wanted])
      feed.stop()
    }
    await device.dispose()
  })

  test('PAGE-6 users are listed by name without case and accents, page by page, online or not', async () => {
    const local = await startTestServer()
    const names = ['Zé', 'ana', 'Élio', 'bruno', 'Ção']
    const entered = new Map<string, Entered>()
    for (const name of names) entered.set(name, await enter(local.graphql, name))
    const token = entered.get('ana')?.token ?? ''
    const seen: string[] = []
    let after: string | null = null
    for (;;) {
      const query =
        'query ($after: String) { users(after: $after, limit: 2) { nodes { username } pageInfo { hasNextPage endCursor } } }'
      const { users }: Data = await data(local.graphql, query, { token, variables: { after } })
      seen.push(...users.nodes.map(({ username }: { username: string }) => username))
      after = users.pageInfo.endCursor
      if (!users.pageInfo.hasNextPage) break
    }
    expect(seen).toEqual(['ana', 'bruno', 'Ção', 'Élio', 'Zé'])
    const device = stockClient(local.socket, entered.get('bruno')?.token ?? '')
    await live(device.subscribe(EVENTS))
    const online = async (value: boolean): Promise<string[]> => {
      const { users } = await data(local.graphql, `{ users(online: ${value}) { nodes { username online } } }`, {
        token,
      })
      expect(users.nodes.every((node: { online: boolean }) => node.online === value)).toBe(true)
      return users.nodes.map(({ username }: { username: string }) => username)
    }
    expect(await online(true)).toEqual(['bruno'])
    expect(await online(false)).toEqual(['ana', 'Ção', 'Élio', 'Zé'])
    await device.dispose()
    await local.close()
  })
})
