// Cursors across backups and moves, over the wire: what was lost with a disk is never taken for what came after; what was
// moved goes on; what was restored as another history is told so. By the commands that people use.
import { randomUUID } from 'node:crypto'
import { cp, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type RedisServer, startRedis } from '../setup/redis.ts'
import { codeOf, data, type Entered, enter, request, type Sent, send } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { EVENTS, live, stockClient, textsOf } from '../setup/stock.ts'
import { until } from '../setup/until.ts'
import { type Home, openHome } from '../terminal/program.ts'

const SINCE = 'query ($c: Cursor) { messages(since: $c, limit: 100) { nodes { text } } }'

let redis: RedisServer
let home: Home
let server: TestServer | null
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.dispose())
beforeEach(async () => {
  home = await openHome()
})
afterEach(async () => {
  await server?.close()
  server = null
  await home.remove()
})

async function start(env: Record<string, string>, dataDir = join(home.folder, 'unused')): Promise<TestServer> {
  await server?.close()
  server = await startTestServer(env, dataDir)
  return server
}

async function run(...words: string[]): Promise<void> {
  expect(await home.done(words)).toMatchObject({ code: 0 })
}

/** What a feed gets from a cursor: the code that refuses it, or the texts up to where it is live. */
async function replay({ socket }: TestServer, { token }: Entered, since: string): Promise<string | string[]> {
  const device = stockClient(socket, token)
  try {
    const feed = device.subscribe(EVENTS, { since })
    await until('an answer', () => feed.failure ?? feed.items.find(item => item.onEvent.__typename === 'CaughtUp'))
    if (feed.failure) return (feed.failure as [{ extensions: { code: string } }])[0].extensions.code
    await live(feed)
    return textsOf(feed)
  } finally {
    await device.dispose()
  }
}

describe('a backup that is restored', () => {
  test('CURSOR-6 CURSOR-7 is HISTORY_RESET for every cursor of what it lacks, however much is written afterwards', async () => {
    const folder = join(home.folder, 'data')
    let { graphql } = await start({}, folder)
    const [ana, bia] = [await enter(graphql, 'ana'), await enter(graphql, 'bia')]
    const kept: Sent[] = []
    for (let n = 0; n < 5; n++) kept.push(await send(graphql, ana.token, { text: `kept ${n}` }))
    await run('backup', 'copy.db', '--data-dir', folder)
    const lost: Sent[] = []
    for (let n = 0; n < 200; n++) {
      const variables = { text: `lost ${n}`, nonce: `nonce ${n}`, ...(n % 3 === 0 ? { to: 'bia' } : {}) }
      lost.push(await send(graphql, ana.token, variables))
    }

    const restored = join(home.folder, 'restored')
    await mkdir(restored)
    await cp(join(home.folder, 'copy.db'), join(restored, 'recado.db'))
    const again = await start({}, restored)
    graphql = again.graphql
    const later: string[] = []
    for (let n = 0; n < 60; n++) {
      const variables = { text: `later ${n}`, ...(n % 4 === 0 ? { to: 'bia' } : {}) }
      later.push((await send(graphql, ana.token, variables)).text)
    }
    const codes = await Promise.all(
      [ana, bia].flatMap(({ token }) =>
        lost.map(async ({ cursor }) => codeOf(await request(graphql, SINCE, { token, variables: { c: cursor } }))),
      ),
    )
    expect(new Set(codes)).toEqual(new Set(['HISTORY_RESET']))
    for (const n of [0, 1, 99, 198, 199]) {
      expect(await replay(again, ana, lost[n]?.cursor ?? '')).toBe('HISTORY_RESET')
    }
    // Those of what it has go on, without a hole.
    expect(await replay(again, ana, kept.at(-1)?.cursor ?? '')).toEqual(later)
    expect(await replay(again, ana, kept[1]?.cursor ?? '')).toEqual(['kept 2', 'kept 3', 'kept 4', ...later])
    // A send that was lost is sent again, once, by its nonce.
    const resent = await send(graphql, ana.token, { text: 'lost 7', nonce: 'nonce 7' })
    expect(resent.id).not.toBe(lost[7]?.id)
    expect(await send(graphql, ana.token, { text: 'lost 7', nonce: 'nonce 7' })).toEqual(resent)
  })
})

describe('a chat that moves', () => {
  const TO: [name: string, env: () => Record<string, string>, words: (space: string) => string[]][] = [
    ['another folder', () => ({}), () => ['--data-dir', 'moved']],
    ['Redis', () => ({ REDIS_URL: redis.url }), space => ['--redis', redis.url, '--space', space]],
  ]

  test.each(TO)('CURSOR-7 goes on in %s: cursors, sessions and nonces stay good', async (name, env, words) => {
    const folder = join(home.folder, 'data')
    const space = name === 'Redis' ? randomUUID() : 'main'
    const { graphql } = await start({}, folder)
    const [ana, bia] = [await enter(graphql, 'ana', 'a password of ana'), await enter(graphql, 'bia')]
    const sent: Sent[] = []
    for (let n = 0; n < 20; n++) {
      const variables = { text: `before ${n}`, nonce: `nonce ${n}`, ...(n % 3 === 0 ? { to: 'bia' } : {}) }
      sent.push(await send(graphql, ana.token, variables))
    }
    const { epoch } = (await data(graphql, '{ server { epoch } }')).server
    await server?.close()
    server = null
    await run('export', 'chat.jsonl', '--data-dir', folder)
    await run('import', '--move', 'chat.jsonl', ...words(space))

    const there = await start({ ...env(), SPACE: space }, join(home.folder, 'moved'))
    expect((await data(there.graphql, '{ server { epoch } }')).server.epoch).toBe(epoch)
    expect(await replay(there, bia, sent[4]?.cursor ?? '')).toEqual(sent.slice(5).map(({ text }) => text))
    const after = await send(there.graphql, ana.token, { text: 'after', to: 'bia' })
    expect(after.cursor > (sent.at(-1)?.cursor ?? '')).toBe(true)
    expect(await replay(there, ana, sent.at(-2)?.cursor ?? '')).toEqual(['before 19', 'after'])
    const again = await send(there.graphql, ana.token, { text: 'before 3', nonce: 'nonce 3', to: 'bia' })
    expect(again).toEqual(sent[3])
    await enter(there.graphql, 'ana', 'a password of ana')
  })

  test.each(TO)(
    'CURSOR-4 CURSOR-7 and one that is restored to %s is another history for every cursor',
    async (name, env, words) => {
      const folder = join(home.folder, 'data')
      const space = name === 'Redis' ? randomUUID() : 'main'
      const { graphql } = await start({}, folder)
      const ana = await enter(graphql, 'ana')
      const first = await send(graphql, ana.token, { text: 'first' })
      await send(graphql, ana.token, { text: 'second' })
      await run('export', 'chat.jsonl', '--live', '--data-dir', folder)
      await run('import', 'chat.jsonl', ...words(space))
      const there = await start({ ...env(), SPACE: space }, join(home.folder, 'moved'))
      expect(await replay(there, ana, first.cursor)).toBe('HISTORY_RESET')
      const { messages } = await data(there.graphql, '{ messages { nodes { text cursor } } }', { token: ana.token })
      expect(messages.nodes.map(({ text }: Sent) => text)).toEqual(['first', 'second'])
      expect(await replay(there, ana, messages.nodes[0].cursor)).toEqual(['second'])
    },
  )
})
