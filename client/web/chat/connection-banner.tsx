// Above the composer while there is no connection: that writing goes on, and what waits.
import { errorSentence } from '../i18n/error-words.ts'
import { useWords } from '../i18n/language.tsx'
import { Icon } from '../parts/icon.tsx'
import type { ChatView } from '../state/chat-view.ts'

interface ConnectionBannerProps {
  readonly onPlug: () => void
  readonly view: ChatView
  readonly onRestart: () => void
}

export function ConnectionBanner({ view, onPlug, onRestart }: ConnectionBannerProps) {
  const words = useWords()
  if (view.connection === 'closed') {
    return (
      <div className="banner" role="alert">
        <Icon name="plug" />
        <p>{errorSentence({ code: view.trouble ?? 'CLOSED' }, words)}</p>
        <button type="button" className="button-link" onClick={onRestart}>
          {words.connection.reconnect}
        </button>
      </div>
    )
  }
  if (view.isUnplugged) {
    return (
      <div className="banner">
        <Icon name="plug" />
        <p>
          {words.connection.unplugged} {view.waiting > 0 && <b>{words.connection.waiting(view.waiting)}</b>}
        </p>
        <button type="button" className="button-link" onClick={onPlug}>
          {words.connection.plug}
        </button>
      </div>
    )
  }
  // A refusal says more than that there is no connection.
  const refusal = view.trouble === null || view.trouble === 'NETWORK' ? null : view.trouble
  if (view.connection !== 'offline' && refusal === null) return null
  return (
    <div className="banner">
      <Icon name="plug" />
      <p>
        {refusal === null ? words.connection.offlineBanner : errorSentence({ code: refusal }, words)}{' '}
        {view.waiting > 0 && <b>{words.connection.waiting(view.waiting)}</b>}
      </p>
    </div>
  )
}
