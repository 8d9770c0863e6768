// What the SQLite store does when a thread dies, the process is killed, or the disk takes nothing more.
import { execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { messageOf, ORIGIN } from '../../server/domain/entry.ts'
import { Refusal } from '../../server/domain/errors.ts'
import { deletion } from '../contract/revisions.ts'
import { draftOf, nonceOf, say, stored } from '../contract/store.ts'
import { diskFolder } from '../setup/folders.ts'
import { catchThreads, eventually, openStore, openWithPeople, temporaryFolder } from './support.ts'

const FAULTY_WRITER = { writer: new URL('./faulty-writer.ts', import.meta.url) }
const FAULTY_READER = { reader: new URL('./faulty-reader.ts', import.meta.url) }
const STORE_PROCESS = fileURLToPath(new URL('./store-process.ts', import.meta.url))
/** Faults are those of disks. */
const folderOnDisk = (): string => temporaryFolder(diskFolder())
const UNAVAILABLE = { code: 'STORAGE_UNAVAILABLE' }

/** A process of its own that holds a store; killed after the test if it still runs. */
function forkStore(dataDir: string, ...args: string[]) {
  const child = fork(STORE_PROCESS, [dataDir, ...args], { execArgv: [] })
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

describe('the writer thread', () => {
  test('when it is terminated under load, each append is kept or refused, and the log goes on', async () => {
    const writers = catchThreads('recado-writer')
    const { store, committed, joao, maria } = await openWithPeople(folderOnDisk())
    const acknowledged = new Set<string>()
    const unknown = new Set<string>()
    for (let round = 0; round < 5; round++) {
      const sends = Array.from({ length: 300 }, async (_, n) => {
        const draft = draftOf(joao, n % 2 ? null : maria, `${round}`)
        await delay(n % 20)
        return store.append(draft).then(
          () => acknowledged.add(draft.messageId),
          error => {
            expect(error).toBeInstanceOf(Refusal)
            expect(error).toMatchObject(UNAVAILABLE)
            unknown.add(draft.messageId)
          },
        )
      })
      await delay(5 + round * 3)
      await writers.at(-1)?.terminate()
      await Promise.all(sends)
      await eventually(() =>
        say(store, joao, null, 'again')
          .then(() => true)
          .catch(() => false),
      )
    }
    expect(writers.length).toBeGreaterThan(5)
    expect(unknown.size).toBeGreaterThan(0)
    const told = committed.map(entry => messageOf(entry).messageId)
    expect(new Set(told).size).toBe(told.length)
    for (const id of acknowledged) expect(told).toContain(id)
    expect(committed).toEqual(await store.newest(10_000))
    for (const [n, { position }] of committed.entries()) {
      expect(position).toBeGreaterThan(committed[n - 1]?.position ?? ORIGIN)
    }
  })

  test.each(['die after the commit', 'fail after the commit'])(
    'what it committed without saying so is announced before anything new (%s)',
    async text => {
      const dataDir = folderOnDisk()
      const hold = join(dataDir, 'recado.db.hold')
      writeFileSync(hold, '')
      const { store, committed, joao, maria } = await openWithPeople(dataDir, { scripts: FAULTY_WRITER })
      const before = await say(store, joao, null, 'before')
      const drafts = [
        draftOf(joao, maria, 'first', nonceOf('n')),
        draftOf(joao, null, text),
        draftOf(maria, joao, 'last'),
      ]
      const outcomes = Promise.allSettled(drafts.map(draft => store.append(draft)))
      for (const outcome of await outcomes) expect(outcome).toMatchObject({ status: 'rejected', reason: UNAVAILABLE })
      // Refused, kept, and not announced yet: writes are refused, reads go on and do not run ahead of the program.
      expect(committed).toEqual([before])
      await expect(store.append(draftOf(joao, null, 'meanwhile'))).rejects.toMatchObject(UNAVAILABLE)
      expect((await store.read(joao.id, ORIGIN, 10)).through).toBe(store.head())
      for (const edge of [{}, { before: Number.MAX_SAFE_INTEGER }, { after: ORIGIN }]) {
        const page = await store.page({ viewer: joao.id, scope: 'ALL', limit: 10, ...edge })
        expect(page).toEqual({ entries: [before], hasPrevious: false, hasNext: false, trimmed: ORIGIN })
      }
      expect(await store.newest(10)).toEqual([before])
      // Nonces are the writer's: whether one was used is unknown meanwhile.
      await expect(store.findNonce(joao.id, 'n')).rejects.toMatchObject(UNAVAILABLE)
      rmSync(hold)
      await eventually(() => committed.length > 1)
      expect(committed.map(entry => messageOf(entry).messageId)).toEqual(
        [before, ...drafts].map(({ messageId }) => messageId),
      )
      expect(store.head()).toBe(committed.at(-1)?.position)
      const after = await say(store, maria, null, 'after')
      expect(committed.at(-1)).toEqual(after)
      expect(await store.newest(10)).toEqual(committed)
      const retried = await store.append(draftOf(joao, maria, 'first', nonceOf('n')))
      expect(retried).toEqual({ status: 'stored', repeated: true, entry: committed[1] })
    },
  )

  test('after a failure its write-ahead log, which may never reach the disk, is written again elsewhere', async () => {
    const dataDir = folderOnDisk()
    const { store, joao } = await openWithPeople(dataDir, { scripts: FAULTY_WRITER })
    await Promise.all(Array.from({ length: 300 }, () => say(store, joao, null, 'x'.repeat(4_000))))
    const logSize = () => statSync(join(dataDir, 'recado.db-wal')).size
    expect(logSize()).toBeGreaterThan(1_000_000)
    await expect(store.append(draftOf(joao, null, 'fail after the commit'))).rejects.toMatchObject(UNAVAILABLE)
    await eventually(() =>
      say(store, joao, null).then(
        () => true,
        () => false,
      ),
    )
    expect(logSize()).toBeLessThan(100_000)
    expect(await store.newest(1_000)).toHaveLength(302)
  })

  test('what it had committed of edits and deletions is announced too, in order, with nothing that they replaced', async () => {
    const { store, committed, joao, maria } = await openWithPeople(folderOnDisk(), { scripts: FAULTY_WRITER })
    const before = await say(store, joao, maria, 'before')
    const sent = draftOf(joao, null, 'first')
    const calls = [
      store.append(sent),
      store.revise({ messageId: sent.messageId, by: joao.id, kind: 'edited', text: 'second', at: 1 }),
      store.revise(deletion(before, joao)),
      store.append(draftOf(joao, null, 'die after the commit')),
    ]
    const outcomes = await Promise.allSettled(calls)
    for (const outcome of outcomes) expect(outcome).toMatchObject({ status: 'rejected', reason: UNAVAILABLE })
    await eventually(() => committed.length > 1)
    expect(committed.slice(1).map(entry => [entry.kind, messageOf(entry).text])).toEqual([
      ['added', 'second'],
      ['edited', 'second'],
      ['deleted', ''],
      ['added', 'die after the commit'],
    ])
    expect(store.head()).toBe(committed.at(-1)?.position)
    expect(await store.newest(4)).toEqual(committed.slice(1))
    // A client that asks again, since it does not know, changes nothing.
    const again = await store.revise({ messageId: sent.messageId, by: joao.id, kind: 'edited', text: 'second', at: 2 })
    expect(again.status).toBe('unchanged')
  })

  test('what it never committed is not there', async () => {
    const writers = catchThreads('recado-writer')
    const { store, committed, joao } = await openWithPeople(folderOnDisk())
    const [writer] = writers
    // Asked to end in the same turn, before the batch is posted.
    const lost = store.append(draftOf(joao, null, 'lost'))
    const ended = writer?.terminate()
    await expect(lost).rejects.toMatchObject(UNAVAILABLE)
    await ended
    await eventually(() =>
      say(store, joao, null, 'kept')
        .then(() => true)
        .catch(() => false),
    )
    expect(committed.map(entry => messageOf(entry).text)).toEqual(['kept'])
  })

  test('a store whose writer is gone for good still closes', async () => {
    const dataDir = folderOnDisk()
    const { store, joao } = await openWithPeople(dataDir, { scripts: FAULTY_WRITER })
    await expect(store.append(draftOf(joao, null, 'die after the commit'))).rejects.toMatchObject(UNAVAILABLE)
    await store.close()
    const again = await openStore(dataDir)
    expect((await again.store.newest(10)).map(entry => messageOf(entry).text)).toEqual(['die after the commit'])
  })
})

describe('the reader threads', () => {
  test('when one is terminated, what it was asked is answered by another, and it is replaced', async () => {
    const readers = catchThreads('recado-reader')
    const { store, joao } = await openWithPeople(folderOnDisk(), { readers: 2 })
    const entry = await say(store, joao, null)
    const asked = Array.from({ length: 500 }, () => store.at(joao.id, entry.position))
    await readers[0]?.terminate()
    for (const answer of await Promise.all(asked)) expect(answer).toEqual(entry)
    await eventually(() => readers.length > 2)
    expect(await store.at(joao.id, entry.position)).toEqual(entry)
  })

  test('a question that kills the one who answers it is refused after the second, and others are answered', async () => {
    const readers = catchThreads('recado-reader')
    const { store, joao } = await openWithPeople(folderOnDisk(), { scripts: FAULTY_READER, readers: 3 })
    const entry = await say(store, joao, null)
    await expect(store.newest(13)).rejects.toMatchObject(UNAVAILABLE)
    await eventually(() => readers.length >= 5)
    for (let n = 0; n < 20; n++) expect(await store.newest(1)).toEqual([entry])
    expect(readers).toHaveLength(5)
  })
})

describe('the disk', () => {
  test('when it takes nothing more, writes are refused and reads go on; when it does again, so does the log', async () => {
    const dataDir = folderOnDisk()
    const child = forkStore(dataDir, 'obey')
    const answers: string[] = []
    child.on('message', (message: string) => answers.push(message))
    await eventually(() => answers.includes('ready'))
    const ask = async (message: string) => {
      answers.length = 0
      child.send(message)
      await eventually(() => answers.length > 0)
      return answers[0]
    }
    const limitFileSize = (bytes: number | 'unlimited') =>
      execFileSync('prlimit', ['--pid', `${child.pid}`, `--fsize=${bytes}:unlimited`])

    const acknowledged: string[] = []
    const refused: string[] = []
    const send = async (text: string) => {
      const answer = await ask(text)
      if (answer === 'stored') acknowledged.push(text)
      else refused.push(text)
      return answer
    }
    limitFileSize(statSync(join(dataDir, 'recado.db-wal')).size + 50_000)
    let n = 0
    const filler = 'x'.repeat(5_000)
    while ((await send(`${n++} ${filler}`)) === 'stored') expect(n).toBeLessThan(100)
    expect(acknowledged.length).toBeGreaterThan(0)
    // Not a page more, in any file: what was there for the write-ahead log is not given back by emptying it.
    limitFileSize(4_096)
    for (let more = 0; more < 20; more++) {
      expect(await send(`${n++} ${filler}`)).toBe('STORAGE_UNAVAILABLE')
      expect(await ask('read')).toBe(`read ${acknowledged.length}`)
      await delay(10)
    }
    limitFileSize('unlimited')
    await eventually(async () => (await send(`${n++} after`)) === 'stored')
    child.send('close')
    await once(child, 'exit')

    const { store } = await openStore(dataDir)
    const kept = (await store.newest(10_000)).map(entry => messageOf(entry).text)
    expect(kept.filter(text => acknowledged.includes(text))).toEqual(acknowledged)
    expect(new Set(kept).size).toBe(kept.length)
    for (const text of kept) expect([...acknowledged, ...refused]).toContain(text)
  })
})

describe('the process', () => {
  test('killed at random under load, it starts again with every acknowledged message, once, in order', async () => {
    const dataDir = folderOnDisk()
    const file = join(folderOnDisk(), 'acknowledged')
    for (let round = 0; round < 10; round++) {
      const child = forkStore(dataDir, 'flood', file)
      await once(child, 'message')
      await delay(Math.random() * 150)
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
    const acknowledged = readFileSync(file, 'utf8')
      .trimEnd()
      .split('\n')
      .map(line => {
        const [key = '', position = '', messageId = ''] = line.split(' ')
        return { key, position: Number(position), messageId }
      })
    expect(acknowledged.length).toBeGreaterThan(50)
    const started = performance.now()
    const { store } = await openStore(dataDir)
    expect(performance.now() - started).toBeLessThan(5_000)
    const log = await store.newest(1_000_000)
    const byPosition = new Map(log.map(entry => [entry.position, entry]))
    for (const { key, position, messageId } of acknowledged) {
      expect(byPosition.get(position)).toMatchObject({ messageId, text: key })
    }
    expect(new Set(log.map(entry => messageOf(entry).text)).size).toBe(log.length)
    const joao = await store.accountByKey('joao')
    const maria = await store.accountByKey('maria')
    if (!joao || !maria) throw new Error('the accounts are gone')
    const [last] = acknowledged.slice(-1)
    const retry = await store.append(draftOf(joao, null, 'ignored', nonceOf(last?.key ?? '')))
    expect(retry).toMatchObject({ status: 'stored', repeated: true })
    expect(stored(retry).messageId).toBe(last?.messageId)
    await store.close()
    const db = new DatabaseSync(join(dataDir, 'recado.db'), { readOnly: true })
    expect(db.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' })
    expect(db.prepare('PRAGMA foreign_key_check').all()).toEqual([])
    // Each private message has a row for each of its people.
    const { n } = db.prepare('SELECT count(*) AS n FROM message WHERE recipient IS NOT NULL').get() ?? {}
    expect(db.prepare('SELECT count(*) AS n FROM private').get()).toEqual({ n: Number(n) * 2 })
    db.close()
  })
})
