// A stream of Server-Sent Events, event by event: names, ids, data, comments, and how it ended.
import { Failed } from '../audit.ts'
import type { Data } from './http.ts'
import { Inbox } from './inbox.ts'

export interface StreamEvent {
  readonly event: string
  /** Of the `id:` line; null: there was none. */
  readonly id: string | null
  readonly data: string
}

export class Stream {
  readonly status: number
  readonly headers: Headers
  readonly events = new Inbox<StreamEvent>()
  readonly comments = new Inbox<number>()
  readonly #abort: AbortController
  readonly #ms: number

  constructor(response: Response, abort: AbortController, ms: number) {
    this.status = response.status
    this.headers = response.headers
    this.#abort = abort
    this.#ms = ms
    void this.#read(response)
  }

  async #read({ body }: Response): Promise<void> {
    const decoder = new TextDecoder()
    let rest = ''
    try {
      for await (const chunk of body ?? []) {
        const blocks = (rest + decoder.decode(chunk, { stream: true })).split('\n\n')
        rest = blocks.pop() ?? ''
        for (const block of blocks) this.#onBlock(block)
      }
      this.events.end('the stream has ended')
    } catch {
      this.events.end('the stream was cut')
    }
    this.comments.end('the stream has ended')
  }

  #onBlock(block: string): void {
    let event = 'message'
    let id: string | null = null
    const data: string[] = []
    let hasField = false
    for (const line of block.split('\n')) {
      if (line === '') continue
      if (line.startsWith(':')) {
        this.comments.push(performance.now())
        continue
      }
      const [, name = line, value = ''] = /^([^:]*): ?(.*)$/s.exec(line) ?? []
      hasField = true
      if (name === 'event') event = value
      if (name === 'id') id = value
      if (name === 'data') data.push(value)
    }
    if (hasField) this.events.push({ event, id, data: data.join('\n') })
  }

  event(what = 'an event of the stream', ms = this.#ms): Promise<StreamEvent> {
    return this.events.take(what, ms)
  }

  /** The next result: the value of its only field, and its id. @throws Failed when something else comes */
  async next(what = 'a result in the stream'): Promise<{ value: Data; id: string | null }> {
    const { event, data, id } = await this.event(what)
    const parsed = event === 'next' ? (JSON.parse(data) as { data?: Data; errors?: unknown }) : {}
    if (!parsed.data || parsed.errors)
      throw new Failed(`${what}: expected a result, got ${event} ${data.slice(0, 160)}`)
    return { value: Object.values(parsed.data)[0], id }
  }

  /** The results up to the first that fits, and that one. */
  async until(fits: (value: Data) => boolean, what: string): Promise<{ value: Data; id: string | null }[]> {
    const taken: { value: Data; id: string | null }[] = []
    for (;;) {
      const next = await this.next(what)
      taken.push(next)
      if (fits(next.value)) return taken
    }
  }

  destroy(): void {
    this.#abort.abort()
  }
}

/** Opens a stream. A refusal that is no stream has its status, and no events. */
export async function openStream(url: string, init: RequestInit, ms: number): Promise<Stream> {
  const abort = new AbortController()
  const timer = setTimeout(() => abort.abort(), ms)
  try {
    return new Stream(await fetch(url, { ...init, signal: abort.signal }), abort, ms)
  } catch (error) {
    throw new Failed(`no stream: ${error instanceof Error ? error.message : error}`)
  } finally {
    clearTimeout(timer)
  }
}
