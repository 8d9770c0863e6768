// A subscription that lasts: started on each link, and again with back-off when the server ends it while the link lives.
// What came before a pause is the owner's business: `request` is asked anew at each start.
import { type Connection, STABLE_MS } from './connection.ts'
import { asRecadoError, errorFromResult, RecadoError } from './errors.ts'
import type { Link, Request } from './link.ts'

export interface LastingSubscription {
  /**
   * What to ask for now. May ask the link something first; a rejection counts as a failed start.
   *
   * @param isCurrent false once this start is no longer wanted: then nothing may be kept from it
   */
  request(link: Link, isCurrent: () => boolean): Request | Promise<Request>
  /** One result's data. */
  next(data: unknown): void
  /** It runs no longer; it starts again by itself. Without an error: the link was lost. */
  paused(error?: RecadoError): void
  /** Whether a refusal has been dealt with, so that it can start again at once. */
  mended?(error: RecadoError): boolean
}

/** Returns what ends it. */
export function keepSubscribed(connection: Connection, lasting: LastingSubscription): () => void {
  const backoff = connection.newBackoff()
  /** Counts starts: whatever an earlier one still says is ignored. */
  let generation = 0
  let unsubscribe: (() => void) | undefined
  let timer: ReturnType<typeof setTimeout> | undefined

  function stop(): void {
    generation += 1
    clearTimeout(timer)
    unsubscribe?.()
    unsubscribe = undefined
  }

  async function start(link: Link): Promise<void> {
    stop()
    const mine = generation
    const isCurrent = () => mine === generation
    const startedAt = performance.now()

    function fail(error: RecadoError): void {
      if (!isCurrent()) return
      stop()
      if (error.code === 'UNAUTHENTICATED') return connection.endSession(error)
      lasting.paused(error)
      if (lasting.mended?.(error) === true) return void start(link)
      if (performance.now() - startedAt >= STABLE_MS) backoff.reset()
      const delay = Math.max(error.retryable ? backoff.next() : backoff.slow(), error.retryAfterMs ?? 0)
      timer = setTimeout(() => void start(link), delay)
    }

    try {
      const request = await lasting.request(link, isCurrent)
      if (!isCurrent()) return
      unsubscribe = link.subscribe(request, {
        next(result) {
          if (!isCurrent()) return
          // Also a single result that failed: going on after it would leave a hole.
          if (result.errors !== undefined) fail(errorFromResult(result.errors))
          else lasting.next(result.data)
        },
        error: fail,
        complete: () => fail(new RecadoError('NETWORK', { message: 'The server ended the subscription.' })),
      })
    } catch (thrown) {
      fail(asRecadoError(thrown))
    }
  }

  const detach = connection.attach({
    opened: link => void start(link),
    lost() {
      stop()
      lasting.paused()
    },
    closed() {
      stop()
      lasting.paused()
    },
  })

  return () => {
    detach()
    stop()
  }
}
