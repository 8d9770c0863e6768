// Of all tabs of an account, one notifies: the one that holds a lock. What each tab shows to somebody who looks is a lock
// too, which the others can see without asking: a tab that is busy answers late, and one that has died never.
import type { ConversationKey } from '../model/conversation.ts'

export interface OneTab {
  /** Whether this is the one. */
  readonly isChosen: boolean
  /** Whether any tab has this conversation on the screen. */
  isSeen(key: ConversationKey): Promise<boolean>
  /** This tab shows this conversation to somebody who looks from now on; null: none. Resolves once all tabs can see it. */
  show(key: ConversationKey | null): Promise<void>
  close(): void
}

export function joinTabs(accountId: string): OneTab {
  const name = `recado.notify.${accountId}`
  const nameOf = (key: ConversationKey) => `recado.sees.${accountId}.${key}`
  const { locks } = navigator
  const closing = new AbortController()
  let isChosen = !locks
  let shown: ConversationKey | null = null
  let endShowing = () => {}

  // Where there are no locks, over plain HTTP, there are no notifications either.
  if (locks) {
    locks
      .request(name, { signal: closing.signal }, async () => {
        isChosen = true
        await new Promise(resolve => closing.signal.addEventListener('abort', resolve))
      })
      // It was closed while it waited.
      .catch(() => {})
  }

  function show(key: ConversationKey | null): Promise<void> {
    if (key === shown) return Promise.resolve()
    endShowing()
    endShowing = () => {}
    shown = key
    if (key === null || !locks) return Promise.resolve()
    const ending = Promise.withResolvers<void>()
    endShowing = ending.resolve
    return new Promise(resolve => {
      locks
        .request(nameOf(key), { mode: 'shared' }, () => {
          resolve()
          return ending.promise
        })
        .catch(() => resolve())
    })
  }

  return {
    get isChosen() {
      return isChosen
    },
    show,
    async isSeen(key) {
      if (shown === key) return true
      const held = (await locks?.query())?.held ?? []
      return held.some(lock => lock.name === nameOf(key))
    },
    close() {
      void show(null)
      closing.abort()
    },
  }
}
