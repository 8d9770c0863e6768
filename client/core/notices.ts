// What the tabs of one account tell each other about their common outbox, by a BroadcastChannel where there is one.
// Nothing depends on it but speed: whoever misses a notice finds out from the storage, or from the server by the nonce.
import type { Message } from './types.ts'

export type Notice =
  /** The storage has changed: load it again. */
  | { readonly type: 'changed' }
  /** Acknowledged. */
  | { readonly type: 'sent'; readonly nonce: string; readonly message: Message }
  | { readonly type: 'discarded'; readonly nonce: string }

export interface Notices {
  tell(notice: Notice): void
  close(): void
}

export function createNotices(name: string, listener: (notice: Notice) => void): Notices {
  const channel = openChannel(name)
  if (channel === undefined) return { tell: () => {}, close: () => {} }
  // Node: a program that has nothing left to do but listen may end.
  if ('unref' in channel && typeof channel.unref === 'function') channel.unref()
  let closed = false
  channel.onmessage = ({ data }: MessageEvent<unknown>) => {
    const notice = parseNotice(data)
    if (notice !== undefined && !closed) listener(notice)
  }
  return {
    tell(notice) {
      if (!closed) channel.postMessage(notice)
    },
    close() {
      closed = true
      channel.close()
    },
  }
}

function openChannel(name: string): BroadcastChannel | undefined {
  try {
    return new BroadcastChannel(name)
  } catch {
    // There is none, or a page without an origin of its own may not have one.
    return undefined
  }
}

/** Undefined: of another version of this program in another tab. */
function parseNotice(data: unknown): Notice | undefined {
  if (typeof data !== 'object' || data === null || !('type' in data)) return undefined
  if (data.type === 'changed') return { type: 'changed' }
  if (!('nonce' in data) || typeof data.nonce !== 'string') return undefined
  if (data.type === 'discarded') return { type: 'discarded', nonce: data.nonce }
  if (data.type !== 'sent' || !('message' in data)) return undefined
  return { type: 'sent', nonce: data.nonce, message: data.message as Message }
}
