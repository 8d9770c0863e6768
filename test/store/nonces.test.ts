// Which nonces were used, against a map: whatever is appended, rolled back, merged into the index, or opened again.
import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createNonces, type NonceSizes } from '../../server/store/sqlite/nonces.ts'
import { migrate } from '../../server/store/sqlite/schema.ts'

const SEED = Uint8Array.from({ length: 32 }, (_, index) => index)
const DIGEST = new Uint8Array(16).fill(7)

type Command =
  | { kind: 'commit'; keys: number[] }
  | { kind: 'roll back'; keys: number[] }
  | { kind: 'open again' }
  | { kind: 'look'; account: number; key: number }

const keys = fc.array(fc.nat(200), { maxLength: 12 })
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('commit' as const), keys }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('roll back' as const), keys }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'open again' as const }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('look' as const), account: fc.nat(2), key: fc.nat(200) }),
  },
)

/** Runs the commands on the database and on a map, and compares every answer. Answers with how many were indexed. */
function run(commands: readonly Command[], sizes: NonceSizes): number {
  const db = new DatabaseSync(':memory:')
  migrate(db)
  let nonces = createNonces(db, SEED, sizes)
  const model = new Map<string, number>()
  let position = 0

  function insertNew(keys: readonly number[]): [string, number][] {
    const inserted: [string, number][] = []
    for (const key of keys) {
      const account = key % 3
      const name = `n:${key}`
      if (nonces.find(account, name)) continue
      position += 3
      nonces.insert({ account, key: name, digest: DIGEST, position, id: `m${position}`, recipient: null, sentAt: 1 })
      inserted.push([`${account} ${key}`, position])
    }
    return inserted
  }

  for (const each of commands) {
    switch (each.kind) {
      case 'commit':
      case 'roll back': {
        nonces.start()
        db.exec('BEGIN')
        const before = position
        const inserted = insertNew(each.keys)
        nonces.mergeSlice()
        db.exec(each.kind === 'commit' ? 'COMMIT' : 'ROLLBACK')
        if (each.kind === 'roll back') {
          // Its positions are given to others.
          position = before
          break
        }
        nonces.committed()
        for (const [name, at] of inserted) {
          expect(model.has(name)).toBe(false)
          model.set(name, at)
        }
        break
      }
      case 'open again':
        nonces = createNonces(db, SEED, sizes)
        break
      case 'look':
        nonces.start()
        expect(nonces.find(each.account, `n:${each.key}`)?.position).toBe(model.get(`${each.account} ${each.key}`))
    }
  }
  nonces.start()
  for (let key = 0; key <= 200; key++) {
    for (let account = 0; account < 3; account++) {
      expect(nonces.find(account, `n:${key}`)?.position).toBe(model.get(`${account} ${key}`))
    }
  }
  const { indexed } = db.prepare('SELECT count(*) AS indexed FROM nonce_index').get() as { indexed: number }
  db.close()
  return indexed
}

test('a nonce is found exactly if a transaction that lasts has it', () => {
  let indexed = 0
  fc.assert(
    fc.property(fc.array(command, { maxLength: 60 }), fc.integer({ min: 1, max: 20 }), (commands, recent) => {
      indexed += run(commands, { recent, slice: 1, bulk: 25 })
    }),
    { numRuns: 300 },
  )
  // The index had its part in it.
  expect(indexed).toBeGreaterThan(500)
})

test('a file whose nonces were never indexed is indexed when it is opened', () => {
  const commands: Command[] = Array.from({ length: 200 }, (_, key) => ({ kind: 'commit', keys: [key] }))
  const never = { recent: 1_000, slice: 1, bulk: 1_000 }
  expect(run(commands, never)).toBe(0)
  expect(run([...commands, { kind: 'open again' }], { ...never, bulk: 30 })).toBe(180)
})
