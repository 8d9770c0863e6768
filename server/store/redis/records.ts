// Records (../records.ts) in Redis: of each kind a hash, and a sorted set of its keys, all of score 0.
import type { RedisClient } from '../../redis/client.ts'
import { AFTER_KEYS, checkRecordKey, type RecordStore } from '../records.ts'
import type { AccountsOptions } from './accounts.ts'
import { createScript, runScript } from './script.ts'

/**
 * KEYS: of each change the values and the keys of its kind. ARGV: channel, notice or '', then of each change: key, `=` and
 * what is expected, `!` for nothing, or `*` for anything; then `=` and the value, or `-` to remove it.
 * Answer: 1, or 0 where something else was there.
 */
const WRITE = createScript(`
local changes = #KEYS / 2
for n = 0, changes - 1 do
  local key, expected = ARGV[3 + 3 * n], ARGV[4 + 3 * n]
  if expected ~= '*' then
    local found = redis.call('HGET', KEYS[1 + 2 * n], key)
    if (found and '=' .. found or '!') ~= expected then return 0 end
  end
end
for n = 0, changes - 1 do
  local key, value = ARGV[3 + 3 * n], ARGV[5 + 3 * n]
  if value == '-' then
    redis.call('HDEL', KEYS[1 + 2 * n], key)
    redis.call('ZREM', KEYS[2 + 2 * n], key)
  else
    redis.call('HSET', KEYS[1 + 2 * n], key, string.sub(value, 2))
    redis.call('ZADD', KEYS[2 + 2 * n], 0, key)
  end
end
if ARGV[2] ~= '' then redis.call('PUBLISH', ARGV[1], ARGV[2]) end
return 1
`)

export function createRecords({ reads, writes, keys }: AccountsOptions): RecordStore {
  return {
    record: (kind, key) => reads.run(client => client.hget(keys.recordsOf(kind), key)),

    records: ({ kind, prefix = '', edge, limit, newest = false }) =>
      reads.run(async (client: RedisClient) => {
        const end = `(${prefix}${AFTER_KEYS}`
        const names = newest
          ? await client.zrevrangebylex(
              keys.recordKeysOf(kind),
              edge !== undefined && edge < prefix + AFTER_KEYS ? `(${edge}` : end,
              `(${prefix}`,
              'LIMIT',
              0,
              limit,
            )
          : await client.zrangebylex(
              keys.recordKeysOf(kind),
              `(${edge !== undefined && edge > prefix ? edge : prefix}`,
              end,
              'LIMIT',
              0,
              limit,
            )
        if (names.length === 0) return []
        const values = await client.hmget(keys.recordsOf(kind), ...names)
        // One that was removed between the two questions is left out.
        return names.flatMap((key, n) => (values[n] == null ? [] : [{ key, value: values[n] as string }]))
      }),

    async writeRecords(changes) {
      if (changes.length === 0) return true
      // What is only ever added nobody remembers.
      const told = changes.filter(({ kind }) => kind !== 'audit' && kind !== 'spent')
      const notice = told.length === 0 ? '' : JSON.stringify(['k', ...told.flatMap(({ kind, key }) => [kind, key])])
      const names = changes.flatMap(({ kind }) => [keys.recordsOf(kind), keys.recordKeysOf(kind)])
      const args = changes.flatMap(({ key, value, expect }) => [
        checkRecordKey(key),
        expect === undefined ? '*' : expect === null ? '!' : `=${expect}`,
        value === null ? '-' : `=${value}`,
      ])
      return (await writes.run(client => runScript(client, WRITE, names, [keys.all, notice, ...args]))) === 1
    },
  }
}
