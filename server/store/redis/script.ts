// A Lua script, run by its digest; sent whole where the server does not know it (yet, or after SCRIPT FLUSH). A refusal
// for that reason means that it was not run.
import { createHash } from 'node:crypto'
import type { RedisClient } from '../../redis/client.ts'

export interface Script {
  readonly lua: string
  readonly sha: string
}

export function createScript(lua: string): Script {
  return { lua, sha: createHash('sha1').update(lua).digest('hex') }
}

/** @param keys all that it touches: a Cluster that is moving the slot must know them before it runs */
export async function runScript(
  client: RedisClient,
  { lua, sha }: Script,
  keys: readonly string[],
  args: readonly (string | number)[],
): Promise<unknown> {
  try {
    return await client.evalsha(sha, keys.length, ...keys, ...args)
  } catch (error) {
    if (!isUnknownScript(error)) throw error
    return await client.eval(lua, keys.length, ...keys, ...args)
  }
}

export function isUnknownScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT')
}
