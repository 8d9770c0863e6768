// Short news above the composer, each with what can be done about it, until it is dismissed.

import { foldName } from '../../core/name.ts'
import { errorSentence } from '../i18n/error-words.ts'
import { useWords } from '../i18n/language.tsx'
import type { Person } from '../model/conversation.ts'
import { Icon } from '../parts/icon.tsx'
import type { Chat } from '../state/chat.ts'
import type { Notice } from '../state/notice-board.ts'
import { hrefOfPerson } from '../state/route.ts'
import { excerptOf } from './excerpt.ts'

/** Enough to know it again. */
const EXCERPT = 40

interface NoticeListProps {
  readonly chat: Chat
  readonly notices: readonly Notice[]
  /** Puts a text back into the composer. */
  readonly onEdit: (text: string) => void
}

export function NoticeList({ chat, notices, onEdit }: NoticeListProps) {
  const words = useWords()
  return (
    <div className="notices" role="status">
      {notices.map(notice => (
        <div key={notice.id} className="notice" data-kind={notice.kind}>
          <NoticeContent me={chat.me} notice={notice} onEdit={onEdit} onDone={() => chat.dismiss(notice.id)} />
          <button
            type="button"
            className="button-icon button-small"
            aria-label={words.app.dismiss}
            onClick={() => chat.dismiss(notice.id)}
          >
            <Icon name="close" size={16} />
          </button>
        </div>
      ))}
    </div>
  )
}

interface NoticeContentProps {
  readonly me: Person
  readonly notice: Notice
  readonly onEdit: (text: string) => void
  readonly onDone: () => void
}

function NoticeContent({ me, notice, onEdit, onDone }: NoticeContentProps) {
  const words = useWords()
  switch (notice.kind) {
    case 'private': {
      // Isolated: no bidirectional character of the text reaches into the sentence.
      const text = `\u2068${excerptOf(notice.text, EXCERPT)}\u2069`
      const isNote = foldName(notice.name) === foldName(me.username)
      return (
        <p>
          <Icon name="lock" size={16} />
          <span>{isNote ? words.composer.noteSent(text) : words.composer.privatelySent(text, notice.name)}</span>
          <a href={hrefOfPerson(notice.name)} onClick={onDone}>
            {isNote ? words.composer.openNotes : words.composer.openConversation(notice.name)}
          </a>
        </p>
      )
    }
    case 'reset':
      return <p>{errorSentence(notice, words)}</p>
    case 'unkept':
      return (
        <p>
          <span>{words.thread.refused(errorSentence(notice, words))}</span>
          <button
            type="button"
            className="button-link"
            onClick={() => {
              onEdit(notice.text)
              onDone()
            }}
          >
            {words.thread.edit}
          </button>
        </p>
      )
  }
}
