// One batch of writes to the log: a script call that says which history it is meant for, once more where that turned out
// to be another one, and acknowledged by as many replicas as are asked for.
import type { Entry, Position } from '../../domain/entry.ts'
import { Refusal } from '../../domain/errors.ts'
import type { RedisClient } from '../../redis/client.ts'
import type { StoreEvents } from '../store.ts'
import type { StoreLog } from '../store-log.ts'
import type { Connection } from './connection.ts'
import type { Assumption, History } from './history.ts'
import type { Keys } from './keys.ts'
import { type LogScript, logKeys, runLogScript } from './log-scripts.ts'
import { isUnknownScript } from './script.ts'

export interface LogWritesOptions {
  readonly connection: Connection
  readonly history: History
  readonly keys: Keys
  readonly events: StoreEvents
  readonly log: StoreLog
  /** Milliseconds since 1970. */
  readonly clock: () => number
  /** Replicas that must have a batch before it is acknowledged, and how long they may take, in milliseconds. */
  readonly replicas: { readonly count: number; readonly timeoutMs: number }
}

/** What is sent for a batch. */
export interface Encoded {
  /** Beside those of every script of the log. */
  readonly keys: readonly string[]
  /** Beside what each begins with: history, clock, channels. */
  readonly args: readonly (string | number)[]
}

export interface LogWrites {
  /**
   * Runs a script that writes; answers with what it says for each write of the batch.
   * Rejects with `STORAGE_UNAVAILABLE` where that is unknown.
   * @param lastOf the position that was stored last, if any
   */
  run<Outcome>(
    script: LogScript,
    encode: (client: RedisClient, assumed: Assumption) => Encoded | null | Promise<Encoded | null>,
    lastOf: (outcomes: readonly Outcome[]) => Position | undefined,
  ): Promise<readonly Outcome[]>
  /** Tells of what was stored, in the order of the log. */
  announce(entries: readonly Entry[]): void
}

export function createLogWrites(options: LogWritesOptions): LogWrites {
  const { connection, history, keys, events, log, clock, replicas } = options

  /** WAIT counts for the connection that wrote, so both go out together. */
  async function runAndWait(client: RedisClient, script: LogScript, { keys: own, args }: Encoded) {
    const names = logKeys(keys, own)
    const send = async (isKnown: boolean) => {
      const pipeline = client.pipeline()
      if (isKnown) pipeline.evalsha(script.sha, names.length, ...names, ...args)
      else pipeline.eval(script.lua, names.length, ...names, ...args)
      pipeline.wait(replicas.count, replicas.timeoutMs)
      return (await pipeline.exec()) ?? []
    }
    let [written, waited] = await send(true)
    if (isUnknownScript(written?.[0])) [written, waited] = await send(false)
    const failure = written?.[0] ?? waited?.[0]
    if (failure) throw failure
    return [written?.[1], Number(waited?.[1])] as const
  }

  return {
    async run<Outcome>(
      script: LogScript,
      encode: (client: RedisClient, assumed: Assumption) => Encoded | null | Promise<Encoded | null>,
      lastOf: (outcomes: readonly Outcome[]) => Position | undefined,
    ) {
      const attempt = (): Promise<readonly Outcome[] | null> =>
        connection.run(async client => {
          const assumed = history.assume()
          const encoded = await encode(client, assumed)
          if (!encoded) return null
          const started = performance.now()
          const args = [assumed.epoch, assumed.known, clock() * 1000, keys.all, keys.user, ...encoded.args]
          const [answer, haveIt] =
            replicas.count > 0
              ? await runAndWait(client, script, { keys: encoded.keys, args })
              : [await runLogScript(client, script, keys, encoded.keys, args), Number.POSITIVE_INFINITY]
          if (answer === 0) return null
          events.written?.((performance.now() - started) / 1000)
          const outcomes = answer as readonly Outcome[]
          const last = lastOf(outcomes)
          if (last !== undefined) history.confirm(assumed, last)
          if (haveIt < replicas.count) {
            log.error({ have: haveIt, want: replicas.count }, 'too few replicas have what was appended')
            throw new Refusal('STORAGE_UNAVAILABLE')
          }
          return outcomes
        })
      // Once more where it was another history: nothing was stored then.
      for (let count = 1; count <= 2; count++) {
        const outcomes = await attempt()
        if (outcomes) return outcomes
        await history.resolve()
      }
      throw new Refusal('STORAGE_UNAVAILABLE')
    },
    announce(entries) {
      if (entries.length === 0) return
      try {
        events.committed(entries)
      } catch (error) {
        log.error({ err: error }, 'what is told of committed entries must not throw')
      }
    },
  }
}
