// search.db: an FTS5 index of the log, without the texts themselves. It holds nothing that the log doesn't say, so a file
// that is damaged, of another history, or of another version is thrown away and made anew; nothing here has to outlast a
// power cut, as long as what is left is whole (WAL, synchronous = NORMAL).
//
// The row of a message is its position. Words are ours (words.ts), already without case and accents: the tokenizer
// `ascii` only parts them at the spaces. Beginnings of one or two letters have lists of their own: they make the file half
// as large again, and without them one letter took a quarter of a second in a million messages instead of a millisecond.
import { closeSync, openSync, rmSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { ORIGIN, type Position, type Scope } from '../domain/entry.ts'
import { expressionOf, privateWords, publicWords } from './expression.ts'
import type { Query } from './query.ts'
import { wordsOf } from './words.ts'

/** Another number whenever the tables, or what counts as a word, change: older files are made anew. */
const VERSION = 1
/** Numbers of accounts kept in memory. */
const NUMBERS_KEPT = 10_000
/** Beyond every position. */
const END: Position = Number.MAX_SAFE_INTEGER

/** One message as it is now, as it goes into the index. */
export interface IndexItem {
  readonly position: Position
  readonly from: string
  /** Null: public. */
  readonly to: string | null
  /** Null: it was deleted, and is found no more. */
  readonly text: string | null
  /** It said something else before, of which words are to go from the file, too. */
  readonly isRevised: boolean
}

export interface IndexQuery {
  readonly query: Query
  readonly viewer: string
  readonly scope: Scope
  /** Only the private conversation with this account. */
  readonly with?: string
  /** Only what came before this position, the newest first; or from it on, the oldest first. Default: the newest. */
  readonly before?: Position
  readonly from?: Position
  readonly limit: number
}

export interface IndexAnswer {
  readonly positions: readonly Position[]
  /** Everything up to here is in the index, as it was then. */
  readonly through: Position
}

export interface IndexFile {
  /** ORIGIN: it is empty. */
  readonly through: Position
  /** In the order of the log. Afterwards everything up to `through` is in the index. */
  write(items: readonly IndexItem[], through: Position): void
  search(query: IndexQuery): IndexAnswer
  /** Drops some of what is at or before the floor; answers whether there is more. */
  trim(floor: Position): boolean
  /**
   * FTS5 only notes that a row is gone: its words stay in the file until they are merged with others. Does a part of that
   * work, if there is any; answers whether there is more.
   */
  tidy(): boolean
  close(): void
}

/** Rows that one step of trimming removes. */
const TRIM_ROWS = 500
/** Pages that one step of tidying merges: some 2 MB. */
const TIDY_PAGES = 500

export function removeIndexFile(path: string): void {
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(path + suffix, { force: true })
}

/**
 * Opens the file, makes it if it is missing, and keeps everybody else out of it. It is empty if what there was is of
 * another history (`epoch`) or version. Throws what SQLite throws.
 */
export function openIndexFile(path: string, epoch: string, isAnew = false): IndexFile {
  // For its owner only: it tells as much as the log does.
  closeSync(openSync(path, 'a', 0o600))
  const db = new DatabaseSync(path, { timeout: 0 })
  try {
    db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
    db.exec('PRAGMA cache_size = -16384; PRAGMA journal_size_limit = 16777216; PRAGMA secure_delete = ON')
    prepareTables(db, epoch, isAnew)
    return createIndex(db)
  } catch (error) {
    db.close()
    throw error
  }
}

function prepareTables(db: DatabaseSync, epoch: string, isAnew: boolean): void {
  // Takes the lock, also where there is nothing to do.
  db.exec('BEGIN IMMEDIATE')
  const { user_version: version } = db.prepare('PRAGMA user_version').get() as { user_version: number }
  if (version === VERSION && !isAnew) {
    const row = db.prepare(`SELECT value FROM meta WHERE key = 'epoch'`).get() as { value: string } | undefined
    if (row?.value === epoch) return db.exec('COMMIT')
  }
  db.exec(`
    DROP TABLE IF EXISTS meta;
    DROP TABLE IF EXISTS account;
    DROP TABLE IF EXISTS message;
    CREATE TABLE meta (key TEXT PRIMARY KEY, value ANY) STRICT, WITHOUT ROWID;
    CREATE TABLE account (n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE) STRICT;
    CREATE VIRTUAL TABLE message USING fts5(
      words, content = '', contentless_delete = 1, tokenize = 'ascii', prefix = '1 2'
    );
    PRAGMA user_version = ${VERSION};
  `)
  db.prepare(`INSERT INTO meta VALUES ('epoch', ?), ('through', ?), ('untidy', 0)`).run(epoch, ORIGIN)
  db.exec('COMMIT')
}

function createIndex(db: DatabaseSync): IndexFile {
  const selectNumber = db.prepare('SELECT n FROM account WHERE id = ?')
  const insertNumber = db.prepare('INSERT INTO account (id) VALUES (?) RETURNING n')
  // FTS5 heeds bounds of the row that are integers; node:sqlite gives it doubles.
  const replace = db.prepare('REPLACE INTO message (rowid, words) VALUES (CAST(? AS INTEGER), ?)')
  const remove = db.prepare('DELETE FROM message WHERE rowid = CAST(? AS INTEGER)')
  const setThrough = db.prepare(`UPDATE meta SET value = CAST(? AS INTEGER) WHERE key = 'through'`)
  const selectNewest = db.prepare(
    'SELECT rowid AS position FROM message WHERE message MATCH ? AND rowid < CAST(? AS INTEGER) ORDER BY rowid DESC LIMIT ?',
  )
  const selectOldest = db.prepare(
    'SELECT rowid AS position FROM message WHERE message MATCH ? AND rowid >= CAST(? AS INTEGER) ORDER BY rowid LIMIT ?',
  )
  const selectTrimmed = db.prepare(`SELECT id AS position FROM message_docsize WHERE id <= ? LIMIT ${TRIM_ROWS}`)
  const setUntidy = db.prepare(`UPDATE meta SET value = ? WHERE key = 'untidy'`)
  const merge = db.prepare(`INSERT INTO message (message, rank) VALUES ('merge', ?)`)
  const countChanges = db.prepare('SELECT total_changes() AS n')
  const numbers = new Map<string, number>()
  let through = (db.prepare(`SELECT value FROM meta WHERE key = 'through'`).get() as { value: Position }).value

  /** Whether words of what is gone are in the file. */
  let untidy = (db.prepare(`SELECT value FROM meta WHERE key = 'untidy'`).get() as { value: number }).value === 1
  /** What went since the merge that is under way began stays for the next one; null: none is. */
  let merging: { untidyAgain: boolean } | null = null

  function noteUntidy(): void {
    if (merging) merging.untidyAgain = true
    if (untidy) return
    untidy = true
    setUntidy.run(1)
  }

  function changesBy(work: () => void): number {
    const count = (): number => (countChanges.get() as { n: number }).n
    const before = count()
    work()
    return count() - before
  }

  function knownNumber(id: string): number | null {
    const kept = numbers.get(id)
    if (kept !== undefined) return kept
    const row = selectNumber.get(id) as { n: number } | undefined
    return row ? keep(id, row.n) : null
  }

  function keep(id: string, n: number): number {
    if (numbers.size >= NUMBERS_KEPT) numbers.clear()
    numbers.set(id, n)
    return n
  }

  function numberOf(id: string): number {
    return knownNumber(id) ?? keep(id, (insertNumber.get(id) as { n: number }).n)
  }

  function rowOf(text: string, from: string, to: string | null): string {
    const words = wordsOf(text)
    if (words.length === 0) return ''
    return to === null ? publicWords(words) : privateWords(words, numberOf(from), numberOf(to))
  }

  function inTransaction(work: () => void): void {
    db.exec('BEGIN IMMEDIATE')
    try {
      work()
      db.exec('COMMIT')
    } catch (error) {
      // Numbers that were given in it are nobody's again; tidying once too often does no harm.
      numbers.clear()
      untidy = true
      if (db.isTransaction) db.exec('ROLLBACK')
      throw error
    }
  }

  return {
    get through() {
      return through
    },
    write(items, next) {
      inTransaction(() => {
        if (items.some(({ isRevised }) => isRevised)) noteUntidy()
        for (const { position, from, to, text } of items) {
          const row = text === null ? '' : rowOf(text, from, to)
          if (row === '') remove.run(position)
          else replace.run(position, row)
        }
        setThrough.run(next)
      })
      through = next
    },
    search({ query, viewer, scope, with: peer, before = END, from, limit }) {
      const expression = expressionOf({
        query,
        scope,
        viewer: knownNumber(viewer),
        ...(peer === undefined ? {} : { peer: knownNumber(peer) }),
      })
      if (expression === null) return { positions: [], through }
      const rows =
        from === undefined ? selectNewest.all(expression, before, limit) : selectOldest.all(expression, from, limit)
      return { positions: (rows as { position: Position }[]).map(({ position }) => position), through }
    },
    trim(floor) {
      const rows = selectTrimmed.all(floor) as { position: Position }[]
      if (rows.length > 0) {
        inTransaction(() => {
          noteUntidy()
          for (const { position } of rows) remove.run(position)
        })
      }
      return rows.length === TRIM_ROWS
    },
    tidy() {
      if (!untidy) return false
      const isFirst = merging === null
      merging ??= { untidyAgain: false }
      // As FTS5 documents it: a negative number begins to merge all there is, and less than two changes say that it is done.
      const changes = changesBy(() => merge.run(isFirst ? -TIDY_PAGES : TIDY_PAGES))
      if (isFirst || changes >= 2) return true
      untidy = merging.untidyAgain
      merging = null
      if (!untidy) setUntidy.run(0)
      // What was overwritten still stands in the write-ahead log.
      db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
      return false
    },
    close() {
      db.close()
    },
  }
}
