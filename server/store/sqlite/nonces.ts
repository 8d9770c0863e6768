// Which sends were made already. Nonces are random, so an index by them is touched at random: with a million of them a
// commit of a thousand sends wrote a thousand pages to the disk, four times the work of the messages themselves. So rows
// are appended in the order of the log; the newest are found by a map in memory; and the index, a hash and a position,
// is brought up to date in the order of its keys, a slice with each commit, so that each of its pages takes many rows.
//
//   insert ──▶ young ──(many of them)──▶ merging ──(a slice a commit, by hash)──▶ nonce_index
//              both maps are what rows above meta `nonces_indexed` make of them when the file is opened
import type { DatabaseSync } from 'node:sqlite'
import { ORIGIN, type Position } from '../../domain/entry.ts'
import { nonceName } from '../nonce-name.ts'
import { prepare, prepareHot } from './statement.ts'

export interface NonceSizes {
  /** Nonces in `young` when they begin to be merged. */
  readonly recent: number
  /** Rows merged with each commit: so many, and twice what it appended, so that a merge ends before the next begins. */
  readonly slice: number
  /** Rows indexed in one transaction when a file has that many that are not: after a migration, or an import. */
  readonly bulk: number
}

/** Some 20 MB of memory at the most. */
const SIZES: NonceSizes = { recent: 65_536, slice: 64, bulk: 200_000 }

export interface NonceRow {
  readonly position: Position
  readonly digest: Uint8Array
  readonly message_id: string
  readonly recipient: number | null
  readonly sent_at: number
}

export interface NewNonce {
  readonly account: number
  readonly key: string
  readonly digest: Uint8Array
  readonly position: Position
  readonly id: string
  readonly recipient: number | null
  readonly sentAt: number
}

/** Lives on the writing connection. */
export interface Nonces {
  find(account: number, key: string): NonceRow | undefined
  insert(nonce: NewNonce): void
  /** A transaction begins; what one that was rolled back had added is forgotten. */
  start(): void
  /** Last in a transaction. */
  mergeSlice(): void
  /** The transaction was committed. */
  committed(): void
}

interface Merge {
  readonly positions: ReadonlyMap<string, Position>
  /** By hash. */
  readonly rows: readonly (readonly [hash: number, position: Position])[]
  /** Rows that committed transactions have indexed, and this one. */
  done: number
  reached: number
}

/** @param seed 8 bytes or more that make hashes unpredictable: nobody can send nonces that collide */
export function createNonces(db: DatabaseSync, seed: Uint8Array, sizes: NonceSizes = SIZES): Nonces {
  const columns = 'position, digest, message_id, recipient, sent_at'
  const selectAt = prepare<NonceRow>(db, `SELECT ${columns} FROM nonce WHERE position = :position`)
  const selectIndexed = prepareHot<NonceRow, [hash: number, account: number, key: string]>(
    db,
    `SELECT ${columns} FROM nonce_index CROSS JOIN nonce USING (position) WHERE hash = ? AND account = ? AND key = ?`,
  )
  const insertRow = prepareHot(
    db,
    `INSERT INTO nonce (position, account, key, digest, message_id, recipient, sent_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
  )
  // What was merged before a crash may come again.
  const insertIndex = prepareHot<never, [hash: number, position: Position]>(
    db,
    'INSERT OR IGNORE INTO nonce_index VALUES (?, ?)',
  )
  const selectIndexedThrough = prepare<{ value: Position }>(db, `SELECT value FROM meta WHERE key = 'nonces_indexed'`)
  const setIndexedThrough = prepare(
    db,
    `INSERT INTO meta VALUES ('nonces_indexed', :through) ON CONFLICT DO UPDATE SET value = excluded.value`,
  )
  const selectAfter = prepare<{ position: Position; account: number; key: string }>(
    db,
    'SELECT position, account, key FROM nonce WHERE position > :after ORDER BY position LIMIT :limit',
  )
  const seeds = Buffer.from(seed)
  const [low, high] = [seeds.readUInt32LE(0), seeds.readUInt32LE(4)]

  let young = new Map<string, Position>()
  let merge: Merge | null = null
  /** Of the transaction that is under way. */
  let added: string[] = []

  load()

  function load(): void {
    let after = selectIndexedThrough.get({})?.value ?? ORIGIN
    for (;;) {
      const rows = selectAfter.all({ after, limit: sizes.bulk })
      const last = rows.at(-1)?.position ?? after
      if (rows.length < sizes.bulk) {
        for (const { position, account, key } of rows) young.set(`${account} ${key}`, position)
        return
      }
      db.exec('BEGIN IMMEDIATE')
      for (const [hash, position] of byHash(rows.map(row => [`${row.account} ${row.key}`, row.position]))) {
        insertIndex.run(hash, position)
      }
      setIndexedThrough.run({ through: last })
      db.exec('COMMIT')
      after = last
    }
  }

  function byHash(entries: readonly (readonly [string, Position])[]): [number, Position][] {
    return entries
      .map(([name, position]): [number, Position] => [hashOf(name, low, high), position])
      .sort((a, b) => a[0] - b[0])
  }

  function findExactly(account: number, key: string): NonceRow | undefined {
    const name = `${account} ${key}`
    const position = young.get(name) ?? merge?.positions.get(name)
    if (position !== undefined) return selectAt.get({ position })
    return selectIndexed.get(hashOf(name, low, high), account, key)
  }

  return {
    find(account, key) {
      const found = findExactly(account, key)
      // A long one that was imported from a store which only kept its digest.
      const name = found ? key : nonceName(key)
      return name === key ? found : findExactly(account, name)
    },
    insert(nonce) {
      const { position, account, key, digest, id, recipient, sentAt } = nonce
      insertRow.run(position, account, key, digest, id, recipient, sentAt)
      const name = `${account} ${key}`
      young.set(name, position)
      added.push(name)
    },
    start() {
      for (const name of added) young.delete(name)
      added = []
      if (merge) merge.reached = merge.done
    },
    mergeSlice() {
      if (!merge) return
      const end = Math.min(merge.rows.length, merge.done + sizes.slice + 2 * added.length)
      for (let i = merge.done; i < end; i++) {
        const [hash, position] = merge.rows[i] as readonly [number, Position]
        insertIndex.run(hash, position)
      }
      merge.reached = end
      if (end < merge.rows.length) return
      let through = ORIGIN
      for (const position of merge.positions.values()) if (position > through) through = position
      setIndexedThrough.run({ through })
    },
    committed() {
      added = []
      if (merge) {
        merge.done = merge.reached
        if (merge.done === merge.rows.length) merge = null
      }
      if (!merge && young.size >= sizes.recent) {
        merge = { positions: young, rows: byHash([...young]), done: 0, reached: 0 }
        young = new Map()
      }
    },
  }
}

/** 53 bits, spread evenly whatever the text: two multiplicative hashes side by side, each finished as in MurmurHash3. */
function hashOf(text: string, seedLow: number, seedHigh: number): number {
  let low = seedLow
  let high = seedHigh
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    low = Math.imul(low ^ unit, 0x9e3779b1)
    high = Math.imul((high >>> 3) ^ (high << 29) ^ unit, 0x85ebca77)
  }
  return (finish(high ^ low) >>> 11) * 2 ** 32 + (finish(low) >>> 0)
}

function finish(hash: number): number {
  const once = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35)
  return twice ^ (twice >>> 16)
}
