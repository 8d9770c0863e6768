// A subscription to presence: first everyone online, then what changed, each encoded once for all who watch with the
// same operation. A reader that can't keep up is not queued for: it gets everyone anew once it has drained.
import type { AccountRef } from '../domain/entry.ts'
import type { Presence } from '../feed/presence.ts'
import type { Group } from './fan-out/group.ts'

export interface PresenceSink {
  readonly congested: boolean
  deliverValue(payload: Buffer): void
}

export interface PresenceWatch {
  /** The sink has drained. */
  resume(): void
  close(): void
}

export function watchPresence(
  presence: Presence,
  group: Pick<Group, 'encodeValue'>,
  sink: PresenceSink,
  onError: (error: unknown) => void,
): PresenceWatch {
  let stale = false
  let closed = false
  /** Fields that ask the store make a promise: what follows waits for it, so that order is kept. */
  let order: Promise<void> | null = null

  function deliver(users: readonly AccountRef[]): void {
    const encoding = order ? order.then(() => encode(users)) : encode(users)
    if (!encoding) return
    const mine: Promise<void> = encoding.catch(onError).then(() => {
      if (order === mine) order = null
    })
    order = mine
  }

  function encode(users: readonly AccountRef[]): Promise<void> | undefined {
    if (closed) return
    const payload = group.encodeValue(users)
    if (!(payload instanceof Promise)) {
      sink.deliverValue(payload)
      return
    }
    return payload.then(bytes => {
      if (!closed) sink.deliverValue(bytes)
    })
  }

  const stop = presence.watch(changed => {
    if (sink.congested) stale = true
    else deliver(changed)
  })
  deliver(presence.online())

  return {
    resume() {
      if (!stale) return
      stale = false
      deliver(presence.online())
    },
    close() {
      closed = true
      stop()
    },
  }
}
