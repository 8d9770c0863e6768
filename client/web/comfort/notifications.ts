// The browser's notifications. Pages over plain HTTP have none, and phones show them only by way of the service worker.

export type NotificationPermissionNow = NotificationPermission | 'unsupported'

export interface Note {
  readonly title: string
  readonly body: string
  /** One of a tag is shown: the newest. */
  readonly tag: string
  /** Where a click leads, as the end of the page's address. */
  readonly href: string
  readonly lang: string
}

const isSupported = () => typeof Notification !== 'undefined' && isSecureContext

export const permissionNow = (): NotificationPermissionNow => (isSupported() ? Notification.permission : 'unsupported')

/** Asks, which browsers allow only as the answer to a click. */
export async function askPermission(): Promise<NotificationPermissionNow> {
  return isSupported() ? Notification.requestPermission() : 'unsupported'
}

const registration = () => navigator.serviceWorker?.getRegistration() ?? Promise.resolve(undefined)

export async function show({ title, body, tag, href, lang }: Note): Promise<void> {
  const options = { body, tag, lang, icon: new URL('icons/192.png', location.href).href, data: { href } }
  const worker = await registration()
  if (worker?.active) {
    // `renotify` is in the standard, and not yet in the types.
    const again: NotificationOptions & { renotify: boolean } = { ...options, renotify: true }
    return worker.showNotification(title, again)
  }
  const notification = new Notification(title, options)
  notification.onclick = () => {
    focus()
    location.hash = href
    notification.close()
  }
}

/** Takes away what is shown under this tag: it was read meanwhile. */
export async function clear(tag: string): Promise<void> {
  if (permissionNow() !== 'granted') return
  const shown = (await (await registration())?.getNotifications({ tag })) ?? []
  for (const notification of shown) notification.close()
}

/** Calls back when somebody clicks a notification that the service worker showed. */
export function onNotificationClick(listener: (href: string) => void): () => void {
  const worker = navigator.serviceWorker
  if (!worker) return () => {}
  const hear = ({ data }: MessageEvent) => {
    if (data?.type === 'open' && typeof data.href === 'string') listener(data.href)
  }
  worker.addEventListener('message', hear)
  return () => worker.removeEventListener('message', hear)
}
