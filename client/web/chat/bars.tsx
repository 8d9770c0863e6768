// What the page has to say by itself, across its top: a device that entered, a link's code, an offer to notify, a new
// version.
import { useEffect, useState } from 'react'
import { EndSessionDocument } from '../../core/generated/graphql.ts'
import { deviceIcon, deviceName } from '../account/device-name.ts'
import { useNewDevices } from '../account/use-new-devices.ts'
import { keepPage, useUpdate } from '../comfort/install.ts'
import { useUnreadSigns } from '../comfort/unread-signs.ts'
import { useNotifier } from '../comfort/use-notifier.ts'
import { forgetLinkedCode, useLinkedCode } from '../enter/code-link.ts'
import { errorSentence } from '../i18n/error-words.ts'
import { useWords } from '../i18n/language.tsx'
import type { ConversationKey } from '../model/conversation.ts'
import type { Device } from '../model/device.ts'
import { Bar } from '../parts/bar.tsx'
import type { Account } from '../state/account.ts'
import type { Chat } from '../state/chat.ts'
import type { ChatView } from '../state/chat-view.ts'
import { useShortcuts } from './use-shortcuts.ts'

interface BarsProps {
  readonly chat: Chat
  readonly account: Account
  readonly view: ChatView
  readonly activeKey: ConversationKey | null
}

export function Bars({ chat, account, view, activeKey }: BarsProps) {
  const words = useWords()
  const offer = useNotifier(chat, activeKey)
  const linked = useLinkedCode()
  const update = useUpdate()
  const { list, acknowledge } = useNewDevices(chat.me.id, view.devices, !account.isTabsOwn)
  const isLive = view.connection === 'live'
  useEffect(() => {
    if (isLive) keepPage()
  }, [isLive])
  useShortcuts(view, activeKey)
  useUnreadSigns(view.unread, view.unreadToMe)
  return (
    <div className="bars" role="status">
      {list.map(device => (
        <DeviceBar key={device.id} chat={chat} device={device} onKnown={() => acknowledge(device)} />
      ))}
      {linked !== null && (
        <Bar icon="device" text={words.devices.codeHere(chat.me.username)} onDismiss={forgetLinkedCode}>
          <button type="button" className="button-link" onClick={account.beAnother}>
            {words.enter.onlyThisTab}
          </button>
        </Bar>
      )}
      {offer && (
        <Bar icon="bell" text={words.notify.offer}>
          <button type="button" className="button-link" onClick={offer.accept}>
            {words.notify.allow}
          </button>
          <button type="button" className="button-link" onClick={offer.decline}>
            {words.notify.notNow}
          </button>
        </Bar>
      )}
      {update && (
        <Bar icon="retry" text={words.update.ready}>
          <button type="button" className="button-link" onClick={update}>
            {words.update.reload}
          </button>
        </Bar>
      )}
    </div>
  )
}

interface DeviceBarProps {
  readonly chat: Chat
  readonly device: Device
  readonly onKnown: () => void
}

function DeviceBar({ chat, device, onKnown }: DeviceBarProps) {
  const words = useWords()
  const [error, setError] = useState<string | null>(null)
  const name = deviceName(device, words)

  async function end() {
    const result = await chat.client.ask(EndSessionDocument, { id: device.id })
    if (result.error) setError(errorSentence(result.error, words))
    else onKnown()
  }

  return (
    <Bar icon={deviceIcon(device)} isWarning text={error ?? words.devices.wasItYou(name, chat.me.username)}>
      <button type="button" className="button-link" onClick={end}>
        {words.devices.endIt}
      </button>
      <button type="button" className="button-link" onClick={onKnown}>
        {words.devices.itWasMe}
      </button>
    </Bar>
  )
}
