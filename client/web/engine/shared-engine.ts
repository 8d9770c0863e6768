// The tab's side: an engine that runs in the worker. A worker that can't be started, or that no longer answers, is
// reported; open-engine.ts then runs one in the tab instead.
import { createHttp } from '../../core/http.ts'
import { randomNonce } from '../../core/nonce.ts'
import { onWake } from '../../core/wake.ts'
import { createAsker } from '../model/asker.ts'
import type { Person } from '../model/conversation.ts'
import type { ConversationPage } from '../model/conversations.ts'
import { ReadFailure } from '../model/page-reader.ts'
import type { Engine, EngineNews } from './engine.ts'
import { BEAT_MS, type Calls, type FromTab, type FromWorker } from './port.ts'

/** What `Engine.say` was called with, its nonce included. */
export type Said = Required<Parameters<Engine['say']>>

export interface SharedEngineOptions {
  readonly me: Person
  readonly url: string
  readonly start: () => SharedWorker
  /** What the engine before this one did not hear, by nonce; it goes on here, and what is left when this one is gone. */
  readonly unheard: Map<string, Said>
  /**
   * It could not be started, or has died. What waits in its outbox is in the storage; what it may never have heard is in
   * `unheard`.
   *
   * @param wasThere it had answered before: another one may
   */
  readonly onGone: (wasThere: boolean) => void
}

/** A worker that has not said anything by then never will: it takes a moment on a slow phone. */
const WELCOME_MS = 8_000
/** An answer to a beat that takes longer is none, */
const ANSWER_MS = 9_000
/** after it was asked once more: a device that slept counts the time, but got no answer in it. */
const LAST_CHANCE_MS = 4_000

export function startSharedEngine({ me, url, start, unheard, onGone }: SharedEngineOptions): Engine {
  const worker = start()
  const { port } = worker
  const asked = new Map<number, PromiseWithResolvers<ConversationPage>>()
  let listener: ((news: EngineNews) => void) | null = null
  let lastId = 0
  let isOver = false
  let isWelcome = false
  /** By `Date.now()`: since when an answer is waited for; null: none is. */
  let waitingSince: number | null = Date.now()
  let lastChance: ReturnType<typeof setTimeout> | undefined
  const closing = new AbortController()

  const say = (message: FromTab) => port.postMessage(message)

  async function open(): Promise<void> {
    const lock = await holdLock(closing.signal)
    if (isOver) return
    say({ type: 'open', me: { id: me.id, username: me.username }, url, lock })
    for (const args of unheard.values()) say({ type: 'call', call: 'say', args })
  }

  /** The worker has given this tab up, which was silent for too long: asleep, or in the back-forward cache. */
  async function openAgain(missed: FromTab): Promise<void> {
    await open()
    // What was to be said is said again by `open`.
    if (!isOver && (missed.type === 'ask' || (missed.type === 'call' && missed.call !== 'say'))) say(missed)
  }

  function wasHeard(news: EngineNews): void {
    if (news.type === 'outbox') for (const { nonce } of news.entries) unheard.delete(nonce)
    // Heard, and refused: whoever wrote it is told.
    if (news.type === 'unkept') for (const [nonce, [text]] of unheard) if (text === news.text) unheard.delete(nonce)
  }

  function hear(message: FromWorker): void {
    waitingSince = null
    clearTimeout(lastChance)
    lastChance = undefined
    switch (message.type) {
      case 'welcome':
        isWelcome = true
        return
      case 'news':
        wasHeard(message.news)
        return listener?.(message.news)
      case 'answer':
        asked.get(message.id)?.resolve(message.value as ConversationPage)
        asked.delete(message.id)
        return
      case 'failure':
        asked.get(message.id)?.reject(new ReadFailure(message.code))
        asked.delete(message.id)
        return
      case 'unknown':
        return void openAgain(message.missed)
    }
  }

  function beat(): void {
    const now = Date.now()
    if (waitingSince !== null && now - waitingSince > (isWelcome ? ANSWER_MS : WELCOME_MS)) {
      lastChance ??= setTimeout(gone, LAST_CHANCE_MS)
    }
    waitingSince ??= now
    if (isWelcome) say({ type: 'beat' })
  }

  function gone(): void {
    if (isOver) return
    end()
    onGone(isWelcome)
  }

  function end(): void {
    isOver = true
    closing.abort()
    clearInterval(beating)
    clearTimeout(welcoming)
    clearTimeout(lastChance)
    stopWaking()
    for (const answer of asked.values()) answer.reject(new ReadFailure('CLOSED'))
    asked.clear()
    port.close()
  }

  /** As many arguments as it has: whoever is called back with an event must not send that. */
  function call<Name extends keyof Calls>(name: Name, count: Parameters<Calls[Name]>['length']) {
    return (...args: Parameters<Calls[Name]>): void => {
      if (!isOver) say({ type: 'call', call: name, args: args.slice(0, count) })
    }
  }

  port.onmessage = ({ data }: MessageEvent<FromWorker>) => hear(data)
  worker.onerror = () => gone()
  const beating = setInterval(beat, BEAT_MS)
  const welcoming = setTimeout(beat, WELCOME_MS + 100)
  const [wake, drop] = [call('wake', 0), call('drop', 0)]
  const stopWaking = onWake(() => wake())
  const { signal } = closing
  // A browser that says it is offline knows sooner than a silent socket. If it is wrong, the next one opens at once.
  addEventListener('offline', () => drop(), { signal })
  // Into the back-forward cache, and out of it.
  addEventListener('pagehide', () => say({ type: 'bye' }), { signal })
  addEventListener('pageshow', ({ persisted }) => persisted && void open(), { signal })

  const http = createHttp({ url, token: undefined, account: () => me.id, fetch: (...args) => fetch(...args) })

  return {
    client: createAsker(() => http),
    listen(next) {
      listener = next
      void open()
    },
    say(text, to, replyTo, nonce = randomNonce()) {
      const args: Said = [text, to, replyTo, nonce]
      unheard.set(nonce, args)
      if (!isOver) say({ type: 'call', call: 'say', args })
    },
    retry: call('retry', 1),
    discard: call('discard', 1),
    change: call('change', 2),
    discardChange: call('discardChange', 1),
    read: call('read', 2),
    typing: call('typing', 1),
    readEarlier(key, before) {
      const answer = Promise.withResolvers<ConversationPage>()
      if (isOver) answer.reject(new ReadFailure('CLOSED'))
      else {
        const id = ++lastId
        asked.set(id, answer)
        say({ type: 'ask', id, key, before })
      }
      return answer.promise
    },
    loadOlderConversations: call('loadOlderConversations', 0),
    drop,
    unplug: call('unplug', 0),
    plug: call('plug', 0),
    wake,
    reload: call('reload', 0),
    erase: call('erase', 0),
    async close() {
      if (isOver) return
      say({ type: 'bye' })
      end()
    },
  }
}

/** A lock that is free again when this tab is gone. @returns its name; null: there are no locks here */
async function holdLock(signal: AbortSignal): Promise<string | null> {
  if (navigator.locks === undefined) return null
  const name = `recado-tab ${randomNonce()}`
  const held = Promise.withResolvers<string | null>()
  navigator.locks
    .request(name, async () => {
      held.resolve(name)
      await new Promise(resolve => signal.addEventListener('abort', resolve))
    })
    .catch(() => held.resolve(null))
  return held.promise
}
