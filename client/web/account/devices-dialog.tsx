// Where this account is in: each device, with the way to end it.
import { useCallback, useEffect, useState } from 'react'
import { EndSessionDocument, SessionsDocument } from '../../core/generated/graphql.ts'
import { errorSentence } from '../i18n/error-words.ts'
import { useFormats } from '../i18n/format.ts'
import { useWords } from '../i18n/language.tsx'
import type { Device } from '../model/device.ts'
import type { Failure } from '../model/failure.ts'
import { Dialog } from '../parts/dialog.tsx'
import { Icon } from '../parts/icon.tsx'
import type { Chat } from '../state/chat.ts'
import { deviceIcon, deviceName, othersOf } from './device-name.ts'

interface DevicesDialogProps {
  readonly chat: Chat
  /** As they were told last: a reason to read them again. */
  readonly devices: readonly Device[] | null
  readonly onAdd: () => void
  readonly onClose: () => void
}

export function DevicesDialog({ chat, devices, onAdd, onClose }: DevicesDialogProps) {
  const words = useWords()
  const formats = useFormats()
  const [list, setList] = useState(devices)
  const [failure, setFailure] = useState<Failure | null>(null)
  const [ended, setEnded] = useState<string | null>(null)
  const [isEnding, setEnding] = useState(false)
  const [isSure, setSure] = useState(false)

  const read = useCallback(async () => {
    const { data, error } = await chat.client.ask(SessionsDocument, {})
    if (data) setList(data.sessions)
    setFailure(data ? null : error)
  }, [chat])

  // biome-ignore lint/correctness/useExhaustiveDependencies: news of devices; who is online is in the answer only
  useEffect(() => void read(), [read, devices])

  async function end(several: readonly Device[]) {
    setEnding(true)
    setSure(false)
    for (const device of several) {
      const { error } = await chat.client.ask(EndSessionDocument, { id: device.id })
      if (error) {
        setFailure(error)
        break
      }
      setEnded(deviceName(device, words))
    }
    await read()
    setEnding(false)
  }

  const others = list ? othersOf(list) : []
  return (
    <Dialog title={words.devices.title} onClose={onClose}>
      {() => (
        <div className="dialog-body">
          <p className="quiet">{words.devices.lead}</p>
          {failure && (
            <div className="callout callout-danger" role="alert">
              <Icon name="warning" />
              <p>
                {words.devices.failed(errorSentence(failure, words))}{' '}
                <button type="button" className="button-link" onClick={read}>
                  {words.app.retryNow}
                </button>
              </p>
            </div>
          )}
          {!list && !failure && (
            <p className="dialog-busy" role="status">
              <span className="spinner" aria-hidden="true" />
              <span>{words.devices.loading}</span>
            </p>
          )}
          {list && (
            <ul className="devices">
              {[...list].sort(byUse).map(device => (
                <li key={device.id} className="device" data-current={device.current || undefined}>
                  <Icon name={deviceIcon(device)} />
                  <div className="device-main">
                    <p className="device-name">
                      <bdi>{deviceName(device, words)}</bdi>
                      {device.current && <span className="tag">{words.devices.current}</span>}
                    </p>
                    <p className="quiet">
                      {device.online ? (
                        <span className="device-online">{words.devices.online}</span>
                      ) : (
                        <span>{words.devices.lastUsed(formats.moment(device.lastUsedAt))}</span>
                      )}
                      <span>{words.devices.entered(formats.moment(device.createdAt))}</span>
                    </p>
                  </div>
                  {!device.current && (
                    <button
                      type="button"
                      className="button"
                      disabled={isEnding}
                      aria-label={words.devices.endNamed(deviceName(device, words))}
                      onClick={() => end([device])}
                    >
                      {words.devices.end}
                    </button>
                  )}
                </li>
              ))}
            </ul>
          )}
          {list && others.length === 0 && <p className="quiet">{words.devices.alone}</p>}
          <p className="visually-hidden" role="status">
            {ended !== null && words.devices.ended(ended)}
          </p>
          <div className="dialog-actions dialog-choices">
            {others.length > 1 && (
              <button
                type="button"
                className={isSure ? 'button button-danger' : 'button'}
                disabled={isEnding}
                onClick={() => (isSure ? end(others) : setSure(true))}
              >
                {isSure ? words.devices.endOthersSure : words.devices.endOthers(others.length)}
              </button>
            )}
            <button type="button" className="button button-primary" onClick={onAdd}>
              {words.menu.addDevice}
            </button>
          </div>
        </div>
      )}
    </Dialog>
  )
}

/** This one first, then the one that was used last. */
function byUse(a: Device, b: Device): number {
  if (a.current !== b.current) return a.current ? -1 : 1
  return a.lastUsedAt < b.lastUsedAt ? 1 : -1
}
