// The chat of one account on this page. Pages of history, the live feed, presence, the outbox and the connection come
// in; one view for React goes out, at most once a frame however fast messages come. Every message is in it once, in the
// log's order, whichever way it came.
import type { Client } from 'urql'
import type { FeedEvent, Message, Outgoing, Recado, User } from '../../core/types.ts'
import { type ChatView, viewConversations } from './chat-view.ts'
import type { ConversationKey, Person } from './conversation.ts'
import { createConversations } from './conversations.ts'
import { createDirectory } from './directory.ts'
import { createNoticeBoard } from './notice-board.ts'
import { createPageReader, ReadFailure } from './page-reader.ts'
import { createOwnArrivals, destinationOf, placePending } from './pending.ts'
import { createReadMarks, type ReadMarks } from './read-marks.ts'
import { readTyped, type TypedText } from './typed-text.ts'

/** Why a text was not taken; it stays in the composer. */
export type SendProblem = Exclude<TypedText, { kind: 'plain' | 'private' }>

export interface Chat {
  readonly me: Person
  readonly client: Client
  /** Everybody this page has seen. */
  people(): readonly Person[]
  getView(): ChatView
  subscribe(listener: () => void): () => void
  /** New messages by others, as they come; what a page or a replay brings is not among them. */
  onArrival(listener: (messages: readonly Message[]) => void): () => void
  /** @returns null when it was taken */
  send(key: ConversationKey, text: string): SendProblem | null
  retry(nonce: string): void
  discard(nonce: string): void
  /** The conversation with whoever has this name, made if there is none yet; null: nobody seen so far has it. */
  find(name: string): ConversationKey | null
  /** As `find`, after asking the server who there is. */
  lookUp(name: string): Promise<ConversationKey | null>
  /** Learns who there is, at most once a minute. */
  loadPeople(): Promise<void>
  loadEarlier(key: ConversationKey): Promise<void>
  loadOlderConversations(): Promise<void>
  /** Somebody looks at the end of this conversation. */
  read(key: ConversationKey): void
  /** Somebody reads further up in this conversation: more of it is kept meanwhile. Null: nobody does. */
  hold(key: ConversationKey | null): void
  dismiss(noticeId: number): void
  drop(): void
  reload(): void
  close(): Promise<void>
}

export interface ChatOptions {
  readonly me: Person
  readonly recado: Recado
  /** The session is over: enter again. With how many messages wait in the outbox. */
  readonly onEnded: (unsent: number) => void
}

const FRAME_MS = 16
const RELOAD_MS = 3_000
const RECOVERED_SHOWN_MS = 10_000
/** Of a space with more people, the rest is found by their messages, or when they are online. */
const PEOPLE_PAGES = 10
const PEOPLE_FRESH_MS = 60_000
/** Applies where a server has no limit of its own. */
const LONGEST_TEXT = 1_000_000

export function createChat({ me, recado, onEnded }: ChatOptions): Chat {
  const reader = createPageReader(recado.client)
  const directory = createDirectory()
  const conversations = createConversations(me, directory)
  const ownArrivals = createOwnArrivals(me)
  const board = createNoticeBoard(changed)
  const listeners = new Set<() => void>()
  const arrivalListeners = new Set<(messages: readonly Message[]) => void>()
  let marks: ReadMarks | null = null
  let online: readonly User[] = []
  let onlineIds: ReadonlySet<string> = new Set()
  let entries: readonly Outgoing[] = recado.outbox.entries
  let textLimit = LONGEST_TEXT
  let phase: ChatView['phase'] = 'loading'
  let failure: string | null = null
  let trouble: string | null = null
  let recovered: number | null = null
  /** It was live once; and it was lost since: the next CaughtUp tells what was missed. */
  let wasLive = false
  let wasLost = false
  /** What the feed brought since the last frame, and whether it came live. */
  let queue: { readonly message: Message; readonly isLive: boolean }[] = []
  /** Counts loads: an answer to an earlier one is of no use any more. */
  let loads = 0
  let isLoadingOlder = false
  let peopleLoadedAt = Number.NEGATIVE_INFINITY
  let isClosed = false
  let frame: ReturnType<typeof setTimeout> | null = null
  let reloadTimer: ReturnType<typeof setTimeout> | undefined
  let recoveredTimer: ReturnType<typeof setTimeout> | undefined
  let endFeed: (() => void) | null = null
  let endMarks: (() => void) | null = null

  directory.learn(me, Date.now())
  let view = makeView()

  function makeView(before: ChatView | null = null): ChatView {
    const pendingByKey = placePending(entries, ownArrivals.list, directory)
    const surroundings = { me, marks, directory, onlineIds, pendingByKey }
    const views = viewConversations(conversations.all(), surroundings, before?.conversations ?? [])
    return {
      phase,
      failure,
      // Without the feed a socket alone is not yet live for anybody.
      connection: recado.state === 'live' && phase !== 'ready' ? 'behind' : recado.state,
      trouble,
      recovered,
      conversations: views,
      hasOlderConversations: conversations.hasOlder,
      online,
      onlineIds,
      unread: views.reduce((sum, { unread }) => sum + unread, 0),
      waiting: countWaiting(),
      notices: board.notices,
      textLimit,
    }
  }

  function countWaiting(): number {
    return entries.filter(entry => entry.state !== 'refused').length
  }

  function changed(): void {
    if (!isClosed && frame === null) frame = setTimeout(flush, FRAME_MS)
  }

  function flush(): void {
    if (frame !== null) clearTimeout(frame)
    frame = null
    if (isClosed) return
    if (phase === 'ready' && queue.length > 0) {
      const arrived = queue
      queue = []
      absorb(arrived.map(({ message }) => message))
      const news = arrived.filter(({ message, isLive }) => isLive && message.from.id !== me.id)
      if (news.length > 0) for (const listener of arrivalListeners) listener(news.map(({ message }) => message))
    }
    view = makeView(view)
    for (const listener of listeners) listener()
  }

  function absorb(messages: readonly Message[]): void {
    ownArrivals.add(messages, Date.now())
    conversations.absorb(messages)
  }

  /** Reads the newest pages; the feed then starts from the end of the first one, so nothing is missed between. */
  async function load(): Promise<void> {
    const own = ++loads
    clearTimeout(reloadTimer)
    try {
      const server = await reader.readServer()
      const newest = await reader.readMessages({ limit: 1 })
      const [inPublic, inPrivate] = await Promise.all([
        reader.readMessages({ scope: 'PUBLIC' }),
        reader.readMessages({ scope: 'PRIVATE' }),
      ])
      if (isClosed || own !== loads) return
      conversations.begin(inPublic, inPrivate)
      ownArrivals.add([...inPublic.nodes, ...inPrivate.nodes], null)
      textLimit = server.limits.textCodePoints || LONGEST_TEXT
      endMarks?.()
      marks = createReadMarks(me.id, server.epoch, newest.pageInfo.endCursor)
      endMarks = marks.onChange(changed)
      phase = 'ready'
      failure = null
      endFeed ??= recado.feed.subscribe(hear, newest.pageInfo.endCursor ?? undefined)
    } catch (thrown) {
      if (!(thrown instanceof ReadFailure)) throw thrown
      if (isClosed || own !== loads) return
      if (thrown.code === 'UNAUTHENTICATED') return end()
      phase = 'failed'
      failure = thrown.code
      reloadTimer = setTimeout(load, RELOAD_MS)
    }
    flush()
  }

  function hear(event: FeedEvent): void {
    switch (event.__typename) {
      case 'MessageAdded':
      case 'MessageEdited':
      case 'MessageDeleted':
        queue.push({ message: event.message, isLive: recado.state === 'live' })
        return changed()
      case 'CaughtUp':
        if (wasLost && event.replayed > 0) showRecovered(event.replayed)
        wasLost = false
        wasLive = true
        return flush()
      case 'Reset':
        phase = 'loading'
        queue = []
        ownArrivals.forget()
        board.post({ kind: 'reset', code: event.code })
        void load()
    }
  }

  function showRecovered(count: number): void {
    recovered = count
    clearTimeout(recoveredTimer)
    recoveredTimer = setTimeout(() => {
      recovered = null
      changed()
    }, RECOVERED_SHOWN_MS)
  }

  function end(): void {
    onEnded(countWaiting())
  }

  /** The outbox shows what becomes of it; here only what it did not take at all comes back to the person. */
  function follow(sending: Promise<Message>, text: string): void {
    sending.then(
      message => {
        if (isClosed) return
        absorb([message])
        changed()
      },
      (error: { code: string }) => {
        if (!isClosed && error.code === 'OUTBOX_FULL') board.post({ kind: 'unkept', code: error.code, text })
      },
    )
  }

  function hearOutbox(next: readonly Outgoing[]): void {
    const left = new Set(next.map(entry => entry.nonce))
    const inPublic = view.conversations.find(({ peer }) => peer === null)?.pending ?? []
    for (const entry of entries) {
      if (left.has(entry.nonce) || entry.state !== 'sending') continue
      // It stood among what goes to everyone, for its recipient was unknown: say where it has gone.
      const { to } = destinationOf(entry)
      if (to !== null && inPublic.some(({ nonce }) => nonce === entry.nonce)) board.post({ kind: 'private', name: to })
    }
    entries = next
    changed()
  }

  function find(name: string): ConversationKey | null {
    const person = directory.byName(name)
    if (!person) return null
    const key = conversations.ensure(person)
    changed()
    return key
  }

  async function loadPeople(): Promise<void> {
    if (Date.now() - peopleLoadedAt < PEOPLE_FRESH_MS) return
    peopleLoadedAt = Date.now()
    try {
      let after: string | null = null
      for (let page = 0; page < PEOPLE_PAGES; page++) {
        const { nodes, pageInfo } = await reader.readUsers(after)
        if (isClosed) return
        for (const user of nodes) directory.learn(user, Date.now())
        changed()
        after = pageInfo.endCursor
        if (!pageInfo.hasNextPage) return
      }
    } catch (thrown) {
      if (!(thrown instanceof ReadFailure)) throw thrown
      // No news: those who are online, and those who have written, are known anyway.
      peopleLoadedAt = Number.NEGATIVE_INFINITY
    }
  }

  const endState = recado.onState((state, reason) => {
    trouble = reason?.code ?? null
    if (state === 'closed' && trouble === 'UNAUTHENTICATED') return end()
    if (state === 'offline' && wasLive) {
      wasLost = true
      recovered = null
    }
    changed()
  })
  const endPresence = recado.onPresence(users => {
    online = users.filter(user => user.id !== me.id)
    onlineIds = new Set(online.map(user => user.id))
    for (const user of online) directory.learn(user, Date.now())
    changed()
  })
  const endOutbox = recado.outbox.onChange(hearOutbox)
  // A browser that says it is offline knows sooner than a silent socket. If it is wrong, the next one opens at once.
  const dropWhenOffline = () => recado.drop()
  addEventListener('offline', dropWhenOffline)
  void load()

  return {
    me,
    client: recado.client,
    people: directory.people,
    getView: () => view,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    onArrival(listener) {
      arrivalListeners.add(listener)
      return () => arrivalListeners.delete(listener)
    },

    send(key, text) {
      const conversation = conversations.get(key)
      if (!conversation) throw new Error(`There is no conversation ${key}`)
      const { peer } = conversation
      const typed = readTyped(text)
      if (typed.kind !== 'plain' && typed.kind !== 'private') return typed
      // In a private conversation nothing is ever left to be read as typed: it can't become public by a slip.
      if (peer === null) follow(recado.say(text), text)
      else follow(recado.sendTo(typed.kind === 'private' ? typed.to : peer.username, typed.text), text)
      const recipient = typed.kind === 'private' ? directory.byName(typed.to) : null
      if (recipient && recipient.id !== peer?.id) board.post({ kind: 'private', name: recipient.username })
      return null
    },
    retry: nonce => recado.outbox.retry(nonce),
    discard: nonce => void recado.outbox.discard(nonce),

    find,
    async lookUp(name) {
      if (directory.byName(name) === null) await loadPeople()
      return find(name)
    },
    loadPeople,

    async loadEarlier(key) {
      const conversation = conversations.get(key)
      if (!conversation?.hasEarlier || conversation.loading === 'earlier') return
      const own = loads
      const { peer } = conversation
      const before = conversations.earlierThan(key)
      conversations.setLoading(key, 'earlier')
      changed()
      try {
        const page = await reader.readMessages({ before, ...(peer ? { with: peer.username } : { scope: 'PUBLIC' }) })
        if (own === loads) conversations.addEarlier(key, before, page)
      } catch (thrown) {
        if (!(thrown instanceof ReadFailure)) throw thrown
        if (own === loads) conversations.setLoading(key, 'failed')
      }
      changed()
    },

    async loadOlderConversations() {
      const before = conversations.privateFrom
      if (isLoadingOlder || before === null) return
      isLoadingOlder = true
      const own = loads
      try {
        const page = await reader.readMessages({ scope: 'PRIVATE', before })
        if (own === loads) conversations.addOlder(before, page)
      } catch (thrown) {
        // The button is still there.
        if (!(thrown instanceof ReadFailure)) throw thrown
      }
      isLoadingOlder = false
      changed()
    },

    read(key) {
      const newest = conversations.get(key)?.messages.at(-1)
      const mark = marks?.of(key) ?? null
      if (!marks || !newest || (mark !== null && mark >= newest.cursor)) return
      marks.read(key, newest.cursor)
      changed()
    },
    hold: conversations.hold,
    dismiss: board.dismiss,
    drop: recado.drop,
    reload: () => void load(),
    async close() {
      isClosed = true
      if (frame !== null) clearTimeout(frame)
      clearTimeout(reloadTimer)
      clearTimeout(recoveredTimer)
      for (const end of [endFeed, endMarks, endState, endPresence, endOutbox]) end?.()
      removeEventListener('offline', dropWhenOffline)
      await recado.close()
    },
  }
}
