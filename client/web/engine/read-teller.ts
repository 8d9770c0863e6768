// Tells the server what was read here: a little later, the newest position of each conversation only, and again until it
// has heard. What could not be told before the page was closed is in the device's copy, and told the next time.
import { MarkReadDocument } from '../../core/generated/graphql.ts'
import type { Asker } from '../model/asker.ts'
import type { ConversationKey } from '../model/conversation.ts'

export interface ReadTeller {
  /** The server does not know yet how far this one is read. */
  add(key: ConversationKey): void
  /** Without waiting. */
  tellNow(): void
  forget(): void
}

const DELAY_MS = 600
const AGAIN_MS = 15_000
/** The same may be told later; every other refusal is final. */
const LATER = new Set(['NETWORK', 'RATE_LIMITED', 'STORAGE_UNAVAILABLE', 'DRAINING', 'INTERNAL_SERVER_ERROR'])

/** @param positionOf how far a conversation is read now */
export function createReadTeller(client: Asker, positionOf: (key: ConversationKey) => string | null): ReadTeller {
  const untold = new Set<ConversationKey>()
  let timer: ReturnType<typeof setTimeout> | undefined
  /** What is under way from before is not told again. */
  let forgotten = 0

  function later(delay: number): void {
    clearTimeout(timer)
    timer = setTimeout(() => void tell(), delay)
  }

  async function tell(): Promise<void> {
    clearTimeout(timer)
    const before = forgotten
    for (const key of [...untold]) {
      const cursor = positionOf(key)
      untold.delete(key)
      if (cursor === null) continue
      const withId = key === 'everyone' ? null : key.slice('with:'.length)
      const { error } = await client.ask(MarkReadDocument, { cursor, withId })
      if (forgotten !== before) return
      if (!error || !LATER.has(error.code)) continue
      untold.add(key)
      return later(AGAIN_MS)
    }
  }

  return {
    add(key) {
      untold.add(key)
      later(DELAY_MS)
    },
    tellNow() {
      if (untold.size > 0) void tell()
    },
    forget() {
      forgotten += 1
      untold.clear()
      clearTimeout(timer)
    },
  }
}
