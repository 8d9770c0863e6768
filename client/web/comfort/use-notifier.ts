// Notifies of what comes while nobody looks. Offers to, once, at the moment when it would have helped.
//
//  a message ─▶ worth it? ─▶ permission? ── granted ─▶ this tab's turn? ─▶ seen in any tab? ── no ─▶ shown ─▶ seen by now?
//                                │ not asked yet, and nobody looks
//                                └─▶ offered in the page, when they look again
import { useCallback, useEffect, useRef, useState } from 'react'
import type { Message } from '../../core/types.ts'
import { isLookedAt } from '../browser/looked-at.ts'
import { useWords } from '../i18n/language.tsx'
import { type ConversationKey, conversationKey } from '../model/conversation.ts'
import type { Chat } from '../state/chat.ts'
import { hrefOfPerson } from '../state/route.ts'
import { hideContent, notifyOf, offered } from './notification-choices.ts'
import { askPermission, clear, onNotificationClick, permissionNow, show } from './notifications.ts'
import { joinTabs, type OneTab } from './one-tab.ts'
import { isToMe, isWorth } from './worth.ts'

export interface Offer {
  readonly accept: () => void
  readonly decline: () => void
}

const LONGEST_BODY = 200

const tagOf = (accountId: string, key: ConversationKey) => `${accountId} ${key}`

/** @returns what to offer in the page; null: nothing */
export function useNotifier(chat: Chat, activeKey: ConversationKey | null): Offer | null {
  const words = useWords()
  const [isOffered, setOffered] = useState(false)
  const now = useRef({ words, activeKey })
  now.current = { words, activeKey }
  const joined = useRef<OneTab | null>(null)

  useEffect(() => {
    const { me } = chat
    const tabs = joinTabs(me.id)
    joined.current = tabs

    async function notify(message: Message): Promise<void> {
      const key = conversationKey(message, me)
      if (!tabs.isChosen || (await tabs.isSeen(key))) return
      const { words: say } = now.current
      const isHidden = hideContent.get() === 'yes'
      const { username } = message.from
      await show({
        title: isHidden ? 'Recado' : message.to ? username : say.notify.toEveryone(username),
        body: isHidden ? say.notify.hidden : message.text.slice(0, LONGEST_BODY),
        tag: tagOf(me.id, key),
        href: message.to ? hrefOfPerson(username) : '#/everyone',
        lang: say.locale,
      })
      // It was opened while this was on its way: whoever opened it has taken away what was there then.
      if (await tabs.isSeen(key)) await clear(tagOf(me.id, key))
    }

    const endArrivals = chat.onArrival(messages => {
      const worth = messages.filter(message => isWorth(message, me, notifyOf.get()))
      const permission = permissionNow()
      if (permission === 'granted') {
        // Of one conversation only the newest would stay anyway.
        const newest = new Map(worth.map(message => [conversationKey(message, me), message]))
        for (const message of newest.values()) void notify(message)
      } else if (permission === 'default' && offered.get() === 'no' && !isLookedAt()) {
        if (worth.some(message => isToMe(message, me))) setOffered(true)
      }
    })
    const endClicks = onNotificationClick(href => {
      location.hash = href
    })
    return () => {
      endArrivals()
      endClicks()
      tabs.close()
      joined.current = null
    }
  }, [chat])

  // What is on the screen needs no notification any more.
  useEffect(() => {
    const look = async () => {
      const seen = isLookedAt() ? activeKey : null
      // All tabs know of it first, so that none shows another one after this.
      await joined.current?.show(seen)
      if (seen !== null) await clear(tagOf(chat.me.id, seen))
    }
    void look()
    const ending = new AbortController()
    const { signal } = ending
    for (const kind of ['focus', 'blur', 'pageshow'] as const) addEventListener(kind, look, { signal })
    document.addEventListener('visibilitychange', look, { signal })
    return () => ending.abort()
  }, [chat, activeKey])

  const accept = useCallback(() => {
    setOffered(false)
    offered.choose('yes')
    void askPermission()
  }, [])
  const decline = useCallback(() => {
    setOffered(false)
    offered.choose('yes')
  }, [])
  return isOffered ? { accept, decline } : null
}
