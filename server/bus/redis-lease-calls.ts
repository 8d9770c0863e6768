// The leases' words with Redis: five scripts and one read, typed. Everything is atomic, and in one slot of a cluster:
//
//   {SPACE}:nodes                  sorted set: node → until when its lease runs (ms since 1970, Redis's own clock)
//   {SPACE}:nodes:version          hash: node → number of its last batch
//   {SPACE}:online:NODE            hash: account → username, everyone who is on the node
//   {SPACE}:online:NODE:changes    stream, VERSION-0 → that batch: [[account, username | when it left], …]
//
// Only the node itself writes its set, until its lease is over; then whoever sees that first clears it away.
import type { AccountRef } from '../domain/entry.ts'
import { allTopic } from '../domain/notice.ts'
import { databaseOf, type RedisClient } from '../redis/client.ts'

/** Batches that are kept for readers; whoever is further behind reads the whole set. */
const BATCHES = 32

const NOW = `local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`

// Answers with the accounts of those that left which are on no other node now; false: this is not what was written last
// (the lease ran out and the set was cleared away, or Redis lost it), write everything.
const WRITE = `${NOW}
local node, expected, version = ARGV[1], ARGV[3], ARGV[4]
if expected == '' then
  redis.call('UNLINK', KEYS[3], KEYS[4])
elseif redis.call('HGET', KEYS[2], node) ~= expected or not redis.call('ZSCORE', KEYS[1], node) then
  return false
end
redis.call('ZADD', KEYS[1], string.format('%.0f', now + ARGV[2]), node)
local left = 9 + 2 * ARGV[8]
for i = 9, left - 1, 1000 do
  redis.call('HSET', KEYS[3], unpack(ARGV, i, math.min(i + 999, left - 1)))
end
local gone = {}
for i = left, #ARGV do
  redis.call('HDEL', KEYS[3], ARGV[i])
  local elsewhere = false
  for k = 5, #KEYS do
    if redis.call('HEXISTS', KEYS[k], ARGV[i]) == 1 then elsewhere = true break end
  end
  if not elsewhere then gone[#gone + 1] = ARGV[i] end
end
if version ~= expected then
  redis.call('HSET', KEYS[2], node, version)
  if expected ~= '' then redis.call('XADD', KEYS[4], 'MAXLEN', ${BATCHES}, version .. '-0', 'c', ARGV[7]) end
  redis.call('PUBLISH', ARGV[5], ARGV[6])
end
return gone`

const LOOK = `${NOW}
return {now, redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES'), redis.call('HGETALL', KEYS[2])}`

const READ = `return {redis.call('HGET', KEYS[1], ARGV[1]), redis.call('HGETALL', KEYS[2])}`

const CLEAR = `${NOW}
local score = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not score or tonumber(score) > now then return false end
local ids = redis.call('HKEYS', KEYS[3])
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('HDEL', KEYS[2], ARGV[1])
redis.call('UNLINK', KEYS[3], KEYS[4])
return ids`

// 1: the last lease, now gone; 0: it runs for some time yet, and another node will clear it away.
const GOODBYE = `${NOW}
if not redis.call('ZSCORE', KEYS[1], ARGV[1]) then return 0 end
redis.call('ZADD', KEYS[1], string.format('%.0f', now + ARGV[2]), ARGV[1])
if redis.call('ZCOUNT', KEYS[1], '(' .. string.format('%.0f', now), '+inf') > 1 then return 0 end
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('HDEL', KEYS[2], ARGV[1])
redis.call('UNLINK', KEYS[3], KEYS[4])
return 1`

export interface NodeState {
  readonly nodeId: string
  /** Milliseconds since 1970, by Redis's clock. */
  readonly expiresAt: number
  readonly version: number
}

/** An account that came, or one that left and when. */
export type Change = { readonly account: AccountRef } | { readonly accountId: string; readonly leftAt: number }

export interface Write {
  /** The version that this node wrote last; null: this is everything, whatever there was. */
  readonly previous: number | null
  /** `previous`: nothing changed, the lease alone is renewed. */
  readonly version: number
  readonly changes: readonly Change[]
  /** Whose sets say whether an account that left is gone from everywhere. */
  readonly others: Iterable<string>
}

export interface LeaseCalls {
  /** Answers with the accounts that are gone from every node; null: refused, write everything. */
  write(write: Write): Promise<readonly string[] | null>
  /** All leases, those that are over too, and what time it is. */
  look(): Promise<{ readonly now: number; readonly nodes: readonly NodeState[] }>
  /** The batches of a node after one version up to another; null: they are not all there, read everything. */
  changes(nodeId: string, after: number, through: number): Promise<readonly Change[] | null>
  /** A node's whole set; null: it has none. */
  everyone(nodeId: string): Promise<{ readonly version: number; readonly accounts: readonly AccountRef[] } | null>
  /** Clears a dead node's set away; answers with whom it had. Null: it lives after all, or another was faster. */
  clear(nodeId: string): Promise<readonly string[] | null>
  /** Lets the own lease run for `graceMs` yet. True: there is no other node, and nothing is left of this one. */
  goodbye(graceMs: number): Promise<boolean>
}

interface Scripts {
  recadoLeaseWrite(keys: number, args: readonly (string | number)[]): Promise<string[] | null>
  recadoLeaseLook(keys: number, ...args: readonly string[]): Promise<[number, string[], string[]]>
  recadoLeaseRead(keys: number, ...args: readonly string[]): Promise<[string | null, string[]]>
  recadoLeaseClear(keys: number, ...args: readonly string[]): Promise<string[] | null>
  recadoLeaseGoodbye(keys: number, ...args: readonly (string | number)[]): Promise<number>
}

export interface LeaseCallsOptions {
  readonly client: RedisClient
  readonly space: string
  readonly nodeId: string
  readonly leaseMs: number
}

export function createLeaseCalls({ client, space, nodeId, leaseMs }: LeaseCallsOptions): LeaseCalls {
  for (const [name, lua] of Object.entries({ Write: WRITE, Look: LOOK, Read: READ, Clear: CLEAR, Goodbye: GOODBYE })) {
    client.defineCommand(`recadoLease${name}`, { lua })
  }
  const scripts = client as unknown as Scripts
  const all = allTopic(space, databaseOf(client))
  const nodes = `{${space}}:nodes`
  const versions = `{${space}}:nodes:version`
  const online = (id: string) => `{${space}}:online:${id}`
  const batches = (id: string) => `${online(id)}:changes`

  return {
    write({ previous, version, changes, others }) {
      const joined: string[] = []
      const left: string[] = []
      for (const change of changes) {
        if ('account' in change) joined.push(change.account.id, change.account.username)
        else left.push(change.accountId)
      }
      const keys = [nodes, versions, online(nodeId), batches(nodeId)]
      for (const other of others) keys.push(online(other))
      // An array, for a whole set is more arguments than a function can be called with.
      return scripts.recadoLeaseWrite(keys.length, [
        ...keys,
        nodeId,
        leaseMs,
        previous ?? '',
        version,
        all,
        JSON.stringify(['o', nodeId]),
        previous === null ? '' : encode(changes),
        joined.length / 2,
        ...joined,
        ...left,
      ])
    },

    async look() {
      const [now, leases, versionPairs] = await scripts.recadoLeaseLook(2, nodes, versions)
      const versionByNode = new Map(pairs(versionPairs))
      return {
        now: Number(now),
        nodes: pairs(leases).map(([id, expiresAt]) => ({
          nodeId: id,
          expiresAt: Number(expiresAt),
          version: Number(versionByNode.get(id) ?? 0),
        })),
      }
    },

    async changes(id, after, through) {
      const found = await client.xrange(batches(id), `${after + 1}-0`, `${through}-0`)
      if (found.length !== through - after) return null
      return found.flatMap(([, fields]) => parse(fields[1] ?? '[]'))
    },

    async everyone(id) {
      const [version, fields] = await scripts.recadoLeaseRead(2, versions, online(id), id)
      if (version === null) return null
      return {
        version: Number(version),
        accounts: pairs(fields).map(([accountId, username]) => ({ id: accountId, username })),
      }
    },

    clear: id => scripts.recadoLeaseClear(4, nodes, versions, online(id), batches(id), id),

    async goodbye(graceMs) {
      const keys = [nodes, versions, online(nodeId), batches(nodeId)]
      return (await scripts.recadoLeaseGoodbye(keys.length, ...keys, nodeId, graceMs)) === 1
    },
  }
}

function encode(changes: readonly Change[]): string {
  return JSON.stringify(
    changes.map(change =>
      'account' in change ? [change.account.id, change.account.username] : [change.accountId, change.leftAt],
    ),
  )
}

/** Only nodes write there: what does not look like it is of another version of this program, and says nothing. */
function parse(text: string): Change[] {
  const items: unknown = JSON.parse(text)
  if (!Array.isArray(items)) return []
  return items.flatMap((item): Change[] => {
    const [id, value]: unknown[] = Array.isArray(item) ? item : []
    if (typeof id !== 'string') return []
    if (typeof value === 'string') return [{ account: { id, username: value } }]
    return typeof value === 'number' ? [{ accountId: id, leftAt: value }] : []
  })
}

function pairs(flat: readonly string[]): [string, string][] {
  const found: [string, string][] = []
  for (let i = 0; i + 1 < flat.length; i += 2) found.push([flat[i] ?? '', flat[i + 1] ?? ''])
  return found
}
