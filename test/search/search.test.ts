// The search room on a real store: what is found, by whom, in which pages; and an index that was away, damaged, or is of
// another log.
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { ORIGIN } from '../../server/domain/entry.ts'
import { parseQuery } from '../../server/search/query.ts'
import { until } from '../setup/until.ts'
import { createRig, type Rig } from './rig.ts'

let rig: Rig

beforeEach(async () => {
  rig = await createRig()
})

afterEach(() => rig.close())

describe('what is found', () => {
  it('is there at once, for those who may see it, and for nobody else', async () => {
    const [ana, bia, cleo] = await Promise.all(['ana', 'bia', 'cleo'].map(rig.account))
    if (!ana || !bia || !cleo) throw new Error('no accounts')
    await rig.say(ana, null, 'Olá a todos')
    await rig.say(ana, bia, 'olá, Bia: o SEGREDO é 42')
    await rig.say(bia, ana, 'ola de volta')
    await rig.say(cleo, cleo, 'olá, nota para mim')
    expect(await rig.texts(ana, 'ola')).toEqual(['Olá a todos', 'olá, Bia: o SEGREDO é 42', 'ola de volta'])
    expect(await rig.texts(bia, 'segredo')).toEqual(['olá, Bia: o SEGREDO é 42'])
    expect(await rig.texts(cleo, 'segredo')).toEqual([])
    expect(await rig.texts(cleo, 'ola')).toEqual(['Olá a todos', 'olá, nota para mim'])
    expect(await rig.texts(ana, 'ola', { scope: 'PUBLIC' })).toEqual(['Olá a todos'])
    expect(await rig.texts(ana, 'ola', { scope: 'PRIVATE' })).toEqual(['olá, Bia: o SEGREDO é 42', 'ola de volta'])
    expect(await rig.texts(ana, 'ola', { with: bia.id })).toEqual(['olá, Bia: o SEGREDO é 42', 'ola de volta'])
    expect(await rig.texts(cleo, 'ola', { with: cleo.id })).toEqual(['olá, nota para mim'])
    expect(await rig.texts(ana, 'ola', { with: cleo.id })).toEqual([])
    expect(await rig.texts({ id: 'nobody', username: '' }, 'ola')).toEqual(['Olá a todos'])
  })

  it('is what a message says now: no former text is found from when an edit or a deletion is acknowledged', async () => {
    const [ana, bia] = [await rig.account('ana'), await rig.account('bia')]
    for (const to of [null, bia]) {
      for (let n = 0; n < 50; n++) {
        const { messageId } = await rig.say(ana, to, `antigo ${n}`)
        expect(await rig.texts(ana, 'antigo')).toEqual([`antigo ${n}`])
        expect(await rig.revise(ana, messageId, `novo ${n}`)).toBe('stored')
        const [old, latest] = await Promise.all([rig.texts(ana, 'antigo'), rig.texts(ana, 'novo')])
        expect([old, latest]).toEqual([[], [`novo ${n}`]])
        expect(await rig.revise(ana, messageId, null)).toBe('stored')
        expect(await rig.texts(ana, 'novo')).toEqual([])
      }
    }
  })

  it('is not the former text, however far behind the index is', async () => {
    const ana = await rig.account('ana')
    const kept = await rig.say(ana, null, 'antigo, e fica')
    const edited = await rig.say(ana, null, 'antigo, e muda')
    const deleted = await rig.say(ana, null, 'antigo, e some')
    expect(await rig.texts(ana, 'antigo')).toHaveLength(3)
    // The index hears of nothing that comes now.
    rig.isDeaf = true
    await rig.revise(ana, edited.messageId, 'outro texto')
    await rig.revise(ana, deleted.messageId, null)
    const find = { query: parseQuery('antigo'), viewer: ana.id, scope: 'ALL' as const, limit: 1 }
    expect(await rig.search.find(find)).toEqual({ entries: [kept], hasPrevious: false, hasNext: false })
  })

  it('comes in pages, the newest first, each in the order of the log', async () => {
    const ana = await rig.account('ana')
    for (let n = 0; n < 25; n++) await rig.say(ana, null, n % 5 === 4 ? 'tchau' : `oi ${n}`)
    const find = { query: parseQuery('oi'), viewer: ana.id, scope: 'ALL' as const, limit: 8 }
    const pages: string[][] = []
    let before: number | undefined
    for (;;) {
      const { entries, hasPrevious, hasNext } = await rig.search.find({ ...find, ...(before ? { before } : {}) })
      pages.unshift(entries.map(({ text }) => text))
      expect(hasNext).toBe(before !== undefined)
      before = entries[0]?.position
      if (!hasPrevious) break
    }
    expect(pages.map(page => page.length)).toEqual([4, 8, 8])
    expect(pages.flat()).toEqual(Array.from({ length: 25 }, (_, n) => n).flatMap(n => (n % 5 === 4 ? [] : `oi ${n}`)))
  })
})

describe('an index', () => {
  it('that was away reads what it has missed', async () => {
    const ana = await rig.account('ana')
    await rig.say(ana, null, 'antes')
    await rig.search.close()
    for (let n = 0; n < 1_200; n++) void rig.say(ana, null, `durante ${n}`)
    await rig.say(ana, null, 'durante todos')
    await rig.open()
    expect(await rig.texts(ana, 'durante', { limit: 2_000 })).toHaveLength(1_201)
    expect(await rig.texts(ana, 'antes')).toEqual(['antes'])
    expect(rig.search.lagSeconds).toBe(0)
  })

  it('goes on under a stream of sends, and has all of them in the end', async () => {
    const ana = await rig.account('ana')
    const sent: Promise<unknown>[] = []
    for (let n = 0; n < 5_000; n++) {
      sent.push(rig.say(ana, null, `número ${n}`))
      if (n % 100 === 99) await sent.at(-1)
    }
    await Promise.all(sent)
    await until('all of it', async () => (await rig.texts(ana, 'numero', { limit: 6_000 })).length === 5_000)
  })

  it.each([
    [
      'damaged',
      async (path: string) => writeFile(path, 'not a database, and longer than its header would be '.repeat(99)),
    ],
    ['cut', async (path: string) => writeFile(path, (await readFile(path)).subarray(0, 4096 + 700))],
    ['missing', async (path: string) => rm(path)],
    [
      'of another history',
      async (path: string) => {
        const db = new DatabaseSync(path)
        db.exec(`UPDATE meta SET value = 'zyxwvuts' WHERE key = 'epoch'`)
        db.close()
      },
    ],
    [
      'of another version',
      async (path: string) => {
        const db = new DatabaseSync(path)
        db.exec('PRAGMA user_version = 99')
        db.close()
      },
    ],
    [
      'ahead of the log',
      async (path: string) => {
        const db = new DatabaseSync(path)
        db.exec(`UPDATE meta SET value = value + 1000 WHERE key = 'through'`)
        db.close()
      },
    ],
  ])('that is %s is made anew', async (_, spoil) => {
    const ana = await rig.account('ana')
    for (let n = 0; n < 50; n++) await rig.say(ana, null, `oi ${n}`)
    expect(await rig.texts(ana, 'oi')).toHaveLength(50)
    await rig.search.close()
    await spoil(rig.path)
    await rig.say(ana, null, 'oi depois')
    await rig.open()
    const find = () => rig.texts(ana, 'oi').catch(() => [])
    await until('the new index', async () => (await find()).length === 51)
    expect((await stat(rig.path)).mode & 0o777).toBe(0o600)
  })

  it('that is damaged while it runs is made anew', async () => {
    const ana = await rig.account('ana')
    for (let n = 0; n < 50; n++) await rig.say(ana, null, `oi ${n}`)
    expect(await rig.texts(ana, 'oi')).toHaveLength(50)
    await rig.search.close()
    const db = new DatabaseSync(rig.path, { defensive: false })
    db.exec(`UPDATE message_data SET block = x'00ff' WHERE id > 10`)
    db.close()
    await rig.open()
    await rig.texts(ana, 'oi').catch(() => [])
    await until('the new index', async () => (await rig.texts(ana, 'oi').catch(() => [])).length === 50)
    expect(rig.warnings.join()).toContain('opening it again')
  })

  it('of a log that was restored from a backup finds only what is in that log', async () => {
    const ana = await rig.account('ana')
    await rig.say(ana, null, 'oi antes')
    await rig.search.close()
    await rig.reopenStore()
    const backup = await mkdtemp(join(tmpdir(), 'recado-search-backup-'))
    await cp(join(rig.folder, 'recado.db'), join(backup, 'recado.db'))
    await rig.open()
    await rig.say(ana, null, 'oi perdido')
    expect(await rig.texts(ana, 'oi')).toEqual(['oi antes', 'oi perdido'])
    await rig.search.close()
    await rig.store.close()
    for (const suffix of ['', '-wal', '-shm']) await rm(join(rig.folder, `recado.db${suffix}`), { force: true })
    await cp(join(backup, 'recado.db'), join(rig.folder, 'recado.db'))
    await rm(backup, { recursive: true })
    rig.store = await rig.store.close().then(() => createStoreAgain())
    await rig.open()
    await rig.say(ana, null, 'oi depois')
    await until('the new index', async () => (await rig.texts(ana, 'oi').catch(() => [])).length === 2)
    expect(await rig.texts(ana, 'oi')).toEqual(['oi antes', 'oi depois'])

    async function createStoreAgain() {
      await rig.reopenStore()
      return rig.store
    }
  })

  it('that somebody else uses is left alone: there is another one, in a temporary folder', async () => {
    const ana = await rig.account('ana')
    await rig.say(ana, null, 'oi')
    await rig.texts(ana, 'oi')
    const other = await createRig({ isOpen: false })
    const { search } = rig
    rig.search = other.search
    await rig.open()
    expect(await until('an answer', () => rig.texts(ana, 'oi').catch(() => null))).toEqual(['oi'])
    expect(rig.warnings.join()).toContain('the search index is in use')
    await search.close()
    await other.store.close()
    await rm(other.folder, { recursive: true })
  })

  it('that finds no temporary folder goes without an index until there is one', async () => {
    const ana = await rig.account('ana')
    await rig.say(ana, null, 'oi')
    const other = await createRig({ isOpen: false })
    const { search } = rig
    onTestFinished(async () => {
      vi.unstubAllEnvs()
      await search.close()
      await other.close()
    })
    rig.search = other.search
    const folder = join(other.folder, 'temporary')
    vi.stubEnv('TMPDIR', folder)
    const opening = rig.open()
    await until('two attempts', () => rig.warnings.filter(line => line.includes('ENOENT')).length === 2)
    await mkdir(folder)
    await opening
    expect(await rig.texts(ana, 'oi')).toEqual(['oi'])
    expect(await readdir(folder)).toHaveLength(1)
    await rig.search.close()
    expect(await readdir(folder)).toEqual([])
  })

  it('drops what was trimmed, and finds what is left', async () => {
    const ana = await rig.account('ana')
    let middle = ORIGIN
    for (let n = 0; n < 1_300; n++) {
      const { position } = await rig.say(ana, null, `oi ${n}`)
      if (n === 1_199) middle = position
    }
    await rig.texts(ana, 'oi')
    for (;;) {
      const step = await rig.store.trim({ messages: 0, olderThan: middle, upTo: middle })
      if (!step.more) break
    }
    expect(await rig.texts(ana, 'oi', { limit: 2_000 })).toHaveLength(100)
    const indexed = (): unknown => {
      const db = new DatabaseSync(rig.path)
      const { n } = db.prepare('SELECT count(*) AS n FROM message_docsize').get() ?? {}
      db.close()
      return n
    }
    // It drops them in steps, and nobody else can look while it has the file.
    await until('the rest alone is in the index', async () => {
      rig.search.forget(middle)
      await new Promise(resolve => setTimeout(resolve, 400))
      await rig.search.close()
      if (indexed() === 100) return true
      await rig.open()
      return false
    })
    // Made anew, it begins where the log does.
    await rm(rig.path)
    await rig.open()
    expect(await rig.texts(ana, 'oi', { limit: 2_000 })).toHaveLength(100)
  })
})
