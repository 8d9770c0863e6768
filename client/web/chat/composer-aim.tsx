// Above the text: which message it will answer, or which one it changes.
import type { Message } from '../../core/types.ts'
import { useWords } from '../i18n/language.tsx'
import { Icon } from '../parts/icon.tsx'
import { excerptOf } from './excerpt.ts'

export interface Aim {
  readonly kind: 'reply' | 'edit'
  readonly message: Message
}

interface ComposerAimProps {
  readonly aim: Aim
  readonly isOwn: boolean
  readonly onCancel: () => void
}

export function ComposerAim({ aim, isOwn, onCancel }: ComposerAimProps) {
  const words = useWords()
  const isEdit = aim.kind === 'edit'
  const title = isEdit
    ? words.composer.editing
    : isOwn
      ? words.composer.replyingToOneself
      : words.composer.replyingTo(aim.message.from.username)
  return (
    <div className="composer-aim">
      <Icon name={isEdit ? 'edit' : 'reply'} size={16} />
      <p>
        <b>{title}</b>
        <bdi>{excerptOf(aim.message.text)}</bdi>
      </p>
      <button
        type="button"
        className="button-icon button-small"
        aria-label={isEdit ? words.composer.cancelEdit : words.composer.cancelReply}
        onClick={onCancel}
      >
        <Icon name="close" size={16} />
      </button>
    </div>
  )
}
