// Texts that were begun and not sent, one for each conversation: they last a reload of this tab, no longer.
import type { ConversationKey } from './conversation.ts'

const nameOf = (accountId: string, key: ConversationKey) => `recado.draft.${accountId}.${key}`

export function readDraft(accountId: string, key: ConversationKey): string {
  try {
    return sessionStorage.getItem(nameOf(accountId, key)) ?? ''
  } catch {
    return ''
  }
}

/** On leaving: whoever sits down next must not find them. */
export function forgetDrafts(accountId: string): void {
  try {
    for (const name of Object.keys(sessionStorage)) {
      if (name.startsWith(`recado.draft.${accountId}.`)) sessionStorage.removeItem(name)
    }
  } catch {
    // Nothing was kept.
  }
}

export function writeDraft(accountId: string, key: ConversationKey, text: string): void {
  try {
    if (text === '') sessionStorage.removeItem(nameOf(accountId, key))
    else sessionStorage.setItem(nameOf(accountId, key), text)
  } catch {
    // Without storage a draft lives as long as its text box.
  }
}
