// The engine itself: the library's connection, feed and outbox, the account's conversations and how far they are read,
// and the device's copy of them. Pages, the feed and the copy come in; news goes out to whoever listens, in order. Runs
// in the shared worker or in a tab: nothing in here knows the page.
import { createChanges } from '../../core/changes.ts'
import { SessionsDocument, SetTypingDocument } from '../../core/generated/graphql.ts'
import { createIndexedDbChangeStorage } from '../../core/indexed-db-storage.ts'
import { createParts } from '../../core/recado-parts.ts'
import type { FeedEvent, FeedReset, Message, User } from '../../core/types.ts'
import { createAsker } from '../model/asker.ts'
import { type Conversation, type ConversationKey, conversationKey, isFor, type Person } from '../model/conversation.ts'
import { createConversations, pageBefore } from '../model/conversations.ts'
import type { Device } from '../model/device.ts'
import { createPageReader, type ListedConversation, ReadFailure, type ServerInfo } from '../model/page-reader.ts'
import { createAttending } from './attending.ts'
import type { Copy, CopyStore } from './copy-store.ts'
import { createCopyWriter } from './copy-writer.ts'
import type { Engine, EngineNews, EngineStatus, MessageNews } from './engine.ts'
import { createMarks } from './marks.ts'
import { begunWith, personOf } from './newest-pages.ts'
import { createReadTeller } from './read-teller.ts'
import { createTypingNow } from './typing-now.ts'

export interface LocalEngineOptions {
  readonly me: Person
  /** Of GraphQL. */
  readonly url: string
  /** Of a session of this tab's own; null: the cookie's. */
  readonly token: string | null
  /** Null: nothing is kept on this device. */
  readonly copy: CopyStore | null
  /** After missing more than so many, the newest pages are read instead: less work than catching up. Default 5,000. */
  readonly longestReplay?: number
}

export interface LocalEngine extends Omit<Engine, 'listen'> {
  /** Everything there is, at once; then what changes. @returns what ends it */
  join(listener: (news: EngineNews) => void): () => void
  /** There may be no later: writes and tells what it otherwise would a little later. */
  settle(): void
}

const FRAME_MS = 16
const RELOAD_MS = 3_000
/** Messages of each conversation that are kept here. */
const KEPT_MESSAGES = 200
/** Of these, how many a page gets at once; it asks for the others. */
const SHOWN_MESSAGES = 80
const PAGE = 50
const LONGEST_REPLAY = 5_000
/** A copy that can't be read by then is done without. */
const COPY_MS = 3_000

export function createLocalEngine(options: LocalEngineOptions): LocalEngine {
  const { me, url, token, copy, longestReplay = LONGEST_REPLAY } = options
  const { recado, http } = createParts({ url, account: me.id, ...(token === null ? {} : { token }) })
  const client = createAsker(() => http)
  const reader = createPageReader(client, me)
  const conversations = createConversations({ me, learn: () => {}, limit: KEPT_MESSAGES })
  const marks = createMarks(me, key => ({
    messages: conversations.tailOf(key),
    isWhole: conversations.get(key)?.hasEarlier === false,
  }))
  const writer = createCopyWriter(copy, () => {
    flush()
    const cursor = recado.feed.cursor
    // While skipping, the feed's cursor runs ahead of what is here.
    if (cursor === null || phase !== 'ready' || isSkipping) return null
    return { cursor, textLimit, hasOlder, all: conversations.all(), markOf: marks.kept }
  })
  const changes = createChanges(recado, {
    account: me.id,
    url,
    ...(typeof indexedDB === 'undefined' ? {} : { storage: createIndexedDbChangeStorage() }),
    // What was asked for is shown until the feed brings it, and it may be long before that catches up.
    onDone(message) {
      queue.push({ message, happening: 'changed', isLive: false })
      flush()
    },
  })
  const typing = createTypingNow(me, () => tell({ type: 'typing', typing: typing.list() }))
  const teller = createReadTeller(client, key => marks.kept(key).readUpTo)
  const attending = createAttending({
    recado,
    onPresence: hearPresence,
    onRead(positions) {
      const moved = positions
        .map(({ with: peer, cursor }) => [peer ? (`with:${peer.id}` as const) : 'everyone', cursor] as const)
        .filter(([key, cursor]) => marks.read(key, cursor))
        .map(([key]) => key)
      tellMarks(moved)
      writer.changed(moved)
    },
    onDevices: hearDevices,
    onTyping(list) {
      for (const { from, private: isPrivate } of list) typing.told(personOf(from), isPrivate)
    },
    ask: askWhatElse,
  })
  const listeners = new Set<(news: EngineNews) => void>()
  let phase: EngineStatus['phase'] = 'loading'
  let failure: string | null = null
  let trouble: string | null = null
  let isFromCopy = false
  let isUnplugged = false
  let textLimit: number | null = null
  let retention: EngineStatus['retention'] = null
  let hasOlder = false
  let status = statusNow()
  let online: readonly User[] = []
  /** When people were last there, by account. Of those who are online it is of no interest. */
  const seenAtById = new Map<string, string>()
  /** Null: not heard of yet. */
  let devices: readonly Device[] | null = null
  /** What came since the last frame. */
  let queue: MessageNews[] = []
  let frame: ReturnType<typeof setTimeout> | null = null
  /** Counts loads: an answer to an earlier one is of no use any more. */
  let loads = 0
  let reloadTimer: ReturnType<typeof setTimeout> | undefined
  /** Events replayed since the feed was last live. */
  let replaying = 0
  /** So far behind that pages are read instead: what the feed still brings is in them. */
  let isSkipping = false
  let endFeed: (() => void) | null = null
  let isOver = false
  /** The session is over: told once, whoever finds out first. */
  let hasEnded = false
  let isListing = false

  function tell(news: EngineNews): void {
    for (const listener of [...listeners]) listener(news)
  }

  function statusNow(): EngineStatus {
    return {
      phase,
      failure,
      connection: recado.state,
      trouble,
      isFromCopy,
      isUnplugged,
      repeated: recado.feed.repeated,
      textLimit,
      retention,
      hasOlderConversations: hasOlder,
    }
  }

  function tellStatus(): void {
    const next = statusNow()
    const keys = Object.keys(next) as (keyof EngineStatus)[]
    if (keys.every(key => next[key] === status[key])) return
    status = next
    tell({ type: 'status', status })
  }

  function tellMarks(keys: Iterable<ConversationKey>): void {
    const list = [...keys].map(key => [key, marks.of(key)] as const)
    if (list.length > 0) tell({ type: 'marks', marks: list })
  }

  function everything(): EngineNews {
    const all = conversations.all()
    return {
      type: 'conversations',
      conversations: all.map(forPage),
      marks: all.map(({ key }) => [key, marks.of(key)] as const),
    }
  }

  // ---- opening and reading pages

  async function open(): Promise<void> {
    const kept = await Promise.race([copy?.load() ?? null, new Promise<null>(r => setTimeout(r, COPY_MS, null))])
    if (isOver) return
    if (kept) restore(kept)
    else await load()
  }

  function restore({ cursor, conversations: list, ...kept }: Copy): void {
    conversations.begin(list.map(row => ({ ...row, hasLater: false, loading: 'idle' })))
    for (const { key, mark } of list) marks.restore(key, mark)
    writer.restored(list.map(({ key }) => key))
    textLimit = kept.textLimit
    hasOlder = kept.hasOlder
    isFromCopy = true
    phase = 'ready'
    tell(everything())
    tellStatus()
    endFeed = recado.feed.subscribe(hear, cursor)
  }

  /** Reads the newest pages; the feed then starts from the end of the first one, so nothing is missed between. */
  async function load(): Promise<void> {
    const own = ++loads
    clearTimeout(reloadTimer)
    try {
      const newest = await reader.readMessages({ limit: 1 })
      const [server, listed, inPublic, inPrivate] = await Promise.all([
        reader.readServer(),
        reader.readConversations(null),
        reader.readMessages({ scope: 'PUBLIC' }),
        reader.readMessages({ scope: 'PRIVATE' }),
      ])
      if (isOver || own !== loads) return
      takeServer(server)
      hasOlder = listed.hasOlder
      conversations.begin(begunWith(inPublic, inPrivate, me))
      takeList(listed.list)
      phase = 'ready'
      failure = null
      isFromCopy = false
      writer.anew()
      tell(everything())
      const begin = newest.pageInfo.endCursor
      if (!endFeed) endFeed = recado.feed.subscribe(hear, begin ?? undefined)
      else if (isSkipping) {
        isSkipping = false
        recado.feed.skipTo(begin)
      }
    } catch (thrown) {
      if (!(thrown instanceof ReadFailure)) throw thrown
      if (isOver || own !== loads) return
      if (thrown.code === 'UNAUTHENTICATED') return end()
      failure = thrown.code
      // While catching up there is still something to be seen.
      if (!isSkipping) phase = 'failed'
      reloadTimer = setTimeout(load, RELOAD_MS)
    }
    tellStatus()
  }

  function takeServer({ limits }: ServerInfo): void {
    textLimit = limits.textCodePoints || null
    const { retainedDays: days, retainedMessages: messages } = limits
    const isSame = retention?.days === days && retention.messages === messages
    if (!isSame) retention = days > 0 || messages > 0 ? { days, messages } : null
    tellStatus()
  }

  /** The list as of one moment: conversations not known yet, and how much is unread in each. */
  function takeList(list: readonly ListedConversation[]): readonly ConversationKey[] {
    tellSeen(list.map(listed => listed.with ?? null))
    return list.map(({ with: peer, latest, readUpTo, unread }) => {
      const own = latest && isFor(latest, me) ? latest : null
      const key = conversations.listed(peer && personOf(peer), own, Boolean(peer?.deletedAt))
      marks.counted(key, { readUpTo, unread, latest: latest?.cursor ?? null })
      const { readUpTo: mark } = marks.kept(key)
      if (mark !== null && (readUpTo === null || mark > readUpTo)) teller.add(key)
      return key
    })
  }

  /** What a page or a copy could not know: what is unread by now, and conversations that are new. */
  async function refresh(): Promise<void> {
    const own = loads
    try {
      const { list } = await reader.readConversations(null)
      if (isOver || own !== loads || phase !== 'ready') return
      // It is there: the list's length goes by it.
      takeServer(await reader.readServer())
      const keys = takeList(list)
      tellListed(list)
      tellMarks(keys)
      writer.changed(keys)
    } catch (thrown) {
      if (!(thrown instanceof ReadFailure)) throw thrown
      // The next time it has caught up will do.
    }
  }

  function tellListed(list: readonly ListedConversation[]): void {
    tell({
      type: 'listed',
      list: list.map(({ with: peer, latest }) => ({
        peer: peer && personOf(peer),
        latest: latest && isFor(latest, me) ? latest : null,
        isGone: Boolean(peer?.deletedAt),
      })),
    })
  }

  // ---- the feed

  function hear(event: FeedEvent): void {
    switch (event.__typename) {
      case 'MessageAdded':
        return take(event.message, 'added')
      case 'MessageEdited':
      case 'MessageDeleted':
        return take(event.message, 'changed')
      case 'CaughtUp':
        if (isSkipping) return
        flush()
        replaying = 0
        isFromCopy = false
        tellStatus()
        tell({ type: 'caught-up', replayed: event.replayed })
        writer.changed([])
        void refresh()
        return
      case 'Reset':
        reset(event)
    }
  }

  function take(message: Message, happening: MessageNews['happening']): void {
    if (isSkipping || !isFor(message, me)) return
    const isLive = recado.state === 'live'
    if (!isLive && ++replaying > longestReplay) {
      isSkipping = true
      queue = []
      void load()
      return
    }
    queue.push({ message, happening, isLive })
    frame ??= setTimeout(flush, FRAME_MS)
  }

  /** Another history, or one that was trimmed: nothing that is kept here can be trusted. */
  function reset({ code }: FeedReset): void {
    queue = []
    phase = 'loading'
    isFromCopy = false
    isSkipping = false
    marks.forget()
    teller.forget()
    writer.clear()
    tell({ type: 'reset', code })
    tellStatus()
    void load()
  }

  function flush(): void {
    if (frame !== null) clearTimeout(frame)
    frame = null
    if (isOver || phase !== 'ready' || queue.length === 0) return
    const news = queue
    queue = []
    const before = new Map<string, Message>()
    for (const { message, happening } of news) {
      if (happening === 'added') typing.said(message)
      else {
        const was = conversations.tailOf(conversationKey(message, me)).find(({ id }) => id === message.id)
        if (was) before.set(was.id, was)
      }
    }
    const changed = new Set<ConversationKey>()
    // In the log's order, in runs of one kind: a message may be added and changed in one frame.
    for (let from = 0; from < news.length; ) {
      const { happening } = news[from] as MessageNews
      let to = from
      while (to < news.length && news[to]?.happening === happening) to++
      const run = news.slice(from, to).map(({ message }) => message)
      for (const key of conversations.absorb(run, happening)) changed.add(key)
      from = to
    }
    const messagesByKey = Map.groupBy(
      news.map(({ message }) => message),
      message => conversationKey(message, me),
    )
    for (const [key, messages] of messagesByKey) marks.happened(key, messages, before)
    tell({ type: 'messages', news })
    tellMarks(messagesByKey.keys())
    writer.changed(changed)
    tellStatus()
  }

  // ---- what is not in the log

  function read(key: ConversationKey, cursor: string): void {
    if (!marks.read(key, cursor)) return
    teller.add(key)
    tellMarks([key])
    writer.changed([key])
  }

  function hearPresence(users: readonly User[], gone: readonly User[] = []): void {
    online = users
    tellSeen(gone)
    tell({ type: 'presence', online })
  }

  function tellSeen(people: readonly (Pick<User, 'id' | 'lastSeenAt'> | null)[]): void {
    const seen = people.flatMap(person => (person?.lastSeenAt ? [[person.id, person.lastSeenAt] as const] : []))
    for (const [id, at] of seen) seenAtById.set(id, at)
    if (seen.length > 0) tell({ type: 'seen', seen })
  }

  function hearDevices(next: readonly Device[]): void {
    devices = next
    tell({ type: 'devices', devices })
  }

  async function askWhatElse(): Promise<void> {
    try {
      hearPresence((await reader.readUsers(null, true)).nodes)
    } catch (thrown) {
      if (!(thrown instanceof ReadFailure)) throw thrown
    }
    const { data } = await client.ask(SessionsDocument, {})
    if (data && !isOver) hearDevices(data.sessions)
    await refresh()
  }

  // ---- beginning and end

  function end(): void {
    if (hasEnded || isOver) return
    hasEnded = true
    const unsent = recado.outbox.entries.filter(entry => entry.state !== 'refused').length
    erase()
    tell({ type: 'ended', unsent })
  }

  function erase(): void {
    writer.stop()
    void copy?.erase()
  }

  const endState = recado.onState((state, reason) => {
    trouble = reason?.code ?? null
    if (state === 'closed' && trouble === 'UNAUTHENTICATED') return end()
    if (state !== 'live') replaying = 0
    attending.attend()
    tellStatus()
  })
  const endOutbox = recado.outbox.onChange(entries => tell({ type: 'outbox', entries }))
  const endChanges = changes.onChange(entries => tell({ type: 'changes', changes: entries }))
  void open()

  return {
    client,

    join(listener) {
      flush()
      listener({ type: 'status', status: statusNow() })
      listener({ type: 'outbox', entries: recado.outbox.entries })
      listener({ type: 'changes', changes: changes.entries })
      listener({ type: 'presence', online })
      listener({ type: 'seen', seen: [...seenAtById] })
      if (devices) listener({ type: 'devices', devices })
      if (phase === 'ready') listener(everything())
      listener({ type: 'typing', typing: typing.list() })
      listeners.add(listener)
      return () => listeners.delete(listener)
    },

    say(text, to, replyTo, nonce) {
      const options = { replyTo, nonce }
      const sending =
        to === undefined
          ? recado.say(text, options)
          : to === null
            ? recado.sendPublic(text, options)
            : recado.sendTo(to, text, options)
      sending.then(
        // The acknowledgement may come before the feed brings it.
        message => {
          if (isOver) return
          queue.push({ message, happening: 'added', isLive: false })
          flush()
        },
        (error: { code: string }) => {
          if (error.code === 'OUTBOX_FULL') tell({ type: 'unkept', code: error.code, text })
        },
      )
    },
    retry: nonce => recado.outbox.retry(nonce),
    discard: nonce => void recado.outbox.discard(nonce),
    change: changes.ask,
    discardChange: changes.discard,
    read,
    typing: to => void client.ask(SetTypingDocument, { to }),

    async readEarlier(key, before) {
      const there = conversations.get(key)
      const kept = there && before !== null ? pageBefore(there, before, PAGE) : null
      if (kept) return kept
      const own = loads
      const page = await reader.readPage(key, { before })
      if (own === loads && there && there.messages.length < KEPT_MESSAGES) {
        const first = conversations.get(key)?.completeFrom ?? null
        if (first === before) {
          conversations.addEarlier(key, before, page)
          writer.changed([key])
        }
      }
      return page
    },

    loadOlderConversations() {
      const cursors = conversations.all().flatMap(({ peer, messages }) => (peer ? (messages.at(-1)?.cursor ?? []) : []))
      const oldest = cursors.reduce((a, b) => (a < b ? a : b), cursors[0] ?? '')
      if (isListing || oldest === '') return
      isListing = true
      reader
        .readConversations(oldest)
        .then(({ list, hasOlder: more }) => {
          hasOlder = more
          const keys = takeList(list)
          tellListed(list)
          tellMarks(keys)
        })
        .catch(thrown => {
          // The button is still there.
          if (!(thrown instanceof ReadFailure)) throw thrown
        })
        .finally(() => {
          isListing = false
          tellStatus()
        })
    },

    drop: () => recado.drop(),
    unplug() {
      isUnplugged = true
      recado.unplug()
      tellStatus()
    },
    plug() {
      isUnplugged = false
      recado.plug()
      tellStatus()
    },
    wake: () => recado.wake(),
    reload: () => void load(),
    erase,
    settle() {
      writer.writeNow()
      teller.tellNow()
    },

    async close() {
      if (isOver) return
      const written = writer.close()
      isOver = true
      if (frame !== null) clearTimeout(frame)
      clearTimeout(reloadTimer)
      teller.forget()
      listeners.clear()
      typing.close()
      for (const stop of [endFeed, endState, endOutbox, endChanges, attending.end]) stop?.()
      await Promise.all([changes.close(), recado.close()])
      await written
      copy?.close()
    },
  }
}

/** A page gets the newest of what is kept here, and asks for the rest. */
function forPage(conversation: Conversation): Conversation {
  if (conversation.messages.length <= SHOWN_MESSAGES) return conversation
  const messages = conversation.messages.slice(-SHOWN_MESSAGES)
  return { ...conversation, messages, completeFrom: messages[0]?.cursor ?? null, hasEarlier: true }
}
