// A link without WebSockets: each subscription is a stream of server-sent events of its own, everything else a POST.
// There is no connection as such; it counts as lost when any of its streams breaks off or stays silent.
import { MeDocument } from './generated/graphql.ts'
import type { Http } from './http.ts'
import { CHECK_TIMEOUT_MS, type Closure, closureOf, type Link, requestOf } from './link.ts'

export interface SseLinkOptions {
  readonly http: Http
  readonly pingIntervalMs: number
}

/** Resolves at once: whoever opens it should ask something before relying on it. */
export async function openSseLink({ http, pingIntervalMs }: SseLinkOptions, signal: AbortSignal): Promise<Link> {
  const lost = Promise.withResolvers<Closure>()
  const ending = new AbortController()

  function finish(closure: Closure): void {
    lost.resolve(closure)
    ending.abort()
  }

  function drop(): void {
    finish({ code: 1006, reason: 'Dropped' })
  }

  if (signal.aborted) drop()

  return {
    transport: 'sse',
    lost: lost.promise,

    subscribe(request, sink) {
      const ended = new AbortController()
      let silence: ReturnType<typeof setTimeout> | undefined
      const alive = () => {
        clearTimeout(silence)
        silence = setTimeout(() => finish({ code: 1006, reason: 'Nothing came in time' }), pingIntervalMs * 2.5)
      }
      alive()
      const next = (result: Parameters<typeof sink.next>[0]) => {
        if (!ended.signal.aborted && !ending.signal.aborted) sink.next(result)
      }
      http
        .stream(request, { alive, next }, AbortSignal.any([ended.signal, ending.signal]))
        .then(
          () => {
            if (!ended.signal.aborted && !ending.signal.aborted) sink.complete()
          },
          thrown => {
            if (ended.signal.aborted || ending.signal.aborted) return
            const closure = closureOf(thrown)
            if (closure.error?.code === 'NETWORK') finish(closure)
            else if (closure.error !== undefined) sink.error(closure.error)
          },
        )
        .finally(() => clearTimeout(silence))
      return () => ended.abort()
    },

    execute: request => http.execute(request, ending.signal),

    check() {
      // A POST goes its own way and would say nothing about the streams; but no answer at all says enough.
      const timeout = AbortSignal.timeout(CHECK_TIMEOUT_MS)
      http.execute(requestOf(MeDocument, {}), AbortSignal.any([ending.signal, timeout])).catch(thrown => {
        if (!ending.signal.aborted) finish(closureOf(thrown))
      })
    },

    drop,
    end: drop,
  }
}
