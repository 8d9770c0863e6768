// One connection of the store to Redis, and whether it can be used. Calls go through `run`: while it is down they are
// refused at once (or wait for a moment, if they may), so nothing piles up; the way back is tried with back-off until a
// probe succeeds.
import { Refusal } from '../../domain/errors.ts'
import { type RedisClient, reconnectDelayMs } from '../../redis/client.ts'
import type { StoreLog } from '../store-log.ts'
import { isUnavailable, reasonOf, rejectionOf } from './redis-errors.ts'

export interface ConnectionOptions {
  readonly client: RedisClient
  /** For the log. */
  readonly name: string
  /** Succeeds when the connection can be used: asked before it counts as up again. */
  probe(client: RedisClient): Promise<void>
  onChange?(isUp: boolean): void
  /**
   * How long a call waits for a connection that is down, in milliseconds; one that was lost on the way is then tried
   * once more, so the calls must change nothing. Default 0: refused at once, and never tried again.
   */
  readonly graceMs?: number
  /** Calls that wait so at a time. Default 10,000; more are refused at once. */
  readonly waiting?: number
  readonly log: StoreLog
}

/**
 *          the client lost it, or an answer says so
 *      up ─────────────────────────────────────────▶ down ──▶ closed
 *       ▲                                              │  (close(), from either)
 *       └────────── a probe succeeded ◀────────────────┘
 */
export interface Connection {
  readonly isUp: boolean
  /**
   * Rejects with `STORAGE_UNAVAILABLE` when it is down, or went down before the answer: whether the action had an effect
   * is unknown then. Any other error is a defect.
   * @param kind what frees memory is also run while Redis takes nothing else for want of it
   */
  run<Result>(action: (client: RedisClient) => Promise<Result>, kind?: 'frees memory'): Promise<Result>
  /** Waits for the calls that run, then ends it. Afterwards every call is refused. */
  close(): Promise<void>
}

/** Takes over a client that is ready. */
export function createConnection(options: ConnectionOptions): Connection {
  const { client, name, probe, onChange, graceMs = 0, waiting: mostWaiting = 10_000, log } = options
  let state: 'up' | 'down' | 'closed' = 'up'
  let running = 0
  let waiting = 0
  /** It is down since Redis has no memory left. */
  let isFull = false
  let whenUp = Promise.withResolvers<void>()
  let whenIdle: (() => void) | null = null
  let hurry = Promise.withResolvers<void>()

  client.on('close', () => fail('the connection is lost'))
  client.on('ready', () => hurry.resolve())

  function fail(reason: string): void {
    if (state !== 'up') return
    state = 'down'
    isFull = isAboutMemory(reason)
    whenUp = Promise.withResolvers()
    log.error({ connection: name, reason }, 'Redis can not be used, trying again')
    void recover()
    onChange?.(false)
  }

  async function recover(): Promise<void> {
    for (let failures = 0; state === 'down'; failures++) {
      if (failures > 0) {
        const timer = setTimeout(() => hurry.resolve(), reconnectDelayMs(failures))
        await hurry.promise
        clearTimeout(timer)
      }
      hurry = Promise.withResolvers()
      try {
        await probe(client)
      } catch (error) {
        isFull = isAboutMemory(reasonOf(error))
        if (!isUnavailable(error)) log.error({ connection: name, reason: reasonOf(error) }, 'Redis fails the probe')
        continue
      }
      if (state !== 'down') return
      state = 'up'
      log.warn({ connection: name }, 'Redis can be used again')
      whenUp.resolve()
      onChange?.(true)
    }
  }

  /** Resolves once it is up, or after `graceMs`. */
  async function grace(): Promise<void> {
    if (waiting >= mostWaiting) return
    waiting++
    let timer: NodeJS.Timeout | undefined
    const over = new Promise<void>(resolve => {
      timer = setTimeout(resolve, graceMs)
    })
    await Promise.race([whenUp.promise, over])
    clearTimeout(timer)
    waiting--
  }

  async function attempt<Result>(action: (client: RedisClient) => Promise<Result>): Promise<Result> {
    running++
    try {
      return await action(client)
    } catch (error) {
      if (isUnavailable(error) && !(error instanceof Refusal)) fail(reasonOf(error))
      throw rejectionOf(error)
    } finally {
      running--
      if (running === 0) whenIdle?.()
    }
  }

  async function run<Result>(action: (client: RedisClient) => Promise<Result>, kind?: 'frees memory'): Promise<Result> {
    if (state === 'down' && graceMs > 0) await grace()
    if (state === 'down' && isFull && kind === 'frees memory') return attempt(action)
    if (state !== 'up') throw new Refusal('STORAGE_UNAVAILABLE')
    if (graceMs === 0) return attempt(action)
    try {
      return await attempt(action)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
    }
    if (!isUp()) await grace()
    if (!isUp()) throw new Refusal('STORAGE_UNAVAILABLE')
    return attempt(action)
  }

  /** A function, since it changes between two looks. */
  function isUp(): boolean {
    return state === 'up'
  }

  return {
    get isUp() {
      return isUp()
    },
    run,
    async close() {
      const isFirst = state !== 'closed'
      state = 'closed'
      whenUp.resolve()
      hurry.resolve()
      if (running > 0) {
        await new Promise<void>(resolve => {
          whenIdle = resolve
        })
      }
      if (isFirst) client.disconnect()
    },
  }
}

function isAboutMemory(reason: string): boolean {
  return reason.startsWith('OOM')
}
