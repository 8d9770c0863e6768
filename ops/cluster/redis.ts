// A Redis for the nodes that keeps what it acknowledges: an append-only file, synced before each answer, in a folder of
// its own; only for this machine.
import { mkdirSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import type { Guard } from './guard.ts'
import { type ManagedProcess, startProcess, untilReady } from './managed-process.ts'
import { programOf } from './programs.ts'

export interface RedisOptions {
  readonly dir: string
  readonly port: number
  readonly guard: Guard
}

/** Resolves once it has read its file and answers. */
export async function startRedisServer({ dir, port, guard }: RedisOptions): Promise<ManagedProcess> {
  mkdirSync(dir, { recursive: true })
  const logFile = join(dir, 'redis.log')
  const settings = {
    port: String(port),
    bind: '127.0.0.1',
    dir,
    appendonly: 'yes',
    appendfsync: 'always',
    save: '',
    'maxmemory-policy': 'noeviction',
  }
  const redis = await startProcess({
    program: programOf('redis-server'),
    args: Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]),
    guard,
    logFile,
  })
  await untilReady(redis, logFile, () => answersPing(port))
  return redis
}

/** While it still reads its file, the answer is an error. */
function answersPing(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'))
    const answer = (isReady: boolean): void => {
      socket.destroy()
      resolve(isReady)
    }
    socket.setTimeout(1_000, () => answer(false))
    socket.once('error', () => answer(false))
    socket.once('data', data => answer(String(data).startsWith('+PONG')))
  })
}
