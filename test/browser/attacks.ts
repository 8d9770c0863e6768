// What a page of another origin can try with the cookie of whoever looks at it. Each attack runs in that page, in a real
// browser. It has two ways to succeed: to read something (it answers with `true`), and to send a message as its victim
// (whose text is the attack's name).
import type { Page } from 'playwright-core'
import { until } from '../setup/until.ts'

export interface Target {
  /** Of the attacked server: `http://127.0.0.1:PORT` */
  readonly url: string
  /** The victim's name: what is read has it in it. */
  readonly victim: string
  /** Something happens that the victim is told of. */
  happen(): Promise<unknown>
}

export interface Attack {
  readonly name: string
  /** What it does when nothing stops it. */
  readonly wants: readonly ('reads' | 'sends')[]
  /** Resolves once nothing more can come of it, with whether it has read something. */
  run(page: Page, target: Target): Promise<boolean>
}

const sending = (name: string): string =>
  `mutation{sendMessage(text:${JSON.stringify(name)},plain:true){id from{username}}}`

interface FetchAttack {
  readonly mode: RequestMode
  /** Null: none. */
  readonly type: string | null
  readonly form: 'json' | 'urlencoded' | 'multipart'
}

function byFetch(name: string, { mode, type, form }: FetchAttack): Attack {
  return {
    name,
    wants: mode === 'no-cors' ? ['sends'] : ['reads', 'sends'],
    async run(page, { url, victim }) {
      const answer = await page.evaluate(
        async ({ url, mode, type, form, query }) => {
          const body = (): BodyInit => {
            if (form === 'urlencoded') return new URLSearchParams({ query })
            if (form === 'json')
              return type === null ? new Blob([JSON.stringify({ query })]) : JSON.stringify({ query })
            const data = new FormData()
            data.set('query', query)
            return data
          }
          const headers = type === null || form !== 'json' ? {} : { 'content-type': type }
          try {
            const answer = await fetch(`${url}/graphql`, {
              ...{ method: 'POST', mode, credentials: 'include', headers, body: body() },
            })
            return await answer.text()
          } catch {
            return ''
          }
        },
        { url, mode, type, form, query: sending(name) },
      )
      return answer.includes(`"${victim}"`)
    },
  }
}

/** A form that goes to a window of its own, or to a frame in the page. */
function byForm(name: string, enctype: string, isInFrame = true): Attack {
  return {
    name,
    wants: ['sends'],
    async run(page, { url }) {
      const opened = isInFrame ? null : page.context().waitForEvent('page')
      await page.evaluate(
        ({ url, enctype, query, isInFrame }) =>
          new Promise<void>(resolve => {
            const form = document.createElement('form')
            const field = document.createElement('input')
            // As text, `name=value` is made to be JSON.
            const asText = enctype === 'text/plain'
            field.name = asText ? `{"query":${JSON.stringify(query)},"extensions":{"a":"` : 'query'
            field.value = asText ? '"}}' : query
            Object.assign(form, { action: `${url}/graphql`, method: 'POST', enctype, target: '_blank' })
            form.append(field)
            document.body.append(form)
            if (isInFrame) {
              const frame = document.createElement('iframe')
              frame.name = form.target = `frame ${enctype}`
              document.body.append(frame)
              frame.onload = () => resolve()
            }
            form.submit()
            if (!isInFrame) resolve()
          }),
        { url, enctype, query: sending(name), isInFrame },
      )
      const window = await opened
      await window?.waitForLoadState()
      await window?.close()
      return false
    },
  }
}

/** An element that loads something; what it loads may be a mutation, or a file that tells something. */
function byElement(name: string, tag: 'img' | 'script' | 'link' | 'audio', path: string | null): Attack {
  return {
    name,
    wants: [path === null ? 'sends' : 'reads'],
    async run(page, { url }) {
      const address = `${url}${path ?? `/graphql?query=${encodeURIComponent(sending(name))}`}`
      const isLoaded = await page.evaluate(
        ({ tag, address }) =>
          new Promise<boolean>(resolve => {
            const element = document.createElement(tag)
            element.onload = () => resolve(true)
            element.onerror = () => resolve(false)
            if (element instanceof HTMLLinkElement) Object.assign(element, { rel: 'stylesheet', href: address })
            else element.src = address
            document.body.append(element)
          }),
        { tag, address },
      )
      return path !== null && isLoaded
    },
  }
}

/** What runs in the attacking page, or in a frame without an origin in it: answers with what it read. */
const SOCKET_SCRIPT = `(url, query) => new Promise(resolve => {
  const socket = new WebSocket(url.replace('http', 'ws') + '/graphql', 'graphql-transport-ws')
  socket.onopen = () => socket.send('{"type":"connection_init"}')
  socket.onclose = socket.onerror = () => resolve('')
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data)
    if (message.type === 'connection_ack')
      socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query } }))
    else resolve(data)
  }
})`
const FETCH_SCRIPT = `(url, query) => fetch(url + '/graphql', {
  method: 'POST', credentials: 'include', headers: { 'content-type': 'text/plain' }, body: JSON.stringify({ query }),
}).then(answer => answer.text(), () => '')`

function byScript(name: string, script: string, isSandboxed: boolean): Attack {
  return {
    name,
    wants: ['reads', 'sends'],
    async run(page, { url, victim }) {
      const call = `(${script})(${JSON.stringify(url)}, ${JSON.stringify(sending(name))})`
      const answer = isSandboxed
        ? await page.evaluate(
            call =>
              new Promise<string>(resolve => {
                addEventListener('message', ({ data }) => resolve(data), { once: true })
                const frame = document.createElement('iframe')
                frame.setAttribute('sandbox', 'allow-scripts')
                frame.srcdoc = `<script>${call}.then(answer => parent.postMessage(answer, '*'))</script>`
                document.body.append(frame)
              }),
            call,
          )
        : await page.evaluate<string>(call)
      return answer.includes(`"${victim}"`)
    },
  }
}

const byBeacon = (name: string, type: string): Attack => ({
  name,
  wants: ['sends'],
  async run(page, { url }) {
    // Nobody tells when it has arrived: a request that the browser makes after it has.
    await page.evaluate(
      async ({ url, type, query }) => {
        navigator.sendBeacon(`${url}/graphql`, new Blob([JSON.stringify({ query })], { type }))
        await fetch(`${url}/health/live`, { mode: 'no-cors' }).catch(() => {})
      },
      { url, type, query: sending(name) },
    )
    return false
  },
})

const eventSource: Attack = {
  name: 'an EventSource with the cookie',
  wants: ['reads'],
  async run(page, { url, happen }) {
    let isOver = false
    const listening = page
      .evaluate(
        url =>
          new Promise<boolean>(resolve => {
            const source = new EventSource(`${url}/graphql?query=subscription{onMessage{text}}`, {
              withCredentials: true,
            })
            const end = (hasRead: boolean) => {
              source.close()
              resolve(hasRead)
            }
            source.addEventListener('next', ({ data }) => end(!data.includes('UNAUTHENTICATED')))
            source.onerror = () => end(false)
          }),
        url,
      )
      .finally(() => {
        isOver = true
      })
    await until('the stream has told something, or failed', async () => {
      await happen()
      return isOver
    })
    return listening
  },
}

const openedWindow: Attack = {
  name: 'a window that it has opened, and its messages',
  wants: ['reads'],
  async run(page, { url }) {
    const opened = page.context().waitForEvent('page')
    await page.evaluate(url => {
      Object.assign(window, { opened: open(url) })
    }, url)
    const window = await opened
    await window.locator('#root > *').first().waitFor()
    await window.evaluate(() => {
      addEventListener('message', ({ data }) => {
        document.documentElement.dataset.heard = data
      })
    })
    const { isClosed, frames } = await page.evaluate(() => {
      const { opened } = globalThis as unknown as { opened: Window }
      opened.postMessage('attack', '*')
      return { isClosed: opened.closed, frames: opened.length }
    })
    // What it had sent would have come before this.
    const heard = await window.evaluate(async () => {
      await new Promise(resolve => {
        addEventListener('message', resolve, { once: true })
        postMessage('own', location.origin)
      })
      return { opener: window.opener !== null, heard: document.documentElement.dataset.heard }
    })
    await window.close()
    return !isClosed || heard.opener || frames > 0 || heard.heard === 'attack'
  },
}

const frame: Attack = {
  name: 'the page in a frame',
  wants: ['reads'],
  async run(page, { url }) {
    await page.evaluate(
      url =>
        new Promise(resolve => {
          const frame = document.createElement('iframe')
          frame.onload = resolve
          frame.src = url
          document.body.append(frame)
        }),
      url,
    )
    const frames = page.frames().filter(frame => frame.url().startsWith(url))
    return (await Promise.all(frames.map(frame => frame.locator('#root').count()))).some(count => count > 0)
  },
}

/** Going there, as from a link in a mail: cookies that are Lax go with it. */
const link: Attack = {
  name: 'a link to a mutation',
  wants: ['sends'],
  async run(page, { url }) {
    const opened = page.context().waitForEvent('page')
    await page.evaluate(
      address => void open(address, '_blank', 'noopener'),
      `${url}/graphql?query=${encodeURIComponent(sending(link.name))}`,
    )
    const window = await opened
    await window.waitForLoadState()
    await window.close()
    return false
  },
}

export const ATTACKS: readonly Attack[] = [
  byFetch('fetch of JSON', { mode: 'cors', type: 'application/json', form: 'json' }),
  byFetch('fetch of JSON as text', { mode: 'cors', type: 'text/plain', form: 'json' }),
  byFetch('fetch of JSON as a text that mentions JSON', {
    ...{ mode: 'cors', type: 'text/plain; application/json', form: 'json' },
  }),
  byFetch('fetch of JSON without a type', { mode: 'cors', type: null, form: 'json' }),
  byFetch('fetch of a form', { mode: 'cors', type: null, form: 'urlencoded' }),
  byFetch('fetch of a multipart form', { mode: 'cors', type: null, form: 'multipart' }),
  byFetch('fetch without CORS of JSON as text', { mode: 'no-cors', type: 'text/plain', form: 'json' }),
  byFetch('fetch without CORS of JSON without a type', { mode: 'no-cors', type: null, form: 'json' }),
  byFetch('fetch without CORS of a form', { mode: 'no-cors', type: null, form: 'urlencoded' }),
  byFetch('fetch without CORS of a multipart form', { mode: 'no-cors', type: null, form: 'multipart' }),
  byBeacon('a beacon', 'text/plain'),
  byForm('a form as text', 'text/plain'),
  byForm('a form in a window of its own', 'text/plain', false),
  byForm('a form', 'application/x-www-form-urlencoded'),
  byForm('a multipart form', 'multipart/form-data'),
  link,
  byElement('an image of a mutation', 'img', null),
  byElement('a script of a mutation', 'script', null),
  byElement('a style of a mutation', 'link', null),
  byElement('an image of the page', 'img', '/icons/192.png'),
  byElement('a script of the page', 'script', '/service-worker.js'),
  eventSource,
  byScript('a WebSocket with the cookie', SOCKET_SCRIPT, false),
  byScript('a WebSocket of no origin', SOCKET_SCRIPT, true),
  byScript('fetch of no origin', FETCH_SCRIPT, true),
  openedWindow,
  frame,
]
