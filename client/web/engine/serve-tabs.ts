// The worker's side of the ports: one engine for each account, shared by all of its tabs, closed a little after the last
// one has gone.
import type { ConversationKey } from '../model/conversation.ts'
import { ReadFailure } from '../model/page-reader.ts'
import { createLocalEngine, type LocalEngine, type LocalEngineOptions } from './local-engine.ts'
import { type FromTab, type FromWorker, SILENT_TAB_MS } from './port.ts'

interface Served {
  readonly key: string
  readonly engine: LocalEngine
  readonly tabs: Set<Tab>
  closing: ReturnType<typeof setTimeout> | undefined
}

interface Tab {
  readonly served: Served
  /** What ends with it. */
  readonly ends: (() => void)[]
  heardAt: number
}

/** Where a tab of another account keeps the worker alive, a page that is loaded again finds its connection there. */
const LINGER_MS = 4_000

/** Takes the ports of tabs. */
export function serveTabs(
  optionsFor: (account: { me: { id: string; username: string }; url: string }) => LocalEngineOptions,
): (port: MessagePort) => void {
  const servedByKey = new Map<string, Served>()
  const tabs = new Map<MessagePort, Tab>()

  function serve(me: { id: string; username: string }, url: string): Served {
    const key = `${url} ${me.id}`
    const there = servedByKey.get(key)
    if (there) {
      clearTimeout(there.closing)
      return there
    }
    const engine = createLocalEngine(optionsFor({ me, url }))
    const served: Served = {
      key,
      engine,
      tabs: new Set(),
      closing: undefined,
    }
    servedByKey.set(key, served)
    // A session that has ended does not come back: whoever enters again gets a new engine.
    engine.join(news => {
      if (news.type === 'ended') forget(served)
    })
    return served
  }

  function forget(served: Served): void {
    if (servedByKey.get(served.key) === served) servedByKey.delete(served.key)
    clearTimeout(served.closing)
    // After the tabs have heard why.
    setTimeout(() => void served.engine.close())
  }

  function leave(port: MessagePort): void {
    const tab = tabs.get(port)
    if (!tab) return
    tabs.delete(port)
    const { served, ends } = tab
    for (const end of ends) end()
    served.tabs.delete(tab)
    if (served.tabs.size > 0) return
    // The browser ends a worker without tabs whenever it likes.
    served.engine.settle()
    served.closing = setTimeout(() => {
      if (served.tabs.size === 0) forget(served)
    }, LINGER_MS)
  }

  function open(port: MessagePort, message: Extract<FromTab, { type: 'open' }>): void {
    leave(port)
    const say = (answer: FromWorker) => port.postMessage(answer)
    const served = serve(message.me, message.url)
    const tab: Tab = { served, ends: [], heardAt: Date.now() }
    served.tabs.add(tab)
    tabs.set(port, tab)
    say({ type: 'welcome' })
    tab.ends.push(served.engine.join(news => say({ type: 'news', news })))
    if (message.lock === null) return
    // Granted once the tab is gone, however it went.
    const waiting = new AbortController()
    tab.ends.push(() => waiting.abort())
    navigator.locks
      .request(message.lock, { signal: waiting.signal }, () => leave(port))
      .catch(() => {
        // It has left in good order.
      })
  }

  async function ask(port: MessagePort, { served }: Tab, message: Extract<FromTab, { type: 'ask' }>): Promise<void> {
    const say = (answer: FromWorker) => port.postMessage(answer)
    try {
      const value = await served.engine.readEarlier(message.key as ConversationKey, message.before)
      say({ type: 'answer', id: message.id, value })
    } catch (thrown) {
      say({ type: 'failure', id: message.id, code: thrown instanceof ReadFailure ? thrown.code : 'NETWORK' })
    }
  }

  function hear(port: MessagePort, message: FromTab): void {
    if (message.type === 'open') return open(port, message)
    const tab = tabs.get(port)
    if (!tab) return port.postMessage({ type: 'unknown', missed: message } satisfies FromWorker)
    tab.heardAt = Date.now()
    const { served } = tab
    switch (message.type) {
      case 'call': {
        const call = served.engine[message.call] as (...args: readonly unknown[]) => void
        // They have left: whoever enters here next, be it the same person, gets an engine of their own.
        if (message.call === 'erase' && servedByKey.get(served.key) === served) servedByKey.delete(served.key)
        return call(...message.args)
      }
      case 'ask':
        return void ask(port, tab, message)
      case 'beat':
        return port.postMessage({ type: 'beat' } satisfies FromWorker)
      case 'bye':
        return leave(port)
    }
  }

  setInterval(() => {
    for (const [port, { heardAt }] of tabs) if (Date.now() - heardAt > SILENT_TAB_MS) leave(port)
  }, SILENT_TAB_MS / 4)

  return port => {
    port.onmessage = ({ data }: MessageEvent<FromTab>) => hear(port, data)
  }
}
