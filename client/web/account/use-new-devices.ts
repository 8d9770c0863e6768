// Devices that have entered and that nobody here has acknowledged. What a browser knows of them lasts, so that it also
// hears of one that came while it was closed; what one tab acknowledges, all do.
import { useCallback, useEffect, useMemo, useState } from 'react'
import { onPreference, readPreference, writePreference } from '../browser/preference.ts'
import type { Device } from '../model/device.ts'
import { useWelcomed } from './welcomed.ts'

/** More than an account can have. */
const MOST = 200

const nameOf = (accountId: string) => `devices.${accountId}`
const parse = (kept: string | null) => (kept === null ? null : new Set(kept.split(' ').filter(Boolean)))

export interface NewDevices {
  readonly list: readonly Device[]
  readonly acknowledge: (device: Device) => void
}

/** @param isKept false in a tab of somebody's own, which leaves nothing behind */
export function useNewDevices(accountId: string, devices: readonly Device[] | null, isKept: boolean): NewDevices {
  const name = nameOf(accountId)
  const welcomed = useWelcomed()
  const [known, setKnown] = useState(() => (isKept ? parse(readPreference(name)) : null))
  useEffect(() => (isKept ? onPreference(name, kept => setKnown(parse(kept))) : undefined), [name, isKept])

  useEffect(() => {
    // Whoever was there before is no news.
    if (known !== null || devices === null) return
    const all = new Set(devices.map(({ id }) => id))
    if (isKept) writePreference(name, [...all].slice(-MOST).join(' '))
    setKnown(all)
  }, [known, devices, name, isKept])

  const list = useMemo(
    () =>
      known && devices ? devices.filter(({ id, current }) => !current && !known.has(id) && !welcomed.has(id)) : [],
    [known, devices, welcomed],
  )
  const learn = useCallback(
    (ids: Iterable<string>) => {
      const all = new Set([...(known ?? []), ...ids])
      if (isKept) writePreference(name, [...all].slice(-MOST).join(' '))
      setKnown(all)
    },
    [known, name, isKept],
  )
  useEffect(() => {
    if (known !== null && [...welcomed].some(id => !known.has(id))) learn(welcomed)
  }, [known, welcomed, learn])
  return { list, acknowledge: ({ id }) => learn([id]) }
}
