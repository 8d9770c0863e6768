// One conversation: its messages, what there is to tell about it, and where one writes.
import { useCallback, useEffect, useLayoutEffect, useMemo, useState } from 'react'
import { foldName } from '../../core/name.ts'
import type { Message } from '../../core/types.ts'
import { errorSentence } from '../i18n/error-words.ts'
import { useFormats } from '../i18n/format.ts'
import { useWords } from '../i18n/language.tsx'
import { Icon } from '../parts/icon.tsx'
import { late } from '../parts/late.tsx'
import type { Chat } from '../state/chat.ts'
import type { ChatView, ConversationView } from '../state/chat-view.ts'
import { Composer } from './composer.tsx'
import type { Aim } from './composer-aim.tsx'
import { ConnectionBanner } from './connection-banner.tsx'
import { focusComposer } from './message-keys.ts'
import { type Jump, MessageList } from './message-list.tsx'
import { NoticeList } from './notice-list.tsx'
import { loadClipboard, loadRemoveDialog } from './panel.ts'
import { ThreadHeader } from './thread-header.tsx'
import { ThreadPlaceholder } from './thread-placeholder.tsx'
import { TypingLine } from './typing-line.tsx'

const RemoveDialog = late(
  async () => (await loadRemoveDialog()).RemoveDialog,
  ({ onClose }) => onClose,
)

interface ThreadProps {
  readonly chat: Chat
  readonly view: ChatView
  /** Null: there is none for this address. */
  readonly conversation: ConversationView | null
  /** A name in the address that nobody seen so far has. */
  readonly missing: string | null
  /** The server does not know it either. */
  readonly isNobody: boolean
  readonly isAlone: boolean
  /** A message of this conversation to lead to. */
  readonly jump: Jump | null
  readonly onRestart: () => void
}

export function Thread(props: ThreadProps) {
  const { chat, view, conversation, missing, isNobody, isAlone, jump, onRestart } = props
  const words = useWords()
  return (
    <main className="thread" data-tone={conversation?.peer || missing ? 'private' : 'public'}>
      <ThreadHeader chat={chat} view={view} conversation={conversation} missing={missing} isAlone={isAlone} />
      {body()}
    </main>
  )

  function body() {
    if (view.phase === 'loading' && !view.isFromCopy) {
      return <ThreadPlaceholder text={words.thread.loading} isBusy />
    }
    if (view.phase === 'failed' && !view.isFromCopy) {
      const code = view.failure ?? 'NETWORK'
      return (
        <ThreadPlaceholder text={words.thread.loadFailed} detail={errorSentence({ code }, words)}>
          <button type="button" className="button" onClick={chat.reload}>
            <Icon name="retry" />
            {words.app.retryNow}
          </button>
        </ThreadPlaceholder>
      )
    }
    if (!conversation) {
      if (isNobody) return <ThreadPlaceholder text={words.composer.nobodyNamed(missing ?? '')} />
      return <ThreadPlaceholder text={words.thread.loading} isBusy />
    }
    return (
      <OpenThread
        key={conversation.key}
        chat={chat}
        view={view}
        conversation={conversation}
        jump={jump}
        onRestart={onRestart}
      />
    )
  }
}

interface OpenThreadProps {
  readonly chat: Chat
  readonly view: ChatView
  readonly conversation: ConversationView
  readonly jump: Jump | null
  readonly onRestart: () => void
}

/** How long the page says that something was copied. */
const FLASH_MS = 3_000

function OpenThread({ chat, view, conversation, jump, onRestart }: OpenThreadProps) {
  const words = useWords()
  const formats = useFormats()
  const { key, peer, isGone, changedHands } = conversation
  const [draft, setDraft] = useState(() => chat.draftOf(key))
  const [aim, setAim] = useState<Aim | null>(null)
  /** The text of the message that is being changed; the draft waits meanwhile. */
  const [edited, setEdited] = useState('')
  const [removing, setRemoving] = useState<Message | null>(null)
  const [flash, setFlash] = useState<string | null>(null)
  /** Counts what was sent from here: each time the list goes to its end. */
  const [sends, setSends] = useState(0)
  const isEdit = aim?.kind === 'edit'
  const isClosed = isGone || changedHands

  useLayoutEffect(() => {
    chat.open(key)
    return () => chat.open(null)
  }, [chat, key])

  const write = useCallback(
    (text: string) => {
      setDraft(text)
      chat.writeDraft(key, text)
    },
    [chat, key],
  )

  // Another tab went on with it, or has sent it.
  const kept = conversation.draft
  useEffect(() => {
    if (!document.hasFocus()) setDraft(kept)
  }, [kept])

  const take = useCallback((next: Aim | null) => {
    if (next?.kind === 'edit') setEdited(next.message.text)
    setAim(next)
  }, [])

  useEffect(() => {
    if (flash === null) return
    const timer = setTimeout(() => setFlash(null), FLASH_MS)
    return () => clearTimeout(timer)
  }, [flash])

  const sayUnreachable = useCallback(() => setFlash(words.thread.unreachable), [words])

  const known = chat.people().length
  // biome-ignore lint/correctness/useExhaustiveDependencies: names are only ever added to those that are known
  const names = useMemo(() => new Set(chat.people().map(person => foldName(person.username))), [chat, known])
  const thread = useMemo(
    () => ({
      chat,
      formats,
      names,
      isPrivate: peer !== null,
      isClosed,
      changes: view.changesById,
      isOffline: view.connection === 'offline',
      reply: (message: Message) => take({ kind: 'reply', message }),
      edit: (message: Message) => take({ kind: 'edit', message }),
      remove: setRemoving,
      copy: async (message: Message) => {
        const isCopied = await loadClipboard().then(
          ({ copyText }) => copyText(message.text),
          () => false,
        )
        setFlash(isCopied ? words.message.copied : words.message.copyFailed)
      },
    }),
    [chat, formats, names, peer, isClosed, view.changesById, view.connection, take, words],
  )

  // Who changes or answers a message that is deleted meanwhile stops doing so.
  const aimedAt = aim?.message.id
  const isAimGone =
    aimedAt !== undefined && conversation.messages.some(({ id, deletedAt }) => id === aimedAt && deletedAt !== null)
  useEffect(() => {
    if (isAimGone) setAim(null)
  }, [isAimGone])

  return (
    <>
      <MessageList
        chat={chat}
        conversation={conversation}
        thread={thread}
        sends={sends}
        jump={jump}
        isFresh={view.phase === 'ready' && !view.isFromCopy}
        retention={view.retention}
        onEdit={write}
        onUnreachable={sayUnreachable}
      />
      <div className="thread-foot">
        <NoticeList chat={chat} notices={view.notices} onEdit={write} />
        <ConnectionBanner view={view} onPlug={chat.plug} onRestart={onRestart} />
        <p className="flash" role="status">
          {flash}
        </p>
        <TypingLine people={conversation.typing} />
        {isClosed && peer ? (
          <p className="callout">
            {changedHands ? words.thread.nameChangedHands(peer.username) : words.thread.accountDeleted(peer.username)}
          </p>
        ) : (
          <Composer
            chat={chat}
            view={view}
            conversation={conversation}
            draft={isEdit ? edited : draft}
            onDraft={isEdit ? setEdited : write}
            aim={aim}
            onAim={take}
            onRemove={setRemoving}
            onSent={() => setSends(count => count + 1)}
          />
        )}
      </div>
      {removing && (
        <RemoveDialog
          chat={chat}
          message={removing}
          onClose={() => {
            setRemoving(null)
            focusComposer()
          }}
        />
      )}
    </>
  )
}
