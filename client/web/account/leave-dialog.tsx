// Leaving, here or everywhere, with a word about what that means: a name without a password is lost by it.
import { useState } from 'react'
import { LeaveDocument } from '../../core/generated/graphql.ts'
import { errorSentence } from '../i18n/error-words.ts'
import { useWords } from '../i18n/language.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Icon } from '../parts/icon.tsx'
import type { Account } from '../state/account.ts'
import type { Chat } from '../state/chat.ts'
import type { ChatView } from '../state/chat-view.ts'
import { hasPassword } from '../state/password-memory.ts'
import { deviceName, othersOf } from './device-name.ts'

interface LeaveDialogProps {
  readonly account: Account
  readonly chat: Chat
  readonly view: ChatView
  readonly onPassword: () => void
  readonly onClose: () => void
}

export function LeaveDialog({ account, chat, view, onPassword, onClose }: LeaveDialogProps) {
  const words = useWords()
  const [isLeaving, setLeaving] = useState(false)
  const [error, setError] = useState<string | null>(null)
  const protection = hasPassword(chat.me.id)
  const unsent = view.waiting
  const undone = [...view.changesById.values()].filter(({ state }) => state !== 'refused').length
  const others = view.devices && othersOf(view.devices)
  const peers = view.conversations.flatMap(({ peer, latest }) =>
    peer && latest && peer.id !== chat.me.id ? [peer.username] : [],
  )

  async function leave(everywhere: boolean) {
    setLeaving(true)
    const result = await account.client.ask(LeaveDocument, { everywhere })
    const failure = result.error ?? null
    // A session that has ended already is as good as left.
    if (!failure || failure.code === 'UNAUTHENTICATED')
      return account.left(everywhere ? 'left-everywhere' : 'left', unsent)
    setError(errorSentence(failure, words))
    setLeaving(false)
  }

  return (
    <Dialog title={<bdi>{words.leaveDialog.title(chat.me.username)}</bdi>} onClose={onClose}>
      {close => (
        <div className="dialog-body">
          {protection === true ? (
            <p>{words.leaveDialog.withPassword}</p>
          ) : (
            <div className="callout callout-warning">
              <Icon name="warning" />
              <div>
                <p>{protection === false ? words.leaveDialog.withoutPassword : words.leaveDialog.unknownPassword}</p>
                {others?.length === 0 && <p>{words.leaveDialog.lost(peers.length, some(peers))}</p>}
              </div>
            </div>
          )}
          {others && others.length > 0 && (
            <p>{words.leaveDialog.otherDevices(others.length, some(others.map(other => deviceName(other, words))))}</p>
          )}
          {unsent > 0 && <p>{words.leaveDialog.unsent(unsent)}</p>}
          {undone > 0 && <p>{words.leaveDialog.undone(undone)}</p>}
          {error && (
            <p className="field-error" role="alert">
              <Icon name="warning" size={16} />
              <span>{error}</span>
            </p>
          )}
          <div className="dialog-actions dialog-choices">
            {protection !== true && (
              <button type="button" className="button button-primary" onClick={onPassword}>
                {words.leaveDialog.setPasswordFirst}
              </button>
            )}
            <button type="button" className="button button-danger" disabled={isLeaving} onClick={() => leave(false)}>
              {words.leaveDialog.here}
            </button>
            {others?.length !== 0 && (
              <button type="button" className="button button-danger" disabled={isLeaving} onClick={() => leave(true)}>
                {words.leaveDialog.everywhere}
              </button>
            )}
            <button type="button" className="button" onClick={close}>
              {words.app.cancel}
            </button>
          </div>
        </div>
      )}
    </Dialog>
  )
}

const SHOWN = 3

/** The first few, for there may be many. */
const some = (names: readonly string[]) => names.slice(0, SHOWN).join(', ') + (names.length > SHOWN ? '…' : '')
