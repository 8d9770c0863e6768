// The engine itself: the library's connection, feed and outbox, the account's conversations and how far they are read,
// and the device's copy of them. Pages, the feed and the copy come in; news goes out to whoever listens, in order: what
// the feed brings by way of incoming.ts, the list by listing.ts, who is there by presence-now.ts. Runs in the shared
// worker or in a tab: nothing in here knows the page.
import { createChanges } from '../../core/changes.ts'
import { SessionsDocument, SetTypingDocument } from '../../core/generated/graphql.ts'
import { createIndexedDbChangeStorage } from '../../core/indexed-db-storage.ts'
import { createParts } from '../../core/recado-parts.ts'
import type { FeedEvent, FeedReset, Message } from '../../core/types.ts'
import { createAsker } from '../model/asker.ts'
import { type Conversation, type ConversationKey, isFor, type Person } from '../model/conversation.ts'
import { createConversations, pageBefore } from '../model/conversations.ts'
import { createPageReader, ReadFailure, type ServerInfo } from '../model/page-reader.ts'
import { createAttending } from './attending.ts'
import type { Copy, CopyStore } from './copy-store.ts'
import { createCopyWriter } from './copy-writer.ts'
import type { Engine, EngineNews, EngineStatus, MessageNews } from './engine.ts'
import { createIncoming } from './incoming.ts'
import { createListing } from './listing.ts'
import { createMarks } from './marks.ts'
import { begunWith, personOf } from './newest-pages.ts'
import { createPresenceNow } from './presence-now.ts'
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
    incoming.flush()
    const cursor = recado.feed.cursor
    // While skipping, the feed's cursor runs ahead of what is here.
    if (cursor === null || phase !== 'ready' || isSkipping) return null
    return { cursor, textLimit, hasOlder: listing.hasOlder, all: conversations.all(), markOf: marks.kept }
  })
  const changes = createChanges(recado, {
    account: me.id,
    url,
    ...(typeof indexedDB === 'undefined' ? {} : { storage: createIndexedDbChangeStorage() }),
    // What was asked for is shown until the feed brings it, and it may be long before that catches up.
    onDone: message => incoming.addNow(message, 'changed'),
  })
  const typing = createTypingNow(me, () => tell({ type: 'typing', typing: typing.list() }))
  const teller = createReadTeller(client, key => marks.kept(key).readUpTo)
  const presence = createPresenceNow(tell)
  const listing = createListing({
    me,
    reader,
    conversations,
    marks,
    teller,
    presence,
    tell,
    tellMarks,
    onLoaded: tellStatus,
  })
  const incoming = createIncoming({
    me,
    conversations,
    marks,
    typing,
    isReady: () => !isOver && phase === 'ready',
    onNews(news, spoken, changed) {
      tell({ type: 'messages', news })
      tellMarks(spoken)
      writer.changed(changed)
      tellStatus()
    },
  })
  const attending = createAttending({
    recado,
    onPresence: presence.hearOnline,
    onRead(positions) {
      const moved = positions
        .map(({ with: peer, cursor }) => [peer ? (`with:${peer.id}` as const) : 'everyone', cursor] as const)
        .filter(([key, cursor]) => marks.read(key, cursor))
        .map(([key]) => key)
      tellMarks(moved)
      writer.changed(moved)
    },
    onDevices: presence.hearDevices,
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
  let status = statusNow()
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
      hasOlderConversations: listing.hasOlder,
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
    listing.begin(kept.hasOlder)
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
      listing.begin(listed.hasOlder)
      conversations.begin(begunWith(inPublic, inPrivate, me))
      listing.take(listed.list)
      phase = 'ready'
      failure = null
      isFromCopy = false
      writer.anew()
      tell(everything())
      // What came meanwhile, and is not in the pages.
      incoming.flush()
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

  /** What a page or a copy could not know: what is unread by now, and conversations that are new. */
  async function refresh(): Promise<void> {
    const own = loads
    try {
      const { list } = await reader.readConversations(null)
      if (isOver || own !== loads || phase !== 'ready') return
      // It is there: the list's length goes by it.
      takeServer(await reader.readServer())
      writer.changed(listing.hear(list))
    } catch (thrown) {
      if (!(thrown instanceof ReadFailure)) throw thrown
      // The next time it has caught up will do.
    }
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
        incoming.flush()
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
      incoming.clear()
      void load()
      return
    }
    incoming.add({ message, happening, isLive })
  }

  /** Another history, or one that was trimmed: nothing that is kept here can be trusted. */
  function reset({ code }: FeedReset): void {
    incoming.clear()
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

  // ---- what is not in the log

  function read(key: ConversationKey, cursor: string): void {
    if (!marks.read(key, cursor)) return
    teller.add(key)
    tellMarks([key])
    writer.changed([key])
  }

  async function askWhatElse(): Promise<void> {
    try {
      presence.hearOnline((await reader.readUsers(null, true)).nodes)
    } catch (thrown) {
      if (!(thrown instanceof ReadFailure)) throw thrown
    }
    const { data } = await client.ask(SessionsDocument, {})
    if (data && !isOver) presence.hearDevices(data.sessions)
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
      incoming.flush()
      listener({ type: 'status', status: statusNow() })
      listener({ type: 'outbox', entries: recado.outbox.entries })
      listener({ type: 'changes', changes: changes.entries })
      for (const news of presence.list()) listener(news)
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
        message => incoming.addNow(message, 'added'),
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

    loadOlderConversations: listing.loadOlder,

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
      incoming.clear()
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
