// Short news above the composer, each with what can be done about it, until it is dismissed.
import { errorSentence } from '../i18n/error-words.ts'
import { useWords } from '../i18n/language.tsx'
import { Icon } from '../parts/icon.tsx'
import type { Chat } from '../state/chat.ts'
import type { Notice } from '../state/notice-board.ts'
import { hrefOfPerson } from '../state/route.ts'

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
          <NoticeContent notice={notice} onEdit={onEdit} onDone={() => chat.dismiss(notice.id)} />
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
  readonly notice: Notice
  readonly onEdit: (text: string) => void
  readonly onDone: () => void
}

function NoticeContent({ notice, onEdit, onDone }: NoticeContentProps) {
  const words = useWords()
  switch (notice.kind) {
    case 'private':
      return (
        <p>
          <Icon name="lock" size={16} />
          <span>{words.composer.privatelySent(notice.name)}</span>
          <a href={hrefOfPerson(notice.name)} onClick={onDone}>
            {words.composer.openConversation(notice.name)}
          </a>
        </p>
      )
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
