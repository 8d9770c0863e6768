// Subscriptions over Server-Sent Events: graphql-sse's distinct connections mode, as Yoga speaks it, plus what makes a
// plain EventSource resume: each event of the log has its cursor as `id`, which comes back as Last-Event-ID.
import type { ExecutionResult } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { Refusal } from '../domain/errors.ts'
import type { Stay } from '../feed/presence.ts'
import type { Masking } from '../graphql/masking.ts'
import type { Connection, Connections } from './connections.ts'
import type { EncodedResult } from './subscriptions.ts'

/** What a client accepts that takes a stream. */
export const SSE_MEDIA_TYPE = 'text/event-stream'
const COMMENT = Buffer.from(':\n\n')
const COMPLETE = Buffer.from('event: complete\ndata:\n\n')

/** What travels through Yoga's pipeline: an execution result that is encoded already. */
export class EncodedExecutionResult implements ExecutionResult {
  readonly encoded: EncodedResult

  constructor(encoded: EncodedResult) {
    this.encoded = encoded
  }

  /** For Yoga's other ways out (multipart): decoded only if one of them asks. */
  get data(): Exclude<ExecutionResult['data'], undefined> {
    return (JSON.parse(String(this.encoded.json)) as ExecutionResult).data ?? null
  }
}

export interface SseOptions {
  readonly connections: Connections
  readonly masking: Masking
  /** Milliseconds of silence after which a comment is sent; 0: never. */
  readonly pingIntervalMs: number
  /** A stream was let in, and is gone. */
  onStreamOpened?(): void
  onStreamClosed?(): void
}

/** Who a request's stream belongs to, and how presence hears that it is gone. */
export interface StreamOwner {
  readonly sessionId: string | null
  readonly accountId: string | null
  /** The client's, for limits. */
  readonly address: string
  connect(): Stay | null
}

/** Yoga's own way of writing SSE, replaced by one that knows cursors, heartbeats in one sweep, and sessions. */
export function resumableSse(options: SseOptions): Plugin {
  const { connections, masking, pingIntervalMs, onStreamOpened, onStreamClosed } = options

  return {
    onResultProcess({ request, result, serverContext, setResultProcessor }) {
      if (Array.isArray(result) || !(Symbol.asyncIterator in result)) return
      if (!request.headers.get('accept')?.includes(SSE_MEDIA_TYPE)) return
      const iterator = (result as AsyncIterable<ExecutionResult>)[Symbol.asyncIterator]()
      setResultProcessor((_, fetchApi) => {
        const stream = createStream(iterator, (serverContext as unknown as { owner: StreamOwner }).owner)
        return new fetchApi.Response(stream, {
          headers: {
            'Content-Type': `${SSE_MEDIA_TYPE}; charset=utf-8`,
            'Cache-Control': 'no-store, no-cache, no-transform',
            // nginx would collect a stream into blocks.
            'X-Accel-Buffering': 'no',
          },
        })
      }, SSE_MEDIA_TYPE)
    },
  }

  function createStream(iterator: AsyncIterator<ExecutionResult>, owner: StreamOwner): ReadableStream<Uint8Array> {
    let controller: ReadableStreamDefaultController<Uint8Array>
    let over = false
    let wroteAt = performance.now()
    let stay: Stay | null = null
    let isAdmitted = false
    let isOpen = false

    const write = (bytes: Uint8Array): void => {
      wroteAt = performance.now()
      controller.enqueue(bytes)
    }
    const finish = (): boolean => {
      if (over) return false
      over = true
      connections.remove(connection)
      if (isAdmitted) connections.dismiss(owner.address)
      if (isOpen) onStreamClosed?.()
      stay?.leave()
      return true
    }
    const end = (cause: Refusal): void => {
      if (!finish()) return
      controller.enqueue(next(JSON.stringify({ errors: [masking.present(cause)] }), null))
      controller.enqueue(COMPLETE)
      controller.close()
      iterator.return?.().catch(() => {})
    }
    const connection: Connection = {
      sessionId: owner.sessionId,
      accountId: owner.accountId,
      endSession: end,
      // Without a `complete`, so that the client comes back by itself (PROTOCOL.md, SSE-6).
      drain() {
        if (!finish()) return
        controller.close()
        iterator.return?.().catch(() => {})
      },
      beat(now) {
        if (over || pingIntervalMs === 0 || now - wroteAt < pingIntervalMs) return
        if ((controller.desiredSize ?? 0) > 0) write(COMMENT)
      },
    }

    return new ReadableStream<Uint8Array>({
      start(own) {
        controller = own
        stay = owner.connect()
        isAdmitted = connections.admit(owner.address)
        if (!isAdmitted || !connections.add(connection)) {
          return end(new Refusal('SUBSCRIPTION_LIMIT', 'Too many connections.'))
        }
        // Its session may be over by now, and so the stream.
        if (over) return
        isOpen = true
        onStreamOpened?.()
        // Some browsers keep a fetch waiting until the first byte.
        write(COMMENT)
      },
      async pull() {
        try {
          const { value, done } = await iterator.next()
          if (over) return
          if (done) {
            finish()
            controller.enqueue(COMPLETE)
            controller.close()
          } else if (value instanceof EncodedExecutionResult) {
            write(next(value.encoded.json, value.encoded.cursor))
          } else {
            write(next(JSON.stringify(masking.presentResult(value)), null))
          }
        } catch (error) {
          end(error instanceof Refusal ? error : new Refusal('INTERNAL_SERVER_ERROR'))
        }
      },
      async cancel() {
        finish()
        await iterator.return?.()
      },
    })
  }
}

function next(json: string | Buffer, cursor: string | null): Buffer {
  const id = cursor === null ? '' : `id: ${cursor}\n`
  return Buffer.concat([Buffer.from(`event: next\n${id}data: `), Buffer.from(json), Buffer.from('\n\n')])
}
