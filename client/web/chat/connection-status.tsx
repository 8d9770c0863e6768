// The state of the connection, as a coloured dot and in words; after a return, how many messages it brought.
import { useWords } from '../i18n/language.tsx'
import { Icon } from '../parts/icon.tsx'
import type { ChatView } from '../state/chat-view.ts'

const LOOKS = {
  idle: 'busy',
  connecting: 'busy',
  behind: 'busy',
  live: 'good',
  offline: 'bad',
  closed: 'bad',
} as const satisfies Record<ChatView['connection'], string>

export function ConnectionStatus({ view }: { view: Pick<ChatView, 'connection' | 'recovered'> }) {
  const words = useWords()
  const { connection, recovered } = view
  return (
    <div className="connection" data-look={LOOKS[connection]} data-state={connection}>
      {recovered !== null && (
        <span className="connection-recovered">
          <Icon name="check" size={16} />
          {words.connection.recovered(recovered.count, recovered.repeated)}
        </span>
      )}
      <span className="connection-state">
        <span className="visually-hidden">{words.connection.label}: </span>
        <span className="connection-dot" aria-hidden="true" />
        <span className="connection-words">{words.connection[connection === 'idle' ? 'connecting' : connection]}</span>
      </span>
    </div>
  )
}
