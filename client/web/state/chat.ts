// The chat of one account on this page. Pages of history, the live feed, presence, the outbox and the connection come
// in; one immutable view for React goes out, at most once a frame however fast messages come. Every message is in it
// once, in the log's order, whichever way it came.
import type { Client } from 'urql'
import { MessagesDocument, type MessagesQueryVariables, ServerInfoDocument } from '../../core/generated/graphql.ts'
import type { ConnectionState, FeedEvent, FeedReset, Message, Outgoing, Recado, User } from '../../core/types.ts'
import { failureOf } from '../i18n/error-words.ts'
import {
  type Conversation,
  type ConversationKey,
  conversationKey,
  countUnread,
  mergeMessages,
  type Person,
  peerOf,
  trimmed,
} from './conversation.ts'
import { createDirectory } from './directory.ts'
import { destinationOf, type OwnArrival, type Pending, placePending } from './pending.ts'
import { createReadMarks, type ReadMarks } from './read-marks.ts'
import { readTyped, type TypedText } from './typed-text.ts'

/** A conversation with what surrounds it. The same object as before when nothing of it changed. */
export interface ConversationView extends Conversation {
  readonly unread: number
  /** How far it is read; null: not at all. */
  readonly readMark: string | null
  readonly pending: readonly Pending[]
  readonly online: boolean
  /** The peer's name belongs to somebody else now. */
  readonly changedHands: boolean
}

export type Notice =
  | { readonly kind: 'private'; readonly id: number; readonly name: string }
  | { readonly kind: 'reset'; readonly id: number; readonly code: FeedReset['code'] }
  | { readonly kind: 'unkept'; readonly id: number; readonly code: string; readonly text: string }

export interface ChatView {
  readonly phase: 'loading' | 'ready' | 'failed'
  /** Why it failed. */
  readonly failure: string | null
  readonly connection: ConnectionState
  /** The code of what ended or prevents it; null: nothing does. */
  readonly trouble: string | null
  /** How many messages the last return brought; null once that is no news. */
  readonly recovered: number | null
  /** Everyone first, then by the newest message. */
  readonly conversations: readonly ConversationView[]
  readonly hasOlderConversations: boolean
  /** Without oneself. */
  readonly online: readonly User[]
  readonly unread: number
  readonly waiting: number
  readonly notices: readonly Notice[]
  readonly textLimit: number
}

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
  /** The conversation with this person, made if there is none yet. */
  open(person: Person): ConversationKey
  find(name: string): ConversationKey | null
  loadEarlier(key: ConversationKey): Promise<void>
  loadOlderConversations(): Promise<void>
  /** Somebody looks at the end of this conversation. */
  read(key: ConversationKey): void
  /** Somebody reads further up in this conversation: nothing of it is forgotten meanwhile. Null: nobody does. */
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
const OWN_ARRIVALS = 50
const LONGEST_PAGE = 100
/** Applies where a server has no limit of its own. */
const LONGEST_TEXT = 1_000_000

const EVERYONE: Conversation = {
  key: 'everyone',
  peer: null,
  messages: [],
  completeFrom: null,
  hasEarlier: false,
  loading: 'idle',
}
const NONE: readonly Pending[] = []

export function createChat({ me, recado, onEnded }: ChatOptions): Chat {
  const directory = createDirectory()
  const listeners = new Set<() => void>()
  const arrivalListeners = new Set<(messages: readonly Message[]) => void>()
  let conversations = new Map<ConversationKey, Conversation>([['everyone', EVERYONE]])
  let marks: ReadMarks | null = null
  /** From here on every private message is loaded; null: all of them are. */
  let privateFrom: string | null = null
  let hasOlderConversations = false
  let online: readonly User[] = []
  let entries: readonly Outgoing[] = recado.outbox.entries
  let ownArrivals: readonly OwnArrival[] = []
  let pageSize = LONGEST_PAGE
  let textLimit = LONGEST_TEXT
  let phase: ChatView['phase'] = 'loading'
  let failure: string | null = null
  let trouble: string | null = null
  let recovered: number | null = null
  let notices: readonly Notice[] = []
  let lastNoticeId = 0
  /** The socket was lost after the first time it was live: the next CaughtUp tells what was missed. */
  let wasLost = false
  let wasLive = false
  /** What the feed brought since the last frame, and whether it came live. */
  let queue: { readonly message: Message; readonly isLive: boolean }[] = []
  let held: ConversationKey | null = null
  let loads = 0
  let loadingOlder = false
  let isClosed = false
  let frame: ReturnType<typeof setTimeout> | null = null
  let reloadTimer: ReturnType<typeof setTimeout> | null = null
  let recoveredTimer: ReturnType<typeof setTimeout> | null = null
  let endFeed: (() => void) | null = null
  let endMarks: (() => void) | null = null

  directory.learn(me, Date.now())
  let view = makeView(null)

  function makeView(before: ChatView | null): ChatView {
    const pendingByKey = placePending(entries, ownArrivals, directory)
    const onlineIds = new Set(online.map(user => user.id))
    const known = new Map(before?.conversations.map(conversation => [conversation.key, conversation]))
    const views = [...conversations.values()].map(conversation => {
      const old = known.get(conversation.key)
      const readMark = marks?.of(conversation.key) ?? null
      const isAsRead = old?.messages === conversation.messages && old.readMark === readMark
      const next: ConversationView = {
        ...conversation,
        readMark,
        unread: isAsRead ? old.unread : marks ? countUnread(conversation.messages, readMark, me) : 0,
        pending: samePending(old?.pending, pendingByKey.get(conversation.key) ?? NONE),
        online: conversation.peer !== null && onlineIds.has(conversation.peer.id),
        changedHands: conversation.peer !== null && directory.hasChangedHands(conversation.peer),
      }
      return old && isShallowEqual(old, next) ? old : next
    })
    views.sort((a, b) => {
      if (a.peer === null || b.peer === null) return a.peer === null ? -1 : 1
      return compareLatest(a, b)
    })
    return {
      phase,
      failure,
      // Without the feed a socket alone is not yet live for anybody.
      connection: recado.state === 'live' && phase !== 'ready' ? 'behind' : recado.state,
      trouble,
      recovered,
      conversations: views,
      hasOlderConversations,
      online,
      unread: views.reduce((sum, conversation) => sum + conversation.unread, 0),
      waiting: entries.filter(entry => entry.state !== 'refused').length,
      notices,
      textLimit,
    }
  }

  function changed(): void {
    if (isClosed || frame !== null) return
    frame = setTimeout(flush, FRAME_MS)
  }

  function flush(): void {
    if (frame !== null) clearTimeout(frame)
    frame = null
    if (isClosed) return
    if (phase === 'ready' && queue.length > 0) {
      const arrived = queue
      queue = []
      absorb(
        arrived.map(({ message }) => message),
        Date.now(),
      )
      const news = arrived.filter(({ message, isLive }) => isLive && message.from.id !== me.id)
      if (news.length > 0) for (const listener of arrivalListeners) listener(news.map(({ message }) => message))
    }
    view = makeView(view)
    for (const listener of listeners) listener()
  }

  /** @param seenAt when this page first saw them; null: by each message's own time */
  function absorb(messages: readonly Message[], seenAt: number | null): void {
    const byKey = new Map<ConversationKey, Message[]>()
    for (const message of messages) {
      const key = conversationKey(message, me)
      const list = byKey.get(key)
      if (list) list.push(message)
      else byKey.set(key, [message])
      const at = Date.parse(message.sentAt)
      directory.learn(message.from, at)
      if (message.to) directory.learn(message.to, at)
      const peer = peerOf(message, me)
      if (peer) ensureConversation(peer)
    }
    const own = messages.filter(message => message.from.id === me.id)
    if (own.length > 0) {
      const fresh = own.map(message => ({ message, at: seenAt ?? Date.parse(message.sentAt) }))
      const freshIds = new Set(own.map(message => message.id))
      ownArrivals = [...ownArrivals.filter(({ message }) => !freshIds.has(message.id)), ...fresh].slice(-OWN_ARRIVALS)
    }
    for (const [key, list] of byKey) {
      const conversation = conversations.get(key)
      if (!conversation) continue
      const merged = { ...conversation, messages: mergeMessages(conversation.messages, list) }
      conversations.set(key, key === held ? merged : trimmed(merged))
    }
  }

  function ensureConversation(peer: Person): ConversationKey {
    const key: ConversationKey = `with:${peer.id}`
    if (!conversations.has(key)) {
      conversations.set(key, { ...EVERYONE, key, peer, completeFrom: privateFrom, hasEarlier: hasOlderConversations })
      changed()
    }
    return key
  }

  function update(key: ConversationKey, change: Partial<Conversation>): void {
    const conversation = conversations.get(key)
    if (conversation) conversations.set(key, { ...conversation, ...change })
    changed()
  }

  async function readPage(variables: MessagesQueryVariables) {
    const result = await recado.client
      .query(MessagesDocument, { limit: pageSize, ...variables }, { requestPolicy: 'network-only' })
      .toPromise()
    if (result.error) throw new LoadFailure(failureOf(result.error).code)
    if (!result.data) throw new LoadFailure('NETWORK')
    return result.data.messages
  }

  /** Reads the newest pages; the feed then starts from the end of the first one, so nothing is missed between. */
  async function load(): Promise<void> {
    const own = ++loads
    if (reloadTimer !== null) clearTimeout(reloadTimer)
    reloadTimer = null
    try {
      const info = await recado.client.query(ServerInfoDocument, {}, { requestPolicy: 'network-only' }).toPromise()
      if (info.error) throw new LoadFailure(failureOf(info.error).code)
      const server = info.data?.server
      if (!server) throw new LoadFailure('NETWORK')
      pageSize = Math.min(server.limits.page || LONGEST_PAGE, LONGEST_PAGE)
      textLimit = server.limits.textCodePoints || LONGEST_TEXT
      const newest = await readPage({})
      const [inPublic, inPrivate] = await Promise.all([readPage({ scope: 'PUBLIC' }), readPage({ scope: 'PRIVATE' })])
      if (isClosed || own !== loads) return

      privateFrom = inPrivate.pageInfo.hasPreviousPage ? inPrivate.pageInfo.startCursor : null
      hasOlderConversations = inPrivate.pageInfo.hasPreviousPage
      const opened = [...conversations.values()].flatMap(conversation => conversation.peer ?? [])
      conversations = new Map([
        [
          'everyone',
          {
            ...EVERYONE,
            completeFrom: inPublic.pageInfo.startCursor,
            hasEarlier: inPublic.pageInfo.hasPreviousPage,
          },
        ],
      ])
      absorb(inPublic.nodes, null)
      absorb(inPrivate.nodes, null)
      for (const peer of opened) ensureConversation(peer)
      endMarks?.()
      marks = createReadMarks(me.id, server.epoch, newest.pageInfo.endCursor)
      endMarks = marks.onChange(changed)
      phase = 'ready'
      failure = null
      endFeed ??= recado.feed.subscribe(hear, newest.pageInfo.endCursor ?? undefined)
    } catch (thrown) {
      if (isClosed || own !== loads) return
      if (!(thrown instanceof LoadFailure)) throw thrown
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
        ownArrivals = []
        notify({ kind: 'reset', code: event.code })
        void load()
        return
    }
  }

  function end(): void {
    onEnded(entries.filter(entry => entry.state !== 'refused').length)
  }

  function showRecovered(count: number): void {
    recovered = count
    if (recoveredTimer !== null) clearTimeout(recoveredTimer)
    recoveredTimer = setTimeout(() => {
      recovered = null
      changed()
    }, RECOVERED_SHOWN_MS)
  }

  /** What was just written went to one person, in another conversation than the one it was written in. */
  function tellPrivate(name: string): void {
    if (!notices.some(notice => notice.kind === 'private' && notice.name === name)) notify({ kind: 'private', name })
  }

  function notify(notice: NewNotice): void {
    const id = ++lastNoticeId
    notices = [...notices.filter(({ kind }) => kind !== notice.kind), { ...notice, id }]
    changed()
  }

  /** The outbox shows what becomes of it; here only what it did not take at all comes back to the person. */
  function follow(sending: Promise<Message>, text: string): void {
    sending.then(
      message => {
        if (isClosed) return
        absorb([message], Date.now())
        changed()
      },
      (error: { code: string }) => {
        if (!isClosed && error.code === 'OUTBOX_FULL') notify({ kind: 'unkept', code: error.code, text })
      },
    )
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
  // A browser that says it is offline knows sooner than a silent socket. If it is wrong, the next one opens at once.
  const dropWhenOffline = () => recado.drop()
  addEventListener('offline', dropWhenOffline)
  const endPresence = recado.onPresence(users => {
    online = users.filter(user => user.id !== me.id)
    for (const user of online) directory.learn(user, Date.now())
    changed()
  })
  const endOutbox = recado.outbox.onChange(next => {
    const left = new Set(next.map(entry => entry.nonce))
    const inPublic = view.conversations.find(({ peer }) => peer === null)?.pending ?? []
    for (const entry of entries) {
      if (left.has(entry.nonce) || entry.state !== 'sending') continue
      // It was shown among what goes to everyone, for its recipient was unknown: say where it has gone.
      const { to } = destinationOf(entry)
      if (to !== null && inPublic.some(({ nonce }) => nonce === entry.nonce)) tellPrivate(to)
    }
    entries = next
    changed()
  })
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
      if (recipient && recipient.id !== peer?.id) tellPrivate(recipient.username)
      return null
    },
    retry: nonce => recado.outbox.retry(nonce),
    discard: nonce => void recado.outbox.discard(nonce),

    open(person) {
      const key = ensureConversation(person)
      flush()
      return key
    },
    find(name) {
      const person = directory.byName(name)
      return person ? ensureConversation(person) : null
    },

    async loadEarlier(key) {
      const conversation = conversations.get(key)
      if (!conversation?.hasEarlier || conversation.loading === 'earlier') return
      update(key, { loading: 'earlier' })
      const own = loads
      const { peer } = conversation
      const before = conversation.messages[0]?.cursor ?? conversation.completeFrom
      try {
        const page = await readPage({ before, ...(peer ? { with: peer.username } : { scope: 'PUBLIC' }) })
        if (isClosed || own !== loads) return
        const { messages } = conversations.get(key) ?? conversation
        update(key, {
          messages: mergeMessages(
            messages,
            page.nodes.filter(message => conversationKey(message, me) === key),
          ),
          completeFrom: page.pageInfo.startCursor ?? before,
          hasEarlier: page.pageInfo.hasPreviousPage,
          loading: 'idle',
        })
      } catch (thrown) {
        if (!(thrown instanceof LoadFailure)) throw thrown
        if (!isClosed && own === loads) update(key, { loading: 'failed' })
      }
    },

    async loadOlderConversations() {
      if (!hasOlderConversations || loadingOlder || privateFrom === null) return
      loadingOlder = true
      const own = loads
      const before = privateFrom
      try {
        const page = await readPage({ scope: 'PRIVATE', before })
        if (isClosed || own !== loads) return
        // A conversation that was trimmed meanwhile begins after this page: merging would leave a hole in it.
        const fits = (message: Message) => {
          const conversation = conversations.get(conversationKey(message, me))
          return !conversation?.completeFrom || conversation.completeFrom <= before
        }
        absorb(page.nodes.filter(fits), null)
        privateFrom = page.pageInfo.startCursor ?? before
        hasOlderConversations = page.pageInfo.hasPreviousPage
        for (const conversation of conversations.values()) {
          const { key, peer, completeFrom } = conversation
          if (!peer || !completeFrom || completeFrom > before || completeFrom <= privateFrom) continue
          conversations.set(key, { ...conversation, completeFrom: privateFrom, hasEarlier: hasOlderConversations })
        }
      } catch (thrown) {
        if (!(thrown instanceof LoadFailure)) throw thrown
      } finally {
        loadingOlder = false
        changed()
      }
    },

    read(key) {
      const newest = conversations.get(key)?.messages.at(-1)
      const mark = marks?.of(key) ?? null
      if (!marks || !newest || (mark !== null && mark >= newest.cursor)) return
      marks.read(key, newest.cursor)
      changed()
    },
    hold(key) {
      held = key
    },
    dismiss(noticeId) {
      notices = notices.filter(notice => notice.id !== noticeId)
      changed()
    },
    drop: () => recado.drop(),
    reload: () => void load(),
    async close() {
      isClosed = true
      for (const timer of [frame, reloadTimer, recoveredTimer]) if (timer !== null) clearTimeout(timer)
      for (const end of [endFeed, endMarks, endState, endPresence, endOutbox]) end?.()
      removeEventListener('offline', dropWhenOffline)
      await recado.close()
    },
  }
}

type NewNotice = Notice extends infer Each ? (Each extends Notice ? Omit<Each, 'id'> : never) : never

class LoadFailure extends Error {
  readonly code: string
  constructor(code: string) {
    super(`The messages could not be loaded: ${code}`)
    this.code = code
  }
}

function samePending(before: readonly Pending[] | undefined, now: readonly Pending[]): readonly Pending[] {
  if (!before || before.length !== now.length) return now
  const isSame = now.every((pending, index) => {
    const old = before[index]
    return old !== undefined && isShallowEqual(old, pending)
  })
  return isSame ? before : now
}

function isShallowEqual<T extends object>(a: T, b: T): boolean {
  const keys = Object.keys(b) as (keyof T)[]
  return keys.length === Object.keys(a).length && keys.every(key => Object.is(a[key], b[key]))
}

/** The newest first; those without a message yet before all others, for they were just opened. */
function compareLatest(a: ConversationView, b: ConversationView): number {
  const latest = ({ messages, pending }: ConversationView) =>
    pending.length > 0 || messages.length === 0 ? '~' : (messages.at(-1)?.cursor ?? '')
  return latest(a) < latest(b) ? 1 : latest(a) > latest(b) ? -1 : 0
}
