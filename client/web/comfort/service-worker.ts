// Keeps the page itself, so that it opens without a connection: what the build made, of one version, all or nothing.
// Nothing else is ever kept or answered from here: no GraphQL, no message, no other address. The build puts in the names
// of the files (vite.config.ts). A new version waits until the page says so, or until the last tab is closed.

/** What of a service worker's surroundings is used here: the DOM's types and a worker's can't be in one program. */
interface WorkerEvent extends Event {
  waitUntil(done: Promise<unknown>): void
}
interface FetchEvent extends WorkerEvent {
  readonly request: Request
  respondWith(answer: Promise<Response>): void
}
interface ClickEvent extends WorkerEvent {
  readonly notification: Notification
}
interface Tab {
  readonly url: string
  readonly focused: boolean
  focus(): Promise<unknown>
  postMessage(message: unknown): void
}
interface Surroundings {
  readonly registration: { readonly scope: string }
  readonly clients: {
    claim(): Promise<void>
    matchAll(options: { type: 'window'; includeUncontrolled: boolean }): Promise<readonly Tab[]>
    openWindow(url: string): Promise<unknown>
  }
  skipWaiting(): Promise<void>
  addEventListener(name: 'install' | 'activate', listener: (event: WorkerEvent) => void): void
  addEventListener(name: 'fetch', listener: (event: FetchEvent) => void): void
  addEventListener(name: 'message', listener: (event: MessageEvent) => void): void
  addEventListener(name: 'notificationclick', listener: (event: ClickEvent) => void): void
}

/** Filled in by the build: a name for this version, and its files below the page's address. */
declare const SHELL_VERSION: string
declare const SHELL_FILES: readonly string[]

const worker = globalThis as unknown as Surroundings
const PREFIX = 'recado-page-'
const CACHE = PREFIX + SHELL_VERSION
/** The version before this one: a tab that still shows it may need more of its files. */
const KEPT_VERSIONS = 2
const PAGE = worker.registration.scope
const files = new Set(SHELL_FILES.map(file => new URL(file, PAGE).href))

async function keep(): Promise<void> {
  const cache = await caches.open(CACHE)
  await cache.addAll([PAGE, ...files].map(url => new Request(url, { cache: 'no-cache' })))
}

async function forgetOld(): Promise<void> {
  const names = (await caches.keys()).filter(name => name.startsWith(PREFIX) && name !== CACHE)
  await Promise.all(names.slice(0, Math.max(0, names.length - (KEPT_VERSIONS - 1))).map(name => caches.delete(name)))
  await worker.clients.claim()
}

/** The page, whatever is at the end of its address; or one of its files. Null: none of this worker's business. */
function addressOf({ method, url, mode }: Request): string | null {
  if (method !== 'GET') return null
  const plain = url.replace(/[?#].*$/, '')
  if (mode === 'navigate') return plain === PAGE ? PAGE : null
  // A file of the version before has a name of its own.
  return files.has(plain) || plain.startsWith(`${PAGE}assets/`) ? plain : null
}

async function answer(request: Request, url: string): Promise<Response> {
  const kept = (await (await caches.open(CACHE)).match(url)) ?? (url === PAGE ? undefined : await caches.match(url))
  return kept ?? fetch(request)
}

async function open(href: string): Promise<void> {
  const tabs = await worker.clients.matchAll({ type: 'window', includeUncontrolled: true })
  const own = tabs.filter(({ url }) => url.startsWith(PAGE))
  const tab = own.find(({ focused }) => focused) ?? own[0]
  if (!tab) return void (await worker.clients.openWindow(PAGE + href))
  tab.postMessage({ type: 'open', href })
  // Only after a person's click, which a browser may take for too old.
  await tab.focus().catch(() => {})
}

worker.addEventListener('install', event => event.waitUntil(keep()))
worker.addEventListener('activate', event => event.waitUntil(forgetOld()))
worker.addEventListener('message', ({ data }) => {
  if (data?.type === 'take-over') void worker.skipWaiting()
})
worker.addEventListener('fetch', event => {
  const url = addressOf(event.request)
  if (url !== null) event.respondWith(answer(event.request, url))
})
worker.addEventListener('notificationclick', event => {
  event.notification.close()
  const href: unknown = event.notification.data?.href
  event.waitUntil(open(typeof href === 'string' ? href : ''))
})
