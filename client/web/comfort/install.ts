// The page as an app: a service worker that keeps the page itself, so that it opens without a connection; new versions,
// which wait until somebody says so; and the browser's offer to install. Pages over plain HTTP go without.
import { useSyncExternalStore } from 'react'
import { trustedScript } from '../browser/trusted-script.ts'

/** Of Chromium, and not in the types. */
interface BeforeInstallPromptEvent extends Event {
  prompt(): Promise<unknown>
}

const UPDATE_EVERY_MS = 3_600_000

let waiting: ServiceWorker | null = null
let offer: BeforeInstallPromptEvent | null = null
let hasAsked = false
const listeners = new Set<() => void>()

function changed(): void {
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** A worker that is installed while another one runs is a new version of the page. */
function follow(registration: ServiceWorkerRegistration): void {
  const see = () => {
    const next = registration.waiting
    if (!next || !navigator.serviceWorker.controller) return
    waiting = next
    changed()
  }
  see()
  registration.addEventListener('updatefound', () => registration.installing?.addEventListener('statechange', see))
  let checkedAt = Date.now()
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden' || Date.now() - checkedAt < UPDATE_EVERY_MS) return
    checkedAt = Date.now()
    registration.update().catch(() => {
      // No connection: next time.
    })
  })
}

/** Before anything else, for the browser may offer it at once. */
export function startInstall(): void {
  addEventListener('beforeinstallprompt', event => {
    event.preventDefault()
    offer = event as BeforeInstallPromptEvent
    changed()
  })
  addEventListener('appinstalled', () => {
    offer = null
    changed()
  })
}

/** What the page itself needs comes first. */
const QUIET_MS = 3_000

let isKeeping = false

/** Keeps the page on this device, once somebody is inside: until then there is nothing to open it for. */
export function keepPage(): void {
  const container = navigator.serviceWorker
  if (isKeeping || !container || !import.meta.env.PROD) return
  isKeeping = true
  container.addEventListener('controllerchange', () => {
    // Whoever did not ask is not torn away from what they do.
    if (hasAsked) location.reload()
  })
  setTimeout(
    () =>
      container.register(trustedScript('./service-worker.js'), { updateViaCache: 'none' }).then(follow, () => {
        // Storage is denied: the page works without.
      }),
    QUIET_MS,
  )
}

function takeUpdate(): void {
  hasAsked = true
  waiting?.postMessage({ type: 'take-over' })
}

/** What brings the new version; null: this is the newest. */
export const useUpdate = (): (() => void) | null => (useSyncExternalStore(subscribe, () => waiting) ? takeUpdate : null)

function install(): void {
  const offered = offer
  offer = null
  changed()
  void offered?.prompt()
}

/** What installs the page; null: it is installed, or the browser offers no way. */
export const useInstall = (): (() => void) | null => (useSyncExternalStore(subscribe, () => offer) ? install : null)
