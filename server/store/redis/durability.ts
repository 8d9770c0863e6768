// Whether Redis keeps what it acknowledges: it is asked before anything is stored, and who runs it is told what may be
// lost. What an acknowledgement means is decided by its settings, not by ours.
import { Cluster, type Redis } from 'ioredis'
import type { RedisClient } from '../../redis/client.ts'
import { StoreError } from '../store-error.ts'
import type { StoreLog } from '../store-log.ts'
import { reasonOf } from './redis-errors.ts'

/** Null: this server does not say. */
interface Settings {
  readonly appendonly: boolean | null
  readonly appendfsync: string | null
  readonly maxmemoryPolicy: string | null
}

/**
 * Reads the settings of the server, or of every master of a Cluster.
 * Rejects with StoreError `REDIS_VOLATILE` or `REDIS_EVICTS`, unless that was allowed; then it only warns.
 */
export async function checkDurability(client: RedisClient, allowVolatile: boolean, log: StoreLog): Promise<void> {
  const servers = client instanceof Cluster ? client.nodes('master') : [client]
  for (const server of servers) {
    const settings = await readSettings(server)
    const problem = problemOf(settings)
    if (problem && !allowVolatile) throw problem
    if (problem) log.warn({ code: problem.code, ...settings }, `${problem.message} It was allowed.`)
    else if (settings.appendfsync !== 'always') log.warn({ ...settings }, riskOf(settings))
  }
}

function problemOf({ appendonly, maxmemoryPolicy }: Settings): StoreError | null {
  if (appendonly === false) {
    return new StoreError(
      'REDIS_VOLATILE',
      'Redis keeps no append-only file, so a restart would lose messages that were acknowledged: set `appendonly yes` ' +
        'in redis.conf, or REDIS_ALLOW_VOLATILE=on if that is acceptable.',
    )
  }
  if (maxmemoryPolicy !== null && maxmemoryPolicy !== 'noeviction') {
    return new StoreError(
      'REDIS_EVICTS',
      `Redis drops keys when memory is short (maxmemory-policy ${maxmemoryPolicy}): set \`maxmemory-policy noeviction\` ` +
        'in redis.conf, or REDIS_ALLOW_VOLATILE=on if losing messages is acceptable.',
    )
  }
  return null
}

function riskOf({ appendonly, appendfsync }: Settings): string {
  if (appendonly === null || appendfsync === null) {
    return 'Redis does not say how it keeps what it acknowledges: look at appendonly and appendfsync of the service'
  }
  const lost = appendfsync === 'everysec' ? 'a second' : 'half a minute'
  return `a crash of the machine of Redis may lose ${lost} of acknowledged messages (appendfsync ${appendfsync})`
}

async function readSettings(server: Redis): Promise<Settings> {
  try {
    const config = await Promise.all(
      ['appendonly', 'appendfsync', 'maxmemory-policy'].map(async name => {
        const [, value] = (await server.config('GET', name)) as string[]
        return value ?? null
      }),
    )
    const [appendonly = null, appendfsync = null, maxmemoryPolicy = null] = config
    return { appendonly: appendonly === null ? null : appendonly === 'yes', appendfsync, maxmemoryPolicy }
  } catch (error) {
    // Hosted services, and users with few rights, have no CONFIG.
    if (!/^(ERR unknown command|NOPERM)/.test(reasonOf(error))) throw error
  }
  const info = (await server.info('persistence')) + (await server.info('memory'))
  const field = (name: string) => new RegExp(`^${name}:(\\S+)`, 'm').exec(info)?.[1] ?? null
  const enabled = field('aof_enabled')
  return {
    appendonly: enabled === null ? null : enabled === '1',
    appendfsync: null,
    maxmemoryPolicy: field('maxmemory_policy'),
  }
}
