// What is unread, outside the page: a dot on the tab's icon for anything, and on the installed app's how many are for this
// account. (The number in the title is the chat's.)
import { useEffect } from 'react'

/** Where the browser can do that: installed apps of Chromium and Safari. */
interface Badging {
  setAppBadge?(count: number): Promise<void>
  clearAppBadge?(): Promise<void>
}

function setFavicon(hasUnread: boolean): void {
  const link = document.querySelector<HTMLLinkElement>('link[rel=icon]')
  const href = hasUnread ? './favicon-unread.svg' : './favicon.svg'
  if (link && link.getAttribute('href') !== href) link.setAttribute('href', href)
}

function setBadge(count: number): void {
  const badging = navigator as Badging
  const done = count > 0 ? badging.setAppBadge?.(count) : badging.clearAppBadge?.()
  // Not installed, or not allowed: it is no more than a hint.
  done?.catch(() => {})
}

/** @param toMe of the unread ones: private ones, and mentions */
export function useUnreadSigns(unread: number, toMe: number): void {
  const hasUnread = unread > 0
  useEffect(() => setFavicon(hasUnread), [hasUnread])
  useEffect(() => setBadge(toMe), [toMe])
  useEffect(
    () => () => {
      setFavicon(false)
      setBadge(0)
    },
    [],
  )
}
