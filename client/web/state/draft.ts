// Texts that were begun and not sent, one for each conversation of an account: they last in this browser until they are
// sent or the account leaves it. A person of a tab's own has them in that tab, and they go with it. Tabs of one account
// hear of each other's.
import type { ConversationKey, Person } from '../model/conversation.ts'

export interface Draft {
  readonly text: string
  /** With whom the conversation is; null: everyone. */
  readonly peer: Person | null
  /** Milliseconds since 1970. */
  readonly at: number
}

export interface Drafts {
  readonly byKey: ReadonlyMap<ConversationKey, Draft>
  /** A text without anything to be seen in it is none. */
  write(key: ConversationKey, peer: Person | null, text: string): void
  /** Another tab has written one. */
  onChange(listener: () => void): () => void
}

const PREFIX = 'recado.draft.'

/** Throws where the browser denies it. */
const storageOf = (isTabsOwn: boolean) => (isTabsOwn ? sessionStorage : localStorage)

const parseKey = (text: string): ConversationKey | null =>
  text === 'everyone' ? text : text.startsWith('with:') ? `with:${text.slice('with:'.length)}` : null

function parseDraft(text: string | null): Draft | null {
  try {
    const { text: written, peer, at } = JSON.parse(text ?? 'null') ?? {}
    if (typeof written !== 'string' || typeof at !== 'number') return null
    if (peer === null) return { text: written, peer, at }
    const { id, username } = peer
    return typeof id === 'string' && typeof username === 'string' ? { text: written, peer: { id, username }, at } : null
  } catch {
    return null
  }
}

/** @param isTabsOwn the account is this tab's, not the browser's */
export function createDrafts(accountId: string, isTabsOwn: boolean): Drafts {
  const prefix = `${PREFIX}${accountId}.`
  let byKey: ReadonlyMap<ConversationKey, Draft> = read()

  function read(): ReadonlyMap<ConversationKey, Draft> {
    const found = new Map<ConversationKey, Draft>()
    try {
      const storage = storageOf(isTabsOwn)
      for (const name of Object.keys(storage)) {
        const key = name.startsWith(prefix) ? parseKey(name.slice(prefix.length)) : null
        const draft = key && parseDraft(storage.getItem(name))
        if (draft) found.set(key, draft)
      }
    } catch {
      // Nothing was kept.
    }
    return found
  }

  return {
    get byKey() {
      return byKey
    },
    write(key, peer, text) {
      const next = new Map(byKey)
      const draft = text.trim() === '' ? null : { text, peer, at: Date.now() }
      if (draft) next.set(key, draft)
      else if (!next.delete(key)) return
      byKey = next
      try {
        if (draft) storageOf(isTabsOwn).setItem(prefix + key, JSON.stringify(draft))
        else storageOf(isTabsOwn).removeItem(prefix + key)
      } catch {
        // Without storage a draft lives as long as the page.
      }
    },
    onChange(listener) {
      const hear = ({ key, storageArea }: StorageEvent) => {
        if (isTabsOwn || storageArea !== localStorage || (key !== null && !key.startsWith(prefix))) return
        byKey = read()
        listener()
      }
      addEventListener('storage', hear)
      return () => removeEventListener('storage', hear)
    },
  }
}

/**
 * On leaving: whoever sits down next must not find them. Of the browser's accounts, or of the tab's.
 *
 * @param spared the account that is in now, null: nobody
 */
export function forgetDrafts(isTabsOwn: boolean, spared: string | null): void {
  try {
    const storage = storageOf(isTabsOwn)
    for (const name of Object.keys(storage)) {
      const isSpared = spared !== null && name.startsWith(`${PREFIX}${spared}.`)
      if (name.startsWith(PREFIX) && !isSpared) storage.removeItem(name)
    }
  } catch {
    // Nothing was kept.
  }
}
