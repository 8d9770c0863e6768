// Says what happens to those who listen instead of look: new messages, and the connection when it goes and returns.
// Nothing of it is visible; a burst is counted, not read out.
import { useEffect, useRef, useState } from 'react'
import { useWords } from '../i18n/language.tsx'
import { type ConversationKey, conversationKey } from '../model/conversation.ts'
import type { Chat } from '../state/chat.ts'
import type { ChatView } from '../state/chat-view.ts'

interface AnnouncerProps {
  readonly chat: Chat
  readonly view: ChatView
  readonly activeKey: ConversationKey | null
}

const READ_OUT = 3
const KEPT = 4

export function Announcer({ chat, view, activeKey }: AnnouncerProps) {
  const words = useWords()
  const [lines, setLines] = useState<readonly { id: number; text: string }[]>([])
  const lastId = useRef(0)
  const wasOffline = useRef(false)

  const say = useRef((_texts: readonly string[]) => {})
  say.current = texts => {
    const added = texts.map(text => ({ id: ++lastId.current, text }))
    setLines(before => [...before, ...added].slice(-KEPT))
  }

  useEffect(
    () =>
      chat.onArrival(messages => {
        // What others say to everyone is read out only to those who have that conversation open.
        const heard = messages.filter(message => message.to !== null || activeKey === 'everyone')
        if (heard.length > READ_OUT) return say.current([words.announce.several(heard.length)])
        say.current(
          heard.map(message => {
            const { username } = message.from
            const isHere = message.to === null || conversationKey(message, chat.me) === activeKey
            return isHere
              ? words.announce.message(username, message.text)
              : words.announce.privateFrom(username, message.text)
          }),
        )
      }),
    [chat, activeKey, words],
  )

  const { connection, recovered } = view
  useEffect(() => {
    if (connection === 'offline' && !wasOffline.current) {
      wasOffline.current = true
      say.current([words.connection.offline])
    } else if (connection === 'live' && wasOffline.current) {
      wasOffline.current = false
      say.current([words.connection.live])
    }
  }, [connection, words])
  useEffect(() => {
    if (recovered !== null) say.current([words.connection.recovered(recovered.count, recovered.repeated)])
  }, [recovered, words])

  return (
    <div className="visually-hidden" role="log" aria-live="polite" aria-relevant="additions">
      {lines.map(line => (
        <p key={line.id}>{line.text}</p>
      ))}
    </div>
  )
}
