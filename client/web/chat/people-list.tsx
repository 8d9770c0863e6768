// Who is here now; with a few letters, also who is not. A click opens the private conversation.
import { useDeferredValue, useId, useState } from 'react'
import { useAgo } from '../i18n/format.ts'
import { useWords } from '../i18n/language.tsx'
import type { ConversationKey } from '../model/conversation.ts'
import { Avatar } from '../parts/avatar.tsx'
import { Icon } from '../parts/icon.tsx'
import type { Chat } from '../state/chat.ts'
import type { ChatView } from '../state/chat-view.ts'
import { findPeople } from '../state/people.ts'
import { hrefOfPerson } from '../state/route.ts'

interface PeopleListProps {
  readonly chat: Chat
  readonly view: ChatView
  readonly activeKey: ConversationKey | null
}

/** More rows than anybody reads: the rest is found by its name. */
const SHOWN = 100

export function PeopleList({ chat, view, activeKey }: PeopleListProps) {
  const words = useWords()
  const ago = useAgo()
  const id = useId()
  const [typed, setTyped] = useState('')
  const sought = useDeferredValue(typed.trim())
  const people =
    sought === '' ? view.online : findPeople(sought, { online: view.online, others: chat.people(), me: chat.me })

  return (
    <section className="people" aria-labelledby={id}>
      <h2 id={id} className="sidebar-title">
        {words.sidebar.people}
        {view.isPresenceKnown && <span className="sidebar-count">{words.sidebar.online(view.online.length + 1)}</span>}
      </h2>
      <label className="search">
        <span className="visually-hidden">{words.sidebar.find}</span>
        <Icon name="search" size={16} />
        <input
          type="search"
          placeholder={words.sidebar.find}
          value={typed}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          onChange={event => {
            setTyped(event.target.value)
            void chat.loadPeople()
          }}
        />
      </label>
      {people.length === 0 && (sought !== '' || view.isPresenceKnown) && (
        <p className="quiet people-none">{sought === '' ? words.sidebar.nobodyOnline : words.sidebar.nobodyFound}</p>
      )}
      <ul className="rows">
        {people.slice(0, SHOWN).map(person => {
          const seenAt = view.onlineIds.has(person.id) ? undefined : view.seenAtById.get(person.id)
          const seen = seenAt === undefined ? null : words.sidebar.seen(ago(seenAt))
          return (
            <li key={person.id}>
              <a
                className="row row-small"
                href={hrefOfPerson(person.username)}
                aria-label={words.sidebar.talkTo(person.username) + (seen ? `, ${seen}` : '')}
                aria-current={activeKey === `with:${person.id}` ? 'true' : undefined}
              >
                <Avatar person={person} size="small" online={view.onlineIds.has(person.id)} />
                <bdi className="row-name">{person.username}</bdi>
                {seen && <span className="row-time">{seen}</span>}
              </a>
            </li>
          )
        })}
      </ul>
    </section>
  )
}
