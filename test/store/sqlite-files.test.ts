// The files of the SQLite store: who may open the data folder, what is refused with its bytes untouched, migrations,
// backups of a running server.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { backup, DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { ORIGIN } from '../../server/domain/entry.ts'
import { APPLICATION_ID, MIGRATIONS, migrate, schemaVersion } from '../../server/store/sqlite/schema.ts'
import { openSqliteStore } from '../../server/store/sqlite/sqlite-store.ts'
import { StoreError, type StoreErrorCode } from '../../server/store/store-error.ts'
import { draftOf, say } from '../contract/store.ts'
import { eventually, openStore, openWithPeople, sha256, temporaryFolder } from './support.ts'

const STORE_PROCESS = fileURLToPath(new URL('./store-process.ts', import.meta.url))
const FILES = ['recado.db', 'recado.db-wal'] as const

/** Opens the folder, expecting a refusal with this code that changes no byte of the database. */
async function expectRefused(dataDir: string, code: StoreErrorCode): Promise<string> {
  const present = FILES.map(file => join(dataDir, file)).filter(existsSync)
  const before = present.map(sha256)
  const error = await openSqliteStore({ dataDir, events: { committed() {} } }).then(
    async store => {
      await store.close()
      return new Error('it was opened')
    },
    cause => cause,
  )
  expect(error).toBeInstanceOf(StoreError)
  expect(error).toMatchObject({ code })
  expect(error.message).toMatch(/^.{20,}\.$/s)
  expect(error.message).toContain(dataDir)
  expect(present.map(sha256)).toEqual(before)
  return error.message
}

/** A data folder with a few hundred messages, closed. */
async function filledFolder(): Promise<string> {
  const dataDir = temporaryFolder()
  const { store, joao, maria } = await openWithPeople(dataDir)
  await Promise.all(
    Array.from({ length: 500 }, (_, n) => store.append(draftOf(joao, n % 2 ? null : maria, 'x'.repeat(500)))),
  )
  await store.close()
  return dataDir
}

/** The files of a server that was killed: most of what it knew is still in the write-ahead log. */
async function killedFolder(): Promise<string> {
  const [from, dataDir] = [temporaryFolder(), temporaryFolder()]
  const { store, joao } = await openWithPeople(from)
  await Promise.all(Array.from({ length: 100 }, () => say(store, joao, null, 'x'.repeat(500))))
  for (const file of FILES) cpSync(join(from, file), join(dataDir, file))
  await store.close()
  return dataDir
}

describe('the data folder', () => {
  test('a missing one is made, for its owner only, and holds whole files after a close', async () => {
    const dataDir = join(temporaryFolder(), 'deep', 'er')
    const { store } = await openStore(dataDir)
    await store.close()
    expect(statSync(dataDir).mode & 0o777).toBe(0o700)
    expect(statSync(join(dataDir, 'recado.db')).mode & 0o777).toBe(0o600)
    expect(readdirSync(dataDir).sort()).toEqual(['lock.db', 'recado.db'])
  })

  test('one that cannot be made is refused with a sentence', async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'file'), '')
    const dataDir = join(folder, 'file', 'data')
    expect(await expectRefused(dataDir, 'DATA_DIR_UNUSABLE')).toContain('ENOTDIR')
  })

  test('a second server is refused, from this process or another, until the first has closed', async () => {
    const dataDir = temporaryFolder()
    const { store } = await openStore(dataDir)
    const refusal = { code: 'DATA_DIR_IN_USE', name: 'StoreError' }
    await expect(openStore(dataDir)).rejects.toMatchObject(refusal)
    const child = fork(STORE_PROCESS, [dataDir, 'obey'], { execArgv: [], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
    onTestFinished(() => void child.kill('SIGKILL'))
    let complaint = ''
    child.stderr?.on('data', data => {
      complaint += data
    })
    expect(await once(child, 'exit')).toEqual([1, null])
    expect(complaint).toContain('DATA_DIR_IN_USE')
    await expect(openStore(dataDir)).rejects.toMatchObject(refusal)
    await store.close()
    await openStore(dataDir)
  })

  test('a server that was killed leaves no lock behind', async () => {
    const dataDir = temporaryFolder()
    const child = fork(STORE_PROCESS, [dataDir, 'obey'], { execArgv: [] })
    await once(child, 'message')
    await expect(openStore(dataDir)).rejects.toMatchObject({ code: 'DATA_DIR_IN_USE' })
    child.kill('SIGKILL')
    await once(child, 'exit')
    await openStore(dataDir)
  })

  test('a refused file does not keep the folder locked', async () => {
    const dataDir = temporaryFolder()
    writeFileSync(join(dataDir, 'recado.db'), 'not a database')
    await expectRefused(dataDir, 'FILE_FOREIGN')
    rmSync(join(dataDir, 'recado.db'))
    await openStore(dataDir)
  })

  test('a file that was being made when the server died is thrown away', async () => {
    const dataDir = temporaryFolder()
    writeFileSync(join(dataDir, 'recado.db.new'), 'half a page')
    const { store } = await openStore(dataDir)
    expect(store.head()).toBe(ORIGIN)
    expect(existsSync(join(dataDir, 'recado.db.new'))).toBe(false)
  })
})

describe('a file that is refused stays as it was', () => {
  test('text, or nothing, in the place of a database', async () => {
    for (const content of ['', 'not a database', 'SQLite format 3\0', 'x'.repeat(10_000)]) {
      const dataDir = temporaryFolder()
      writeFileSync(join(dataDir, 'recado.db'), content)
      await expectRefused(dataDir, 'FILE_FOREIGN')
    }
  })

  test('the database of another program', async () => {
    const dataDir = temporaryFolder()
    const db = new DatabaseSync(join(dataDir, 'recado.db'))
    db.exec('PRAGMA journal_mode = WAL; CREATE TABLE message (id); INSERT INTO message VALUES (1)')
    db.close()
    await expectRefused(dataDir, 'FILE_FOREIGN')
  })

  test('a newer schema version, in the file or still in its write-ahead log', async () => {
    const dataDir = await filledFolder()
    const path = join(dataDir, 'recado.db')
    const db = new DatabaseSync(path)
    db.exec(`PRAGMA user_version = ${MIGRATIONS.length + 1}`)
    const live = temporaryFolder()
    for (const file of FILES) cpSync(join(dataDir, file), join(live, file))
    db.close()
    expect(await expectRefused(dataDir, 'FILE_TOO_NEW')).toContain(`version ${MIGRATIONS.length + 1}`)
    await expectRefused(live, 'FILE_TOO_NEW')
  })

  test('damaged pages', async () => {
    const dataDir = await filledFolder()
    const path = join(dataDir, 'recado.db')
    const whole = readFileSync(path)
    const pageSize = whole.readUInt16BE(16)
    expect(whole.length).toBeGreaterThan(20 * pageSize)
    for (const page of [1, 5, 12, Math.floor(whole.length / pageSize) - 1]) {
      const damaged = Buffer.from(whole)
      damaged.fill(0xa5, page * pageSize, page * pageSize + 200)
      writeFileSync(path, damaged)
      await expectRefused(dataDir, 'FILE_CORRUPT')
    }
  })

  test('a file that was cut short', async () => {
    const dataDir = await filledFolder()
    truncateSync(join(dataDir, 'recado.db'), 9 * 4096 + 100)
    await expectRefused(dataDir, 'FILE_CORRUPT')
  })

  test('a damaged file of a server that was killed keeps its write-ahead log too', async () => {
    const dataDir = await killedFolder()
    const path = join(dataDir, 'recado.db')
    const damaged = readFileSync(path)
    damaged.fill(0xa5, 2 * 4096, 3 * 4096)
    // The log overlays its pages, so what is damaged here must be what it does not have.
    writeFileSync(path, damaged.subarray(0, 3 * 4096))
    const log = join(dataDir, 'recado.db-wal')
    truncateSync(log, 4096 * 3)
    await expectRefused(dataDir, 'FILE_CORRUPT')
  })

  test('a database without its tables, or without its identity', async () => {
    const dataDir = temporaryFolder()
    const path = join(dataDir, 'recado.db')
    const db = new DatabaseSync(path)
    db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = 1; CREATE TABLE other (x)`)
    db.close()
    await expectRefused(dataDir, 'FILE_CORRUPT')
    const filled = await filledFolder()
    const own = new DatabaseSync(join(filled, 'recado.db'))
    own.exec(`DELETE FROM meta WHERE key = 'secret'`)
    own.close()
    expect(await expectRefused(filled, 'FILE_CORRUPT')).toContain('secret')
  })

  test('a write-ahead log whose database is missing', async () => {
    const dataDir = await killedFolder()
    rmSync(join(dataDir, 'recado.db'))
    await expectRefused(dataDir, 'FILE_CORRUPT')
  })

  test('the files of a server that was killed are opened', async () => {
    const { store } = await openStore(await killedFolder())
    expect(await store.newest(1_000)).toHaveLength(100)
  })
})

describe('while the server runs', () => {
  test('its database can be copied by VACUUM INTO and by a backup, and the copy opens', async () => {
    const { store, joao, maria } = await openWithPeople(temporaryFolder())
    const dataDir = temporaryFolder()
    const running = await openWithPeople(dataDir)
    await say(store, joao, maria)
    const entry = await say(running.store, running.joao, running.maria, 'guarde isto')
    let stop = false
    const flood = (async () => {
      while (!stop) await say(running.store, running.joao, null)
    })()
    const tool = new DatabaseSync(join(dataDir, 'recado.db'), { readOnly: true })
    const copies = [temporaryFolder(), temporaryFolder()] as const
    tool.prepare('VACUUM INTO ?').run(join(copies[0], 'recado.db'))
    await backup(tool, join(copies[1], 'recado.db'))
    tool.close()
    stop = true
    await flood
    for (const copy of copies) {
      const restored = await openStore(copy)
      expect(restored.store.epoch).toBe(running.store.epoch)
      expect(await restored.store.at(running.maria.id, entry.position)).toEqual(entry)
      await restored.store.close()
    }
  })

  test('a tool that holds the write lock for a moment only delays an append', async () => {
    const dataDir = temporaryFolder()
    const { store, joao } = await openWithPeople(dataDir)
    const tool = new DatabaseSync(join(dataDir, 'recado.db'))
    tool.exec('BEGIN IMMEDIATE')
    let done = false
    const appended = say(store, joao, null).then(entry => {
      done = true
      return entry
    })
    for (let n = 0; n < 20; n++) await store.newest(1)
    expect(done).toBe(false)
    tool.exec('ROLLBACK')
    tool.close()
    const { position } = await appended
    expect(store.head()).toBe(position)
  })
})

describe('migrations', () => {
  const next = `ALTER TABLE account ADD COLUMN motto TEXT; UPDATE account SET motto = username;`

  test('an older file gets what it lacks, with its data, and a file of this version nothing', async () => {
    const dataDir = temporaryFolder()
    const { store } = await openWithPeople(dataDir)
    await store.close()
    const db = new DatabaseSync(join(dataDir, 'recado.db'))
    onTestFinished(() => db.close())
    const version = schemaVersion(db)
    expect(version).toBe(MIGRATIONS.length)
    migrate(db)
    migrate(db, [...MIGRATIONS, next])
    migrate(db, [...MIGRATIONS, next])
    expect(schemaVersion(db)).toBe(version + 1)
    expect(db.prepare('SELECT motto FROM account ORDER BY motto').all()).toEqual([
      { motto: 'joao' },
      { motto: 'maria' },
    ])
  })

  test('one that fails leaves the file at its version, whole', () => {
    const db = new DatabaseSync(':memory:')
    migrate(db)
    expect(() => migrate(db, [...MIGRATIONS, next, 'CREATE TABLE account (x)'])).toThrow('already exists')
    expect(schemaVersion(db)).toBe(MIGRATIONS.length)
    expect(db.isTransaction).toBe(false)
    expect(() => db.prepare('SELECT motto FROM account')).toThrow('no such column')
    migrate(db, [...MIGRATIONS, next])
    expect(schemaVersion(db)).toBe(MIGRATIONS.length + 1)
  })
})

describe('a database that is replaced under a running server is not written', () => {
  test.each([
    ['by another', filledFolder],
    ['by an older copy of itself', null],
  ])('%s', async (_, replacement) => {
    const dataDir = temporaryFolder()
    const complaints: string[] = []
    const complain = (details: object) => void complaints.push(JSON.stringify(details))
    const { store, committed, joao } = await openWithPeople(dataDir, {
      scripts: { writer: new URL('./faulty-writer.ts', import.meta.url) },
      log: { warn: complain, error: complain },
    })
    const older = temporaryFolder()
    for (const file of FILES) cpSync(join(dataDir, file), join(older, file))
    await say(store, joao, null)
    const other = replacement ? await replacement() : older
    for (const file of [...FILES, 'recado.db-shm']) rmSync(join(dataDir, file))
    for (const file of readdirSync(other)) if (file !== 'lock.db') cpSync(join(other, file), join(dataDir, file))
    const present = FILES.map(file => join(dataDir, file)).filter(existsSync)
    const before = present.map(sha256)

    const unavailable = { code: 'STORAGE_UNAVAILABLE' }
    await expect(store.append(draftOf(joao, null, 'fail after the commit'))).rejects.toMatchObject(unavailable)
    await eventually(() => complaints.filter(complaint => complaint.includes('FILE_FOREIGN')).length >= 3)
    await expect(store.append(draftOf(joao, null))).rejects.toMatchObject(unavailable)
    expect(committed).toHaveLength(1)
    expect(present.map(sha256)).toEqual(before)
  })
})
