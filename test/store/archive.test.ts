// Moving a space: whatever the two stores are, everything arrives, and works there as before. And archives that are cut,
// changed or foreign: refused, with nothing of them kept.
import { createHash, randomUUID } from 'node:crypto'
import { existsSync, readdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type Entry, messageOf, ORIGIN } from '../../server/domain/entry.ts'
import { createRedisClient } from '../../server/redis/client.ts'
import type { Dump, Load } from '../../server/store/archive/archive.ts'
import { ArchiveError } from '../../server/store/archive/archive-error.ts'
import { ARCHIVE_VERSION } from '../../server/store/archive/lines.ts'
import { parseRow } from '../../server/store/archive/parse-line.ts'
import { newEpoch } from '../../server/store/epoch.ts'
import { dumpRedis } from '../../server/store/redis/dump.ts'
import { keysOf } from '../../server/store/redis/keys.ts'
import { loadRedis } from '../../server/store/redis/load.ts'
import { openRedisStore } from '../../server/store/redis/redis-store.ts'
import { dumpSqlite } from '../../server/store/sqlite/dump.ts'
import { loadSqlite } from '../../server/store/sqlite/load.ts'
import { openSqliteStore } from '../../server/store/sqlite/sqlite-store.ts'
import type { Store } from '../../server/store/store.ts'
import { draftOf, nonceOf, say } from '../contract/store.ts'
import { type RedisCluster, type RedisServer, startRedis, startRedisCluster } from '../setup/redis.ts'
import { bytesOf, contentOf, fill, fillAndRevise, fillAndTrim, headerOf, LONG_NONCE, load } from './archive-support.ts'
import { temporaryFolder } from './support.ts'

let redis: RedisServer
let cluster: RedisCluster
beforeAll(async () => {
  ;[redis, cluster] = await Promise.all([startRedis(), startRedisCluster()])
})
afterAll(() => Promise.all([redis.dispose(), cluster.dispose()]))

/** A place for a space: empty, then with one in it. */
interface Place {
  open(): Promise<Store>
  dump(): Promise<Dump>
  load(bytes: readonly Uint8Array[], epoch?: string): Promise<void>
  /** Names of what is there. */
  traces(): Promise<readonly string[]>
}

function folder(dataDir = temporaryFolder()): Place {
  return {
    open: () => openSqliteStore({ dataDir, events: { committed() {} } }),
    dump: async () => dumpSqlite(dataDir, false),
    async load(bytes, epoch) {
      const header = await headerOf(bytes)
      await load(bytes, loadSqlite(dataDir, header, epoch ?? header.epoch))
    },
    traces: async () => readdirSync(dataDir).filter(name => name !== 'lock.db'),
  }
}

function spaceAt(url: () => string, scan: () => Promise<readonly string[]>) {
  return (): Place => {
    const space = randomUUID()
    return {
      open: () => openRedisStore({ url: url(), space, events: { committed() {} }, lastKnown: () => ORIGIN }),
      dump: () => dumpRedis(url(), space),
      async load(bytes, epoch) {
        const header = await headerOf(bytes)
        const options = { url: url(), space, epoch: epoch ?? header.epoch, allowVolatile: false }
        await load(bytes, await loadRedis(header, options))
      },
      traces: async () => (await scan()).filter(key => key.startsWith(`{${space}}`)),
    }
  }
}

const PLACES: Readonly<Record<string, () => Place>> = {
  SQLite: folder,
  Redis: spaceAt(
    () => redis.url,
    () => redis.client.keys('*'),
  ),
  'Redis Cluster': spaceAt(
    () => cluster.url,
    async () => (await Promise.all(cluster.masters.map(({ client }) => client.keys('*')))).flat(),
  ),
}
const NAMES = Object.keys(PLACES)
const PAIRS = NAMES.flatMap(from => NAMES.map(to => [from, to] as const))
const place = (name: string): Place => (PLACES[name] as () => Place)()

async function filled(name: string, how: (store: Store) => Promise<void>): Promise<Place> {
  const source = place(name)
  const store = await source.open()
  await how(store)
  await store.close()
  return source
}

/** Redis keeps long nonces by their digest only. */
const isLong = (row: string): boolean => row.includes('alias.') || /"#[\w-]{43}"/.test(row)

describe('a move', () => {
  test.each(PAIRS)('from %s to %s keeps everything', async (from, to) => {
    const source = await filled(from, fillAndTrim)
    const bytes = await bytesOf(await source.dump())
    const target = place(to)
    await target.load(bytes)
    const expected = await contentOf(await source.dump())
    expect(expected.rows.filter(row => row.startsWith('["account"'))).toHaveLength(6)
    expect(expected.rows.filter(row => row.startsWith('["session"'))).toHaveLength(3)
    expect(expected.rows.filter(row => row.startsWith('["reading"'))).toHaveLength(3)
    expect(expected.rows.filter(row => row.startsWith('["message"'))).toHaveLength(30)
    expect(expected.rows.filter(row => row.startsWith('["nonce"'))).toHaveLength(22)
    const content = await contentOf(await target.dump())
    expect(content.header).toEqual(expected.header)
    expect(content.rows.filter(row => !isLong(row))).toEqual(expected.rows.filter(row => !isLong(row)))
    expect(content.rows.filter(isLong)).toHaveLength(1)
  })

  test.each(PAIRS)('from %s to %s keeps replies, edits and deletions', async (from, to) => {
    const source = await filled(from, fillAndRevise)
    const target = place(to)
    await target.load(await bytesOf(await source.dump()))
    const expected = await contentOf(await source.dump())
    expect(expected.rows.filter(row => row.startsWith('["revision"'))).toHaveLength(4)
    expect(expected.rows.join()).not.toContain('secret"')
    const content = await contentOf(await target.dump())
    expect(content.header).toEqual(expected.header)
    expect(content.rows.filter(row => !isLong(row))).toEqual(expected.rows.filter(row => !isLong(row)))
    const [before, after] = [await source.open(), await target.open()]
    const joao = await before.accountByKey('joao')
    if (!joao) throw new Error('João is there')
    for (const store of [before, after]) {
      const log = await store.newest(1_000)
      expect(log.map(entry => [entry.kind, messageOf(entry).text])).toEqual([
        ['added', ''],
        ['added', 'kept, and edited'],
        ['added', 'answers what was trimmed'],
        ['added', 'answers what was kept'],
        ['deleted', ''],
        ['edited', ''],
        ['edited', 'kept, and edited'],
        ['deleted', ''],
      ])
      expect(log.map(entry => messageOf(entry).replyTo?.messageId ?? null)).toEqual([
        ...[null, null, null],
        messageOf(log[1] as Entry).messageId,
        ...[null, null, null, null],
      ])
    }
    expect(await after.newest(1_000)).toEqual(await before.newest(1_000))
    for (const store of [before, after]) {
      const gone = await store.findNonce(joao.id, 'n:revised')
      expect(gone?.entry).toMatchObject({ text: '', deletedAt: expect.any(Number) })
      expect((await store.findNonce(joao.id, 'n:kept'))?.entry).toMatchObject({ text: 'kept, and edited' })
      await store.close()
    }
  })

  test('takes archives of version 1, which had no replies, edits and deletions', async () => {
    const source = await filled('SQLite', fill)
    const lines = Buffer.concat(await bytesOf(await source.dump()))
      .toString()
      .trimEnd()
      .split('\n')
    const rows = lines.slice(1, -1).map(line => {
      const [[kind, row] = []] = Object.entries<Record<string, unknown>>(JSON.parse(line))
      const { replyTo, editedAt, deletedAt, revised, revisedAt, ...former } = row ?? {}
      return JSON.stringify({ [kind ?? '']: kind === 'account' ? row : former })
    })
    const { version, ...header } = JSON.parse(lines[0] ?? '')
    expect(version).toBe(ARCHIVE_VERSION)
    const body = `${[JSON.stringify({ ...header, version: 1 }), ...rows].join('\n')}\n`
    const { revision, record, ...counts } = JSON.parse(lines.at(-1) ?? '').end.rows
    expect([revision, record]).toEqual([0, 0])
    const sha256 = createHash('sha256').update(body).digest('hex')
    const target = place('SQLite')
    await target.load([Buffer.from(`${body}${JSON.stringify({ end: { rows: counts, sha256 } })}\n`)])
    expect(await contentOf(await target.dump())).toEqual(await contentOf(await source.dump()))
  })

  test.each([
    ['SQLite', 'Redis'],
    ['Redis', 'SQLite'],
    ['SQLite', 'Redis Cluster'],
  ])('from %s to %s takes records along: who was banned stays banned', async (from, to) => {
    const rows = [
      { kind: 'standing', key: 'ana', value: '{"banned":{"until":null,"reason":"“spam” = \\\\"}}' },
      { kind: 'block', key: 'ana:joao', value: '' },
      { kind: 'audit', key: '0000000000001-a', value: '{}' },
      { kind: 'audit', key: '0000000000002-b', value: '{}' },
    ] as const
    const source = await filled(from, async store => {
      await fill(store)
      await store.writeRecords(rows)
    })
    const target = place(to)
    await target.load(await bytesOf(await source.dump()))
    const recordsIn = async (of: Place) =>
      (await contentOf(await of.dump())).rows.filter(row => row.startsWith('["record"'))
    expect(await recordsIn(source)).toHaveLength(rows.length)
    expect(await recordsIn(target)).toEqual(await recordsIn(source))
    const store = await target.open()
    for (const { kind, key, value } of rows) expect(await store.record(kind, key)).toBe(value)
    expect((await store.records({ kind: 'audit', newest: true, limit: 1 })).map(({ key }) => key)).toEqual([
      '0000000000002-b',
    ])
    await store.close()
  })

  test.each(PAIRS)('from %s to %s leaves every answer as it was', async (from, to) => {
    const source = await filled(from, fillAndTrim)
    const old = await source.open()
    const joao = await old.accountByKey('joao')
    const maria = await old.accountByKey('maria')
    if (!joao || !maria) throw new Error('two accounts')
    const answers = async (store: Store) => ({
      epoch: store.epoch,
      secret: store.secret,
      head: store.head(),
      log: await store.newest(1_000),
      accounts: await store.accounts(null, 100),
      bySkeleton: await store.accountBySkeleton('j0a0'),
      follow: await store.follow((await store.trimmed(null)) ?? ORIGIN, 1_000),
      viewers: await Promise.all(
        [joao.id, maria.id, 'nobody'].map(async viewer => ({
          trimmed: await store.trimmed(viewer),
          read: await store.read(viewer, ORIGIN, 1_000),
          page: await store.page({ viewer, scope: 'PRIVATE', limit: 5 }),
          conversations: await store.conversations({ viewer, limit: 50 }),
          readPositions: await store.readPositions(viewer),
          withMaria: await store.page({ viewer, scope: 'ALL', with: maria.id, limit: 5 }),
        })),
      ),
      long: await store.findNonce(joao.id, LONG_NONCE),
    })
    const before = await answers(old)
    await old.close()
    const target = place(to)
    await target.load(await bytesOf(await source.dump()))
    const store = await target.open()
    onTestFinished(() => store.close())
    expect(await answers(store)).toEqual(before)
    const digest = before.long?.digest ?? new Uint8Array()
    const retry = await store.append(draftOf(joao, maria, 'long nonce', nonceOf(LONG_NONCE, digest)))
    expect(retry).toMatchObject({ status: 'stored', repeated: true, entry: { text: 'long nonce' } })
    const next = await say(store, joao, maria, 'after the move')
    expect(next.position).toBeGreaterThan(before.head)
    expect((await store.newest(1)).map(entry => messageOf(entry).text)).toEqual(['after the move'])
    expect(await store.claim({ ...joao, id: randomUUID(), skeleton: 'other', createdAt: 1 })).toBe('taken')
  })

  test.each(NAMES)('of a space in which nothing was ever said arrives at %s', async to => {
    const source = await filled('SQLite', async () => {})
    const target = place(to)
    await target.load(await bytesOf(await source.dump()))
    expect(await contentOf(await target.dump())).toEqual(await contentOf(await source.dump()))
  })

  test.each(NAMES)('of a space whose every message was trimmed arrives at %s', async to => {
    const source = await filled('SQLite', async store => {
      await fill(store, 10)
      const head = store.head()
      for (let more = true; more; ) ({ more } = await store.trim({ messages: 0, olderThan: head, upTo: head }))
    })
    const target = place(to)
    await target.load(await bytesOf(await source.dump()))
    const [old, store] = [await source.open(), await target.open()]
    onTestFinished(async () => void (await Promise.all([old.close(), store.close()])))
    expect(store.head()).toBe(old.head())
    expect(await store.trimmed(null)).toBe(old.head())
    expect(await store.newest(10)).toEqual([])
    const joao = await store.accountByKey('joao')
    if (!joao) throw new Error('an account')
    expect(await store.trimmed(joao.id)).toBe(await old.trimmed(joao.id))
    expect((await say(store, joao, null)).position).toBeGreaterThan(old.head())
  })

  test.each(NAMES)('into %s with another epoch is another history, with the same content', async to => {
    const source = await filled('SQLite', fill)
    const epoch = newEpoch()
    const target = place(to)
    await target.load(await bytesOf(await source.dump()), epoch)
    const [content, expected] = [await contentOf(await target.dump()), await contentOf(await source.dump())]
    expect(content.header).toEqual({ ...expected.header, epoch })
    expect(content.rows).toHaveLength(expected.rows.length)
  })

  test.each(NAMES)('into %s, where there is a space already, is refused and changes nothing', async to => {
    const bytes = await bytesOf(await (await filled('SQLite', fill)).dump())
    for (const how of [fill, async () => {}]) {
      const target = await filled(to, how)
      const before = await contentOf(await target.dump())
      await expect(target.load(bytes)).rejects.toMatchObject({ code: 'NOT_EMPTY' })
      expect(await contentOf(await target.dump())).toEqual(before)
    }
  })
})

describe('an archive that is not whole', () => {
  let lines: string[]
  beforeAll(async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'recado-archive-'))
    const store = await openSqliteStore({ dataDir, events: { committed() {} } })
    await fillAndTrim(store)
    await store.close()
    const archive = await bytesOf(dumpSqlite(dataDir, false))
    lines = Buffer.concat(archive).toString().split('\n')
    await rm(dataDir, { recursive: true })
  })
  const bytes = (text: string) => [Buffer.from(text)]
  const edited = (edit: (lines: string[]) => void) => {
    const copy = [...lines]
    edit(copy)
    return bytes(copy.join('\n'))
  }
  const index = (kind: string) => lines.findIndex(line => line.startsWith(`{"${kind}"`))

  async function expectRefused(name: string, archive: readonly Uint8Array[], code: string): Promise<void> {
    const target = place(name)
    const error = await target.load(archive).then(
      () => null,
      (reason: unknown) => reason,
    )
    expect(error).toBeInstanceOf(ArchiveError)
    expect(error).toMatchObject({ code })
    expect(await target.traces()).toEqual([])
    // And the place is as good as new.
    await target.load(bytes(lines.join('\n')))
    expect((await contentOf(await target.dump())).rows).toHaveLength(lines.length - 3)
  }

  test.each(['SQLite', 'Redis'])('is refused wherever it was cut, and leaves nothing in %s', async name => {
    const whole = lines.join('\n')
    const first = lines[0]?.length ?? 0
    const half = Math.floor(whole.length / 2)
    const cuts = [10, first, first + 1, 1_000, half, whole.length - 400, whole.length - 100, whole.length - 1]
    for (const cut of cuts) {
      await expectRefused(name, bytes(whole.slice(0, cut)), cut <= first ? 'NOT_AN_ARCHIVE' : 'TRUNCATED')
    }
    await expectRefused(
      name,
      edited(copy => copy.splice(-2, 1)),
      'TRUNCATED',
    )
  })

  test.each(['SQLite', 'Redis'])(
    'is refused when a line was changed, lost, doubled or moved, and leaves nothing in %s',
    async name => {
      const message = index('message')
      const archives = [
        edited(copy => copy.splice(message, 1)),
        edited(copy => copy.splice(message, 0, copy[message] ?? '')),
        edited(copy => copy.splice(message, 2, copy[message + 1] ?? '', copy[message] ?? '')),
        edited(copy => copy.splice(message, 1, (copy[message] ?? '').replace('aspas', 'aspás'))),
        edited(copy => copy.splice(index('session'), 1)),
        edited(copy => copy.splice(index('account'), 1)),
        edited(copy => copy.splice(index('nonce'), 1, copy[message] ?? '')),
        edited(copy => copy.splice(-1, 1, '{"account":{}}', '')),
        edited(copy => copy.splice(message, 1, 'nonsense')),
        edited(copy => copy.splice(message, 1, '[]')),
        edited(copy => copy.splice(message, 1, '{"other":{}}')),
        [...bytes(lines.slice(0, message).join('\n')), Buffer.from([0x0a, 0x7b, 0xff, 0xfe, 0x7d, 0x0a])],
      ]
      for (const archive of archives) await expectRefused(name, archive, 'DAMAGED')
    },
  )

  test('is refused when a value is not what a store may be given', async () => {
    const wrong: [kind: string, field: string, value: unknown][] = [
      ['account', 'id', 'a"b'],
      ['account', 'username', ''],
      ['account', 'deletedAt', 5],
      ['account', 'trimmed', Number.MAX_SAFE_INTEGER],
      ['account', 'createdAt', '5'],
      ['session', 'tokenHash', 'short'],
      ['session', 'device', ''],
      ['session', 'lastUsedAt', 'now'],
      ['session', 'accountId', 'nobody'],
      ['message', 'position', 1.5],
      ['message', 'position', -1],
      ['message', 'position', 2 ** 53],
      ['message', 'text', '\ud800'],
      ['message', 'text', null],
      ['message', 'fromId', 'nobody'],
      ['message', 'toId', 'nobody'],
      ['message', 'deletedAt', 5_000],
      ['message', 'replyTo', 1.5],
      ['nonce', 'digest', '!'],
      ['nonce', 'key', 'x'.repeat(500)],
    ]
    for (const [kind, field, value] of wrong) {
      const archive = edited(copy => {
        const at = index(kind)
        const row = JSON.parse(copy[at] ?? '')
        row[kind][field] = value
        copy[at] = JSON.stringify(row)
      })
      await expectRefused('SQLite', archive, 'DAMAGED')
    }
  })

  test.each(['SQLite', 'Redis'])(
    'is refused when it is of a newer version, or no archive at all, and leaves nothing in %s',
    async name => {
      const first = JSON.parse(lines[0] ?? '')
      await expectRefused(
        name,
        edited(copy => copy.splice(0, 1, JSON.stringify({ ...first, version: ARCHIVE_VERSION + 1 }))),
        'TOO_NEW',
      )
      for (const text of ['', '\n', 'a,b,c\n', '{"recado":"other"}\n', 'x'.repeat(3_000_000)]) {
        await expectRefused(name, bytes(text), 'NOT_AN_ARCHIVE')
      }
      for (const field of ['epoch', 'secret', 'head', 'floor']) {
        const archive = edited(copy => copy.splice(0, 1, JSON.stringify({ ...first, [field]: 'x' })))
        await expectRefused(name, archive, 'DAMAGED')
      }
    },
  )

  test.each(NAMES)('of the former version, which had no read positions, arrives in %s', async name => {
    const first = JSON.parse(lines[0] ?? '')
    const rows = lines.slice(1, -2).filter(line => !line.startsWith('{"reading"'))
    expect(rows).toHaveLength(lines.length - 6)
    const body = [JSON.stringify({ ...first, version: 1 }), ...rows, ''].join('\n')
    const { reading, ...counts } = JSON.parse(lines.at(-2) ?? '').end.rows
    const end = { rows: counts, sha256: createHash('sha256').update(body).digest('hex') }
    const target = place(name)
    await target.load(bytes(`${body}${JSON.stringify({ end })}\n`))
    expect((await contentOf(await target.dump())).rows).toHaveLength(rows.length)
  })

  test('reaches the reader in pieces of any size', async () => {
    const whole = Buffer.from(lines.join('\n'))
    for (const size of [1, 7, 1_000]) {
      const pieces = Array.from({ length: Math.ceil(whole.length / size) }, (_, n) =>
        whole.subarray(n * size, (n + 1) * size),
      )
      const target = folder()
      await target.load(pieces)
      expect((await contentOf(await target.dump())).rows).toHaveLength(lines.length - 3)
    }
  })
})

describe('a dump', () => {
  test('of a folder without a space says so, and makes nothing there', () => {
    const dataDir = join(temporaryFolder(), 'none')
    expect(() => dumpSqlite(dataDir, false)).toThrow(expect.objectContaining({ code: 'NOTHING_THERE' }))
    expect(existsSync(dataDir)).toBe(false)
  })

  test('of a folder whose server runs is refused, or of one moment if that was asked for', async () => {
    const dataDir = temporaryFolder()
    const store = await openSqliteStore({ dataDir, events: { committed() {} } })
    onTestFinished(() => store.close())
    await fill(store, 5)
    expect(() => dumpSqlite(dataDir, false)).toThrow(expect.objectContaining({ code: 'DATA_DIR_IN_USE' }))
    const head = store.head()
    const dump = dumpSqlite(dataDir, true)
    const joao = await store.accountByKey('joao')
    for (let n = 0; n < 50; n++) await say(store, joao ?? { id: '', username: '' }, null, 'later')
    const { header, rows } = await contentOf(dump)
    expect(header).toMatchObject({ head })
    expect(rows.filter(row => row.includes('later'))).toEqual([])
  })

  test('keeps servers out of the folder until it is closed', async () => {
    const source = await filled('SQLite', fill)
    const dump = await source.dump()
    await expect(source.open()).rejects.toMatchObject({ code: 'DATA_DIR_IN_USE' })
    await dump.close()
    await (await source.open()).close()
  })

  test('of a space in Redis is refused while servers listen there, or when one writes meanwhile', async () => {
    const space = randomUUID()
    const open = () => openRedisStore({ url: redis.url, space, events: { committed() {} }, lastKnown: () => ORIGIN })
    await expect(dumpRedis(redis.url, space)).rejects.toMatchObject({ code: 'NOTHING_THERE' })
    const store = await open()
    onTestFinished(() => store.close())
    await fill(store, 5)
    const listener = redis.client.duplicate()
    await listener.subscribe(keysOf(space, 0).all)
    await expect(dumpRedis(redis.url, space)).rejects.toMatchObject({ code: 'IN_USE' })
    listener.disconnect()
    await expect.poll(() => redis.client.pubsub('NUMSUB', keysOf(space, 0).all)).toEqual([keysOf(space, 0).all, 0])
    const dump = await dumpRedis(redis.url, space)
    const joao = await store.accountByKey('joao')
    await say(store, joao ?? { id: '', username: '' }, null, 'meanwhile')
    await expect(bytesOf(dump)).rejects.toMatchObject({ code: 'IN_USE' })
  })

  test('of a space in Redis is refused for servers in its database, and not for those of that name in another', async () => {
    const space = randomUUID()
    const url = `${redis.url}/3`
    const store = await openRedisStore({ url, space, events: { committed() {} }, lastKnown: () => ORIGIN })
    onTestFinished(() => store.close())
    await fill(store, 5)
    const listener = await createRedisClient(url, 'subscriber')
    onTestFinished(() => listener.disconnect())
    await listener.subscribe(keysOf(space, 0).all)
    await (await dumpRedis(url, space)).close()
    await listener.subscribe(keysOf(space, 3).all)
    await expect(dumpRedis(url, space)).rejects.toMatchObject({ code: 'IN_USE' })
  })
})

describe('a load into Redis', () => {
  test('keeps servers and other imports out until it is finished, and one that died is taken away by the next', async () => {
    const bytes = await bytesOf(await (await filled('SQLite', fill)).dump())
    const header = await headerOf(bytes)
    const space = randomUUID()
    const { meta } = keysOf(space, 0)
    const options = { url: redis.url, space, epoch: header.epoch, allowVolatile: false }
    const open = () => openRedisStore({ url: redis.url, space, events: { committed() {} }, lastKnown: () => ORIGIN })
    const first: Load = await loadRedis(header, options)
    const account = { kind: 'account', id: 'a', username: 'a', key: 'a', skeleton: 'a', passwordHash: null } as const
    await first.add([{ ...account, createdAt: 1, lastSeenAt: null, deletedAt: null, trimmed: 0 }])
    await expect(open()).rejects.toMatchObject({ code: 'UNFINISHED' })
    await expect(dumpRedis(redis.url, space)).rejects.toMatchObject({ code: 'UNFINISHED' })
    await expect(loadRedis(header, options)).rejects.toMatchObject({ code: 'IN_USE' })
    // As if it had died more than a minute ago.
    await redis.client.hset(meta, 'loadingAt', Date.now() - 61_000)
    const second = await loadRedis(header, options)
    expect(await redis.client.keys(`{${space}}*`)).toEqual([meta])
    await expect(first.add([])).rejects.toMatchObject({ code: 'IN_USE' })
    await first.abandon()
    expect(await redis.client.exists(meta)).toBe(1)
    await load(bytes, second)
    const store = await open()
    expect(store.epoch).toBe(header.epoch)
    await store.close()
  })

  test('of a Redis that would lose it is refused', async () => {
    const header = await headerOf(await bytesOf(await (await filled('SQLite', fill)).dump()))
    const volatile = await startRedis({ config: { appendonly: 'no' } })
    onTestFinished(() => volatile.dispose())
    const options = { url: volatile.url, space: 'main', epoch: header.epoch, allowVolatile: false }
    await expect(loadRedis(header, options)).rejects.toMatchObject({ code: 'REDIS_VOLATILE' })
    expect(await volatile.client.dbsize()).toBe(0)
  })
})

test('a session in an archive of before devices were kept is read as one that nobody knows', () => {
  const header = {
    epoch: 'epoch000',
    secret: new Uint8Array(32),
    head: 0,
    floor: 0,
    trimmedPublic: 0,
    isLive: false,
    about: 1,
  }
  const old = { id: 's', tokenHash: 'A'.repeat(43), accountId: 'a', createdAt: 5, expiresAt: 9 }
  const row = parseRow(Buffer.from(JSON.stringify({ session: old })), 2, header)
  expect(row).toMatchObject({ kind: 'session', device: '?', createdAt: 5, lastUsedAt: 5, expiresAt: 9 })
})
