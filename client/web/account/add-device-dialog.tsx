// Lets another device in: by the code that is shown here, or by the code that the other one shows.
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { EndSessionDocument, PairDeviceDocument, type PairDeviceMutation } from '../../core/generated/graphql.ts'
import { copyText } from '../browser/clipboard.ts'
import { hrefOfCode } from '../enter/code-link.ts'
import { errorSentence } from '../i18n/error-words.ts'
import { useWords } from '../i18n/language.tsx'
import type { Device } from '../model/device.ts'
import type { Failure } from '../model/failure.ts'
import { useSecondsLeft } from '../parts/countdown.ts'
import { Dialog } from '../parts/dialog.tsx'
import { Icon } from '../parts/icon.tsx'
import { QrCode } from '../parts/qr-code.tsx'
import type { Chat } from '../state/chat.ts'
import { ApproveForm } from './approve-form.tsx'
import { deviceName } from './device-name.ts'
import { welcomeDevice } from './welcomed.ts'

interface AddDeviceDialogProps {
  readonly chat: Chat
  readonly devices: readonly Device[] | null
  readonly onClose: () => void
}

export function AddDeviceDialog({ chat, devices, onClose }: AddDeviceDialogProps) {
  const words = useWords()
  const [pairing, setPairing] = useState<PairDeviceMutation['pairDevice'] | null>(null)
  const [failure, setFailure] = useState<Failure | null>(null)
  const [isCopied, setCopied] = useState(false)
  const left = useSecondsLeft(pairing?.expiresAt ?? null)
  const joined = useJoined(devices)

  const ask = useCallback(async () => {
    setFailure(null)
    setCopied(false)
    const { data, error } = await chat.client.ask(PairDeviceDocument, {})
    if (data) setPairing(data.pairDevice)
    else setFailure(error)
  }, [chat])
  useEffect(() => void ask(), [ask])

  // Whoever is told here that it has entered, and can end it here, is not asked once more whether it was them.
  const joinedId = joined?.id
  useLayoutEffect(() => {
    if (joinedId !== undefined) welcomeDevice(joinedId)
  }, [joinedId])

  async function end(device: Device, close: () => void) {
    const { error } = await chat.client.ask(EndSessionDocument, { id: device.id })
    if (error) setFailure(error)
    else close()
  }

  return (
    <Dialog title={words.devices.addTitle} onClose={onClose}>
      {close => (
        <div className="dialog-body">
          {joined ? (
            <>
              <p className="callout callout-good" role="status">
                <Icon name="check" />
                <span>{words.devices.joined(deviceName(joined, words))}</span>
              </p>
              {failure && (
                <p className="callout callout-danger" role="alert">
                  {words.devices.failed(errorSentence(failure, words))}
                </p>
              )}
              <div className="dialog-actions">
                <button type="button" className="button" onClick={() => end(joined, close)}>
                  {words.devices.notMine}
                </button>
                <button type="button" className="button button-primary" onClick={close}>
                  {words.app.close}
                </button>
              </div>
            </>
          ) : (
            <>
              {isHereOnly() && (
                <div className="callout callout-warning">
                  <Icon name="warning" />
                  <p>
                    {words.devices.hereOnly} <code>npm start -- --lan</code>
                  </p>
                </div>
              )}
              <p>{words.devices.addLead}</p>
              {failure ? (
                <div className="callout callout-danger" role="alert">
                  <Icon name="warning" />
                  <p>
                    {words.devices.failed(errorSentence(failure, words))}{' '}
                    <button type="button" className="button-link" onClick={ask}>
                      {words.app.retryNow}
                    </button>
                  </p>
                </div>
              ) : pairing === null ? (
                <p className="dialog-busy" role="status">
                  <span className="spinner" aria-hidden="true" />
                  <span className="visually-hidden">{words.devices.loading}</span>
                </p>
              ) : left === 0 ? (
                <div className="callout callout-warning" role="status">
                  <Icon name="clock" />
                  <p>
                    {words.devices.expired}{' '}
                    <button type="button" className="button-link" onClick={ask}>
                      {words.devices.newCode}
                    </button>
                  </p>
                </div>
              ) : (
                <div className="pairing">
                  <QrCode text={hrefOfCode(pairing.code)} label={words.devices.qr} />
                  <div className="pairing-words">
                    <span className="quiet">{words.devices.code}</span>
                    <output className="code-shown">{pairing.code}</output>
                    <span className="quiet">{words.enter.timeLeft(left)}</span>
                    <button
                      type="button"
                      className="button-link"
                      onClick={async () => setCopied(await copyText(hrefOfCode(pairing.code)))}
                    >
                      {isCopied ? words.devices.linkCopied : words.devices.copyLink}
                    </button>
                  </div>
                </div>
              )}
              <ApproveForm chat={chat} />
            </>
          )}
        </div>
      )}
    </Dialog>
  )
}

/** No other device reaches the address that this page has, which the code's link begins with. */
const isHereOnly = () => /^(localhost|127(\.\d+){3}|\[::1\])$/.test(location.hostname)

/** The device that has entered since this dialog was opened; null: none. */
function useJoined(devices: readonly Device[] | null): Device | null {
  const before = useRef<ReadonlySet<string> | null>(null)
  if (before.current === null && devices) before.current = new Set(devices.map(({ id }) => id))
  return devices?.find(({ id }) => before.current && !before.current.has(id)) ?? null
}
