// argon2id on threads of its own, each of which gives way to everything else that wants a processor: whoever enters waits,
// those who talk don't. They begin with the first password, and keep no process alive.
import { Worker } from 'node:worker_threads'
import { scriptBeside } from '../domain/script.ts'

/** What argon2id is asked for. */
export interface HashParameters {
  /** KiB. */
  readonly memory: number
  readonly passes: number
  readonly parallelism: number
  readonly salt: Buffer
  /** Bytes. */
  readonly tagLength: number
}

export interface Hashing {
  /** @throws Error where argon2 refuses the parameters, or the thread ends */
  derive(password: string, parameters: HashParameters): Promise<Buffer>
}

export interface ToHasher extends HashParameters {
  readonly password: string
}

export type FromHasher = { readonly tag: Uint8Array } | { readonly failure: string }

interface Hasher {
  readonly worker: Worker
  /** Of the one that it works on; null: none. */
  current: PromiseWithResolvers<Buffer> | null
}

const SCRIPT = scriptBeside(import.meta.url, 'hashing-worker')

/** As many threads as are asked for at one time: whoever asks keeps count. */
export function createHashing(): Hashing {
  const hashers = new Set<Hasher>()

  function start(): Hasher {
    const hasher: Hasher = { worker: new Worker(SCRIPT, { name: 'recado-hasher' }), current: null }
    let reason = 'the thread ended'
    hasher.worker.on('message', (message: FromHasher) => {
      const { current } = hasher
      hasher.current = null
      hasher.worker.unref()
      if ('failure' in message) current?.reject(new Error(message.failure))
      else current?.resolve(Buffer.from(message.tag))
    })
    hasher.worker.on('error', error => {
      reason = error.message
    })
    hasher.worker.on('exit', () => {
      hashers.delete(hasher)
      hasher.current?.reject(new Error(`No password could be hashed: ${reason}.`))
    })
    hashers.add(hasher)
    return hasher
  }

  return {
    derive(password, parameters) {
      const hasher = [...hashers].find(({ current }) => current === null) ?? start()
      const answer = Promise.withResolvers<Buffer>()
      hasher.current = answer
      hasher.worker.ref()
      hasher.worker.postMessage({ ...parameters, password } satisfies ToHasher)
      return answer.promise
    },
  }
}
