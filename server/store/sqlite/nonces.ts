// Which sends were made already. Nonces are random, so an index by them is touched at random: with a million of them a
// commit of a thousand sends wrote a thousand pages to the disk, four times the work of the messages themselves. So rows
// are appended in the order of the log; the newest are found by a map in memory; and the index, a hash and a position,
// is brought up to date in the order of its keys, a slice with each commit, so that each of its pages takes many rows.
// Nothing is ever sorted in one go: 65,536 hashes at once held a commit up for 70 ms. Rows are dropped into buckets, which
// are ranges of hashes, as they are committed; a bucket is sorted when it is its turn to be merged.
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

/** Of 1,024 rows each, when they are merged. */
const BUCKETS = 64
const HASHES = 2 ** 53

export interface NonceRow {
  readonly position: Position
  readonly digest: Uint8Array
  readonly message_id: string
  readonly recipient: number | null
  readonly sent_at: number
  /** When its message was last revised; null: never. */
  readonly revised_at: number | null
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
  /** The message at this position was revised. Harmless for one without a nonce. */
  noteRevised(position: Position, at: number): void
  /** A transaction begins; what one that was rolled back had added is forgotten. */
  start(): void
  /** Last in a transaction. */
  mergeSlice(): void
  /** The transaction was committed. */
  committed(): void
}

/** Nonces that were committed together with what follows them, up to the next merge. */
interface Generation {
  readonly positions: Map<string, Position>
  /** For each range of hashes its rows, as they came: hash, position, hash, position, … */
  readonly buckets: readonly number[][]
  /** In all buckets. */
  size: number
  through: Position
}

interface Merge extends Generation {
  /** By hash: those of the buckets that it has come to. */
  readonly rows: (readonly [hash: number, position: Position])[]
  sortedBuckets: number
  /** Rows that committed transactions have indexed, and this one. */
  done: number
  reached: number
}

interface Added {
  readonly name: string
  readonly hash: number
  readonly position: Position
}

/** @param seed 8 bytes or more that make hashes unpredictable: nobody can send nonces that collide */
export function createNonces(db: DatabaseSync, seed: Uint8Array, sizes: NonceSizes = SIZES): Nonces {
  const columns = 'position, digest, message_id, recipient, sent_at, revised_at'
  const selectAt = prepare<NonceRow>(db, `SELECT ${columns} FROM nonce WHERE position = :position`)
  const selectIndexed = prepareHot<NonceRow, [hash: number, account: number, key: string]>(
    db,
    `SELECT ${columns} FROM nonce_index CROSS JOIN nonce USING (position) WHERE hash = ? AND account = ? AND key = ?`,
  )
  const insertRow = prepareHot(
    db,
    `INSERT INTO nonce (position, account, key, digest, message_id, recipient, sent_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
  )
  const updateRevised = prepare(db, 'UPDATE nonce SET revised_at = :at WHERE position = :position')
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

  let young = newGeneration()
  let merge: Merge | null = null
  /** Of the transaction that is under way: in `young.positions`, but in no bucket yet. */
  let added: Added[] = []

  load()

  function load(): void {
    let after = selectIndexedThrough.get({})?.value ?? ORIGIN
    for (;;) {
      const rows = selectAfter.all({ after, limit: sizes.bulk })
      const last = rows.at(-1)?.position ?? after
      if (rows.length < sizes.bulk) {
        for (const { position, account, key } of rows) {
          const name = `${account} ${key}`
          young.positions.set(name, position)
          keep(young, { name, hash: hashOf(name, low, high), position })
        }
        return
      }
      db.exec('BEGIN IMMEDIATE')
      const hashed = rows.map(row => [hashOf(`${row.account} ${row.key}`, low, high), row.position] as const)
      for (const [hash, position] of hashed.sort(byHash)) insertIndex.run(hash, position)
      setIndexedThrough.run({ through: last })
      db.exec('COMMIT')
      after = last
    }
  }

  function findExactly(account: number, key: string): NonceRow | undefined {
    const name = `${account} ${key}`
    const position = young.positions.get(name) ?? merge?.positions.get(name)
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
      young.positions.set(name, position)
      added.push({ name, hash: hashOf(name, low, high), position })
    },
    noteRevised(position, at) {
      updateRevised.run({ position, at })
    },
    start() {
      for (const { name } of added) young.positions.delete(name)
      added = []
      if (merge) merge.reached = merge.done
    },
    mergeSlice() {
      if (!merge) return
      const end = Math.min(merge.size, merge.done + sizes.slice + 2 * added.length)
      while (merge.rows.length < end && merge.sortedBuckets < BUCKETS) sortNext(merge)
      for (let i = merge.done; i < end; i++) {
        const [hash, position] = merge.rows[i] as readonly [number, Position]
        insertIndex.run(hash, position)
      }
      merge.reached = end
      if (end === merge.size) setIndexedThrough.run({ through: merge.through })
    },
    committed() {
      for (const row of added) keep(young, row)
      added = []
      if (merge) {
        merge.done = merge.reached
        if (merge.done === merge.size) merge = null
      }
      if (!merge && young.size >= sizes.recent) {
        merge = { ...young, rows: [], sortedBuckets: 0, done: 0, reached: 0 }
        young = newGeneration()
      }
    },
  }
}

function newGeneration(): Generation {
  return { positions: new Map(), buckets: Array.from({ length: BUCKETS }, () => []), size: 0, through: ORIGIN }
}

function keep(generation: Generation, { hash, position }: Added): void {
  generation.buckets[Math.floor((hash / HASHES) * BUCKETS)]?.push(hash, position)
  generation.size += 1
  if (position > generation.through) generation.through = position
}

function sortNext(merge: Merge): void {
  const bucket = merge.buckets[merge.sortedBuckets++] ?? []
  const rows: (readonly [number, Position])[] = []
  for (let i = 0; i < bucket.length; i += 2) rows.push([bucket[i] as number, bucket[i + 1] as Position])
  merge.rows.push(...rows.sort(byHash))
}

function byHash(a: readonly [number, Position], b: readonly [number, Position]): number {
  return a[0] - b[0]
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
