// `recado export`, `import` and `backup` as a person runs them: real files, real pipes, a real Redis, exit codes, and
// what is left behind when something goes wrong.
import { randomUUID } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ORIGIN } from '../../server/domain/entry.ts'
import { dumpRedis } from '../../server/store/redis/dump.ts'
import { openRedisStore } from '../../server/store/redis/redis-store.ts'
import { dumpSqlite } from '../../server/store/sqlite/dump.ts'
import { openSqliteStore } from '../../server/store/sqlite/sqlite-store.ts'
import { draftOf, enter, nonceOf, say } from '../contract/store.ts'
import { diskFolder } from '../setup/folders.ts'
import { type RedisServer, startRedis } from '../setup/redis.ts'
import { contentOf, fill, fillAndTrim } from '../store/archive-support.ts'
import { type Home, openHome } from '../terminal/program.ts'

let redis: RedisServer
let home: Home
/** A data folder with a space in it, whose server has stopped: each test has a copy of the first one. */
let data: string
let original: string

beforeAll(async () => {
  redis = await startRedis()
  original = mkdtempSync(join(tmpdir(), 'recado-moving-'))
  const store = await openSqliteStore({ dataDir: original, events: { committed() {} } })
  await fillAndTrim(store)
  await store.close()
})
afterAll(async () => {
  rmSync(original, { recursive: true, force: true })
  await redis.dispose()
})
beforeEach(async () => {
  home = await openHome()
  data = join(home.folder, 'data')
  cpSync(original, data, { recursive: true })
})
afterEach(() => home.remove())

const path = (name: string): string => join(home.folder, name)
const folderContent = (dataDir: string) => contentOf(dumpSqlite(dataDir, false))
const filesIn = (dataDir: string): string[] =>
  existsSync(dataDir) ? readdirSync(dataDir).filter(name => name !== 'lock.db') : []
const modeOf = (file: string): number => statSync(file).mode & 0o777

describe('recado export and import', () => {
  it('move a data folder by a file: same epoch, everything there', async () => {
    const exported = await home.done(['export', 'chat.jsonl', '--data-dir', data])
    expect(exported).toMatchObject({ code: 0, stdout: '' })
    expect(exported.stderr).toContain(`Exporting ${data}`)
    expect(exported.stderr).toContain('Exported 6 accounts, 3 sessions, 30 messages, and 22 nonces.')
    expect(modeOf(path('chat.jsonl'))).toBe(0o600)
    const imported = await home.done(['import', 'chat.jsonl', '--move', '--data-dir', 'moved'])
    expect(imported).toMatchObject({ code: 0, stdout: '' })
    expect(imported.stderr).toContain('Imported 6 accounts, 3 sessions, 30 messages, and 22 nonces.')
    expect(imported.stderr).toContain('The history goes on with epoch ')
    expect(filesIn(path('moved'))).toEqual(['recado.db'])
    expect(modeOf(path('moved/recado.db'))).toBe(0o600)
    expect(await folderContent(path('moved'))).toEqual(await folderContent(data))
    expect(filesIn(home.folder).filter(name => name.includes('partial'))).toEqual([])
  })

  it('restore a copy by a pipe: another epoch, everything else the same', async () => {
    const exported = await home.done(['export', '--data-dir', data])
    const imported = await home.done(['import', '-', '--data-dir', 'restored'], exported.stdout)
    expect(imported).toMatchObject({ code: 0, stdout: '' })
    const [was, is] = [await folderContent(data), await folderContent(path('restored'))]
    expect(is.rows).toEqual(was.rows)
    const { epoch } = is.header as { epoch: string }
    expect(imported.stderr).toContain(`It is another history now, epoch ${epoch}: clients are told HISTORY_RESET`)
    expect(is.header).toEqual({ ...was.header, epoch })
    expect(epoch).not.toBe((was.header as { epoch: string }).epoch)
  })

  it('move a chat into Redis, and back, as the settings or the command line say where', async () => {
    const space = randomUUID()
    const env = { REDIS_URL: redis.url, SPACE: space }
    const file = path('chat.jsonl')
    expect(await home.done(['export', file, '--data-dir', data])).toMatchObject({ code: 0 })
    const there = await home.run(['import', '--move', file], { env }).ended()
    expect(there).toMatchObject({ code: 0, stdout: '' })
    expect(there.stderr).toContain(`Importing into ${redis.url} ${space}`)
    expect((await contentOf(await dumpRedis(redis.url, space))).header).toEqual((await folderContent(data)).header)

    const back = path('back.jsonl')
    const exported = await home.done(['export', back, '--redis', redis.url, '--space', space, '--lang', 'pt'])
    expect(exported).toMatchObject({ code: 0 })
    expect(exported.stderr).toContain('Exportado: 6 contas, 3 sessões, 30 mensagens e 22 nonces.')
    // --data-dir wins over a Redis of the environment.
    const imported = await home
      .run(['import', '--move', back, '--data-dir', 'again', '--space', 'main'], { env })
      .ended()
    expect(imported).toMatchObject({ code: 0 })
    const [was, is] = [await folderContent(data), await folderContent(path('again'))]
    expect(is.header).toEqual(was.header)
    expect(is.rows).toHaveLength(was.rows.length)
  })

  it('use the folder of a space that is not the standard one', async () => {
    const exported = await home.done(['export', '--data-dir', data])
    const target = { env: { DATA_DIR: path('spaces') }, input: exported.stdout }
    expect(await home.run(['import', '--move', '--space', 'family'], target).ended()).toMatchObject({ code: 0 })
    expect(filesIn(path('spaces/family'))).toEqual(['recado.db'])
    expect(await folderContent(path('spaces/family'))).toEqual(await folderContent(data))
  })

  it.each([
    ['en', 'The archive ends before its end: it was cut. Nothing of it was kept.'],
    ['pt', 'O arquivo acaba antes do fim: foi cortado. Nada dele foi guardado.'],
  ])('refuse an archive that was cut, and keep nothing of it (%s)', async (language, sentence) => {
    await home.done(['export', 'chat.jsonl', '--data-dir', data])
    truncateSync(path('chat.jsonl'), statSync(path('chat.jsonl')).size - 40)
    const space = randomUUID()
    for (const to of [
      ['--data-dir', 'target'],
      ['--redis', redis.url, '--space', space],
    ]) {
      const { code, stdout, stderr } = await home.done(['import', 'chat.jsonl', '--lang', language, ...to])
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
      expect(stderr).toContain(sentence)
    }
    expect(filesIn(path('target'))).toEqual([])
    expect(await redis.client.keys(`{${space}}*`)).toEqual([])
    await home.done(['export', 'whole.jsonl', '--data-dir', data])
    expect(await home.done(['import', 'whole.jsonl', '--data-dir', 'target'])).toMatchObject({ code: 0 })
  })

  it('refuse what is damaged or no archive, with the line that is wrong', async () => {
    const { stdout } = await home.done(['export', '--data-dir', data])
    const damaged = await home.done(['import', '--data-dir', 'target'], stdout.replace('"text":', '"txet":'))
    expect(damaged.code).toBe(1)
    expect(damaged.stderr).toMatch(/The archive is damaged\. \(line \d+: text is missing\) Nothing of it was kept\./)
    const foreign = await home.done(['import', '--data-dir', 'target'], 'name,age\nana,7\n')
    expect(foreign).toMatchObject({ code: 1, stderr: expect.stringContaining('no archive of `recado export`') })
    const missing = await home.done(['import', 'no-such-file', '--data-dir', 'target'])
    expect(missing).toMatchObject({ code: 1, stderr: expect.stringContaining('no-such-file') })
    expect(filesIn(path('target'))).toEqual([])
  })

  it('refuse a place that has a space already, and change nothing there', async () => {
    const { stdout } = await home.done(['export', '--data-dir', data])
    const before = await folderContent(data)
    const { code, stderr } = await home.done(['import', '--data-dir', data], stdout)
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('recado.db already') })
    expect(await folderContent(data)).toEqual(before)
    const space = randomUUID()
    const store = await openRedisStore({ url: redis.url, space, events: { committed() {} }, lastKnown: () => ORIGIN })
    await fill(store, 3)
    await store.close()
    const full = await home.done(['import', '--redis', redis.url, '--space', space], stdout)
    expect(full).toMatchObject({ code: 1, stderr: expect.stringContaining('is not empty') })
  })

  it('refuse a folder whose server runs; --live exports it as of this moment, which is no move', async () => {
    const store = await openSqliteStore({ dataDir: data, events: { committed() {} } })
    try {
      const refused = await home.done(['export', 'chat.jsonl', '--data-dir', data])
      expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('Another server is using') })
      expect(filesIn(home.folder).sort()).toEqual(['data'])
      const live = await home.done(['export', 'live.jsonl', '--live', '--data-dir', data])
      expect(live.code).toBe(0)
      const moved = await home.done(['import', 'live.jsonl', '--move', '--data-dir', 'moved'])
      expect(moved).toMatchObject({ code: 1, stderr: expect.stringContaining('--move needs an export of a server') })
      expect(await home.done(['import', 'live.jsonl', '--data-dir', 'restored'])).toMatchObject({ code: 0 })
      expect(filesIn(path('moved'))).toEqual([])
    } finally {
      await store.close()
    }
    expect((await folderContent(path('restored'))).rows).toEqual((await folderContent(data)).rows)
  })

  it('leave a file that exists as it is, and say what is missing', async () => {
    writeFileSync(path('chat.jsonl'), 'precious')
    const { code, stderr } = await home.done(['export', 'chat.jsonl', '--data-dir', data])
    expect({ code, stderr }).toEqual({ code: 1, stderr: 'chat.jsonl exists: it is left as it is.\n' })
    expect(readFileSync(path('chat.jsonl'), 'utf8')).toBe('precious')
    const nowhere = await home.done(['export', '--data-dir', 'nowhere'])
    expect(nowhere).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('There is no ') })
    expect(existsSync(path('nowhere'))).toBe(false)
    const noRedis = await home.done(['export', '--redis', 'redis://127.0.0.1:1/0'])
    expect(noRedis).toMatchObject({ code: 1, stdout: '' })
  })

  it.each(['SIGINT', 'SIGTERM'] as const)('keep nothing of an import that %s ends', async signal => {
    const { stdout } = await home.done(['export', '--data-dir', data])
    const lines = stdout.split('\n')
    const space = randomUUID()
    for (const to of [
      ['--data-dir', 'target'],
      ['--redis', redis.url, '--space', space],
    ]) {
      const running = home.run(['import', ...to], { input: null })
      running.type(`${lines.slice(0, 20).join('\n')}\n`)
      await running.shows(/Importing into/, 'stderr')
      running.child.kill(signal)
      const { code, stderr } = await running.ended()
      expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('Interrupted: nothing was kept.') })
    }
    expect(filesIn(path('target'))).toEqual([])
    expect(await redis.client.keys(`{${space}}*`)).toEqual([])
  })

  it('keep the memory that they take bounded, whatever the number of messages', async () => {
    // On a disk: a third of a gigabyte in all.
    await home.remove()
    home = await openHome(undefined, diskFolder())
    const large = path('large')
    const store = await openSqliteStore({ dataDir: large, events: { committed() {} } })
    const people = await Promise.all(Array.from({ length: 20 }, (_, n) => enter(store, `person${n}`)))
    const text = 'é'.repeat(1_250)
    for (let sent = 0; sent < 24_000; sent += 2_000) {
      await Promise.all(
        Array.from({ length: 2_000 }, (_, n) => {
          const [from, to] = [people[n % 20], n % 2 ? null : people[(n * 7) % 20]]
          if (!from) throw new Error('a person')
          return store.append(draftOf(from, to ?? null, `${sent + n} ${text}`, nonceOf(randomUUID())))
        }),
      )
    }
    await store.close()
    // Sixty megabytes of texts; anything that held them all would die of it, or be told by its size.
    const size = `process.on('exit', () => console.error('size', process.resourceUsage().maxRSS))`
    const tellSize = `--import=data:text/javascript,${encodeURIComponent(size)}`
    const env = { NODE_OPTIONS: `--max-old-space-size=40 ${tellSize}` }
    const space = randomUUID()
    const runs = [
      ['export', 'large.jsonl', '--data-dir', large],
      ['import', 'large.jsonl', '--move', '--data-dir', 'copy'],
      ['import', 'large.jsonl', '--move', '--redis', redis.url, '--space', space],
      ['export', 'back.jsonl', '--redis', redis.url, '--space', space],
    ]
    for (const words of runs) {
      const { code, stderr } = await home.run(words, { env, patienceMs: 180_000 }).ended()
      expect({ words, code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('24,000 messages') })
      const [, kibibytes] = /^size (\d+)$/m.exec(stderr) ?? []
      const most = words.includes('--redis') ? 320 : 220
      expect({ words, mebibytes: Number(kibibytes) / 1024 }).toSatisfy(told => told.mebibytes < most)
    }
    const rows = (file: string) => readFileSync(path(file), 'utf8').split('\n').slice(1, -2).sort()
    expect(statSync(path('large.jsonl')).size).toBeGreaterThan(60_000_000)
    const [first, back] = [rows('large.jsonl'), rows('back.jsonl')]
    expect(back.length).toBe(first.length)
    expect(back.every((row, n) => row === first[n])).toBe(true)
    const copy = await openSqliteStore({ dataDir: path('copy'), events: { committed() {} } })
    expect(await copy.newest(1)).toMatchObject([{ text: `23999 ${text}` }])
    await copy.close()
  }, 600_000)
})

describe('recado backup', () => {
  it('copies the database of a server that runs and writes; the copy opens as a data folder', async () => {
    const store = await openSqliteStore({ dataDir: data, events: { committed() {} } })
    const before = await store.newest(1_000)
    const ana = await store.accountByKey('ana')
    let done = false
    const writing = (async () => {
      while (!done) await say(store, ana ?? { id: '', username: '' }, null, 'meanwhile')
    })()
    mkdirSync(path('backups'))
    const { code, stdout, stderr } = await home.done(['backup', 'backups/today.db', '--data-dir', data])
    done = true
    await writing
    await store.close()
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
    expect(stderr).toMatch(
      /^Copying .*\nCopied; checking the copy\nbackups\/today\.db: [\d.,]+ [KM]iB, [\d,]+ messages, whole\.\n$/,
    )
    expect(readdirSync(path('backups'))).toEqual(['today.db'])
    expect(modeOf(path('backups/today.db'))).toBe(0o600)
    mkdirSync(path('restored'))
    cpSync(path('backups/today.db'), path('restored/recado.db'))
    const copy = await openSqliteStore({ dataDir: path('restored'), events: { committed() {} } })
    expect((await copy.newest(100_000)).slice(0, before.length)).toEqual(before)
    expect(copy.epoch).toBe(store.epoch)
    await copy.close()
  })

  it('says the size of a small one in KiB', async () => {
    const small = await openSqliteStore({ dataDir: path('small'), events: { committed() {} } })
    await small.close()
    const { stderr } = await home.done(['backup', 'small.db', '--data-dir', path('small')])
    const { size } = statSync(path('small.db'))
    expect(size).toBeLessThan(1024 * 1024)
    expect(stderr).toContain(`small.db: ${size / 1024} KiB, 0 messages, whole.`)
  })

  it('finds out a damaged database, and leaves no copy', async () => {
    const database = join(data, 'recado.db')
    const db = new DatabaseSync(database)
    const page = Number(db.prepare(`SELECT rootpage FROM sqlite_master WHERE name = 'message'`).get()?.rootpage)
    db.close()
    const bytes = readFileSync(database)
    bytes.fill(0xa5, (page - 1) * 4096 + 200, page * 4096)
    writeFileSync(database, bytes)
    const { code, stderr } = await home.done(['backup', 'copy.db', '--data-dir', data])
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('damaged') })
    expect(filesIn(home.folder)).toEqual(['data'])
  })

  it('leaves a file that exists as it is, and refuses a Redis and a folder without a database', async () => {
    writeFileSync(path('copy.db'), 'precious')
    const exists = await home.done(['backup', 'copy.db', '--data-dir', data])
    expect(exists).toMatchObject({ code: 1, stderr: expect.stringContaining('copy.db already') })
    expect(readFileSync(path('copy.db'), 'utf8')).toBe('precious')
    const nothing = await home.done(['backup', 'other.db', '--data-dir', 'nowhere'])
    expect(nothing).toMatchObject({ code: 1, stderr: expect.stringContaining('There is no ') })
    const ofRedis = await home.run(['backup', 'other.db'], { env: { REDIS_URL: redis.url } }).ended()
    expect(ofRedis).toMatchObject({ code: 2, stderr: expect.stringContaining('A backup is of a data folder') })
    const unwritable = await home.done(['backup', 'no/such/folder.db', '--data-dir', data])
    expect(unwritable).toMatchObject({ code: 1, stderr: expect.stringContaining("can't be made") })
    expect(filesIn(home.folder).sort()).toEqual(['copy.db', 'data'])
  })
})
