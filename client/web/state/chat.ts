// The chat of one account on this page. What the engine tells comes in, and what a person does; one view for React goes
// out, at most once a frame however fast messages come. Every message is in it once, in the log's order, whichever way it
// came.
import type { Message, Outgoing } from '../../core/types.ts'
import type { Engine, EngineNews, EngineStatus, MessageNews } from '../engine/engine.ts'
import type { Asker } from '../model/asker.ts'
import { type Conversation, type ConversationKey, isFor, type Person } from '../model/conversation.ts'
import { createConversations } from '../model/conversations.ts'
import type { Device } from '../model/device.ts'
import type { Failure } from '../model/failure.ts'
import { createPageReader, ReadFailure } from '../model/page-reader.ts'
import { createChangeAnswers } from './change-answers.ts'
import { type ChatView, type ReadState, type Recovery, viewConversations } from './chat-view.ts'
import { createCompany } from './company.ts'
import { createDirectory } from './directory.ts'
import type { Drafts } from './draft.ts'
import { createModerating, type Moderating } from './moderating.ts'
import { createNoticeBoard } from './notice-board.ts'
import { createOpened } from './opened.ts'
import { createPaging } from './paging.ts'
import { createOwnArrivals, destinationOf, placePending } from './pending.ts'
import { createQuoted } from './quoted.ts'
import { type ChangesById, createShownChanges } from './shown-changes.ts'
import { readTyped, type TypedText } from './typed-text.ts'

/** Why a text was not taken; it stays in the composer. */
export type SendProblem = Exclude<TypedText, { kind: 'plain' | 'private' }>

export interface SendOptions {
  /** The id of the message that it answers. */
  readonly replyTo?: string | undefined
}

export type SearchResult =
  | {
      readonly messages: readonly Message[]
      /** Pass it as `before` for the next page; null: there is none. */
      readonly before: string | null
    }
  | { readonly failure: Failure }

export interface Chat {
  readonly me: Person
  readonly client: Asker
  readonly moderating: Moderating
  /** Everybody this page has seen. */
  people(): readonly Person[]
  getView(): ChatView
  subscribe(listener: () => void): () => void
  /** New messages by others, as they come; what a page or a replay brings is not among them. */
  onArrival(listener: (messages: readonly Message[]) => void): () => void
  /** @returns null when it was taken */
  send(key: ConversationKey, text: string, options?: SendOptions): SendProblem | null
  /**
   * Changes the text of one's own message. Without a connection it is kept, and shown as waiting.
   *
   * @returns null when it is done or kept
   */
  edit(messageId: string, text: string): Promise<Failure | null>
  /** Deletes one's own message for everybody, likewise. */
  remove(messageId: string): Promise<Failure | null>
  /** What was begun here and not sent; '': nothing. */
  draftOf(key: ConversationKey): string
  writeDraft(key: ConversationKey, text: string): void
  /** Takes a change back that waits or was refused. */
  discardChange(messageId: string): void
  /** Somebody writes here: call it at every key, others are told at most every two seconds. */
  typing(key: ConversationKey): void
  retry(nonce: string): void
  discard(nonce: string): void
  /** The conversation with whoever has this name, made if there is none yet; null: nobody seen so far has it. */
  find(name: string): ConversationKey | null
  /** As `find`, after asking the server who there is. */
  lookUp(name: string): Promise<ConversationKey | null>
  /** Learns who there is, at most once a minute. */
  loadPeople(): Promise<void>
  loadEarlier(key: ConversationKey): Promise<void>
  /** In a window further up: what comes after it. Once it reaches the newest, they are one again. */
  loadLater(key: ConversationKey): Promise<void>
  /** Leaves a window further up for the newest messages. */
  toNewest(key: ConversationKey): void
  /**
   * Makes `messages` a window around this place: a quoted message, a hit of a search. Does nothing where it is loaded
   * already. @returns whether it is there now
   */
  loadAround(key: ConversationKey, cursor: string): Promise<boolean>
  /** Makes `messages` reach back to the first unread one. @returns its id; null: it could not be loaded */
  loadUnread(key: ConversationKey): Promise<string | null>
  /** One message, wherever it is: to quote it. Null: deleted, none, or not for this account. */
  lookUpMessage(id: string): Promise<Message | null>
  /** The same, where it is known already; undefined: it is not. */
  peekMessage(id: string): Message | null | undefined
  /** Newest hits first in pages, oldest first in each. Without a key: in all conversations. */
  search(text: string, key?: ConversationKey, before?: string): Promise<SearchResult>
  /** This conversation is on the screen from now on; null: none is. Freezes `firstUnread`. */
  open(key: ConversationKey | null): void
  loadOlderConversations(): void
  /** Somebody looks at the end of this conversation. */
  read(key: ConversationKey): void
  /** Somebody reads further up in this conversation: more of it is kept meanwhile. Null: nobody does. */
  hold(key: ConversationKey | null): void
  dismiss(noticeId: number): void
  drop(): void
  /** Holds the connection down until `plug`, for demonstrations. */
  unplug(): void
  plug(): void
  reload(): void
  close(): Promise<void>
}

export interface ChatOptions {
  readonly me: Person
  readonly engine: Engine
  readonly drafts: Drafts
  /** The session is over: enter again. With how many messages wait in the outbox. */
  readonly onEnded: (unsent: number) => void
}

const FRAME_MS = 16
const RECOVERED_SHOWN_MS = 10_000
/** The server does nothing more often than that. */
const TYPING_EVERY_MS = 2_000
/** Applies where a server has no limit of its own. */
const LONGEST_TEXT = 1_000_000

const NOBODY: ReadonlySet<string> = new Set()
const NOT_HEARD: EngineStatus = {
  phase: 'loading',
  failure: null,
  connection: 'idle',
  trouble: null,
  isFromCopy: false,
  isUnplugged: false,
  repeated: 0,
  textLimit: null,
  retention: null,
  hasOlderConversations: false,
}

export function createChat({ me, engine, drafts, onEnded }: ChatOptions): Chat {
  const reader = createPageReader(engine.client, me)
  const directory = createDirectory()
  const conversations = createConversations({ me, learn: directory.learn })
  const paging = createPaging({ conversations, reader, readEarlier: engine.readEarlier, onChange: changed })
  const quoted = createQuoted(reader)
  const ownArrivals = createOwnArrivals(me)
  const shownChanges = createShownChanges()
  const changeAnswers = createChangeAnswers(engine.discardChange)
  const board = createNoticeBoard(changed)
  const moderating = createModerating(engine.client, changed)
  const closing = new AbortController()
  const { signal } = closing
  const company = createCompany({ me, directory, reader, onChange: changed, signal })
  const opened = createOpened({
    me,
    conversations,
    paging,
    markOf: key => marksByKey.get(key),
    getStatus: () => status,
    read: engine.read,
  })
  const listeners = new Set<() => void>()
  const arrivalListeners = new Set<(messages: readonly Message[]) => void>()
  let status = NOT_HEARD
  let marksByKey: ReadonlyMap<ConversationKey, ReadState> = new Map()
  let typingByKey: ReadonlyMap<ConversationKey, readonly Person[]> = new Map()
  let entries: readonly Outgoing[] = []
  let changesById: ChangesById = new Map()
  let recovered: Recovery | null = null
  let devices: readonly Device[] | null = null
  /** What the engine had dropped as repeated when the connection was lost. */
  let repeatedBefore = 0
  /** It was live once; and it was lost since: the next time it has caught up tells what was missed. */
  let wasLive = false
  let wasLost = false
  /** On purpose. */
  let wasUnplugged = false
  let typedAt = Number.NEGATIVE_INFINITY
  let isClosed = false
  let frame: ReturnType<typeof setTimeout> | null = null
  let recoveredTimer: ReturnType<typeof setTimeout> | undefined

  directory.learn(me, Date.now())
  placeDrafts()
  let view = makeView()

  function makeView(before: ChatView | null = null): ChatView {
    const { phase, failure, connection, trouble, isFromCopy, isUnplugged, repeated } = status
    const isPresenceKnown = connection === 'live' || connection === 'behind'
    const onlineIds = isPresenceKnown ? company.onlineIds : NOBODY
    const views = viewConversations(
      conversations.all().map(withChanges),
      {
        directory,
        onlineIds,
        pendingByKey: placePending(entries, ownArrivals.list, directory),
        marksByKey,
        typingByKey: withoutBlocked(typingByKey, moderating.rights().blocked),
        open: opened.get(),
        draftOf,
        latestOf(key) {
          const latest = conversations.tailOf(key).at(-1)
          return latest ? shownChanges.inMessage(latest, changesById) : null
        },
      },
      before?.conversations ?? [],
    )
    return {
      phase,
      failure,
      // Without the feed a socket alone is not yet live for anybody.
      connection: connection === 'live' && phase !== 'ready' ? 'behind' : connection,
      isFromCopy,
      isUnplugged,
      trouble,
      recovered,
      devices,
      rights: moderating.rights(),
      seenAtById: company.seenAtById,
      repeated,
      conversations: views,
      hasOlderConversations: status.hasOlderConversations,
      online: company.online,
      onlineIds,
      isPresenceKnown,
      unread: views.reduce((sum, { unread }) => sum + unread, 0),
      unreadToMe: views.reduce((sum, { peer, unread, mentioned }) => sum + (peer ? unread : mentioned), 0),
      changesById,
      waiting: entries.filter(entry => entry.state !== 'refused').length,
      notices: board.notices,
      textLimit: status.textLimit ?? LONGEST_TEXT,
      retention: status.retention,
    }
  }

  function withChanges(conversation: Conversation): Conversation {
    const messages = shownChanges.inList(conversation.messages, changesById)
    return messages === conversation.messages ? conversation : { ...conversation, messages }
  }

  function changed(): void {
    if (!isClosed) frame ??= setTimeout(flush, FRAME_MS)
  }

  function flush(): void {
    if (frame !== null) clearTimeout(frame)
    frame = null
    if (isClosed) return
    opened.place()
    view = makeView(view)
    for (const listener of listeners) listener()
  }

  // ---- what the engine tells

  function hear(news: EngineNews): void {
    if (isClosed) return
    switch (news.type) {
      case 'status':
        return hearStatus(news.status)
      case 'conversations':
        paging.forget()
        quoted.forget()
        conversations.begin(news.conversations)
        ownArrivals.add(
          news.conversations.flatMap(({ messages }) => messages),
          null,
        )
        marksByKey = new Map(news.marks)
        placeDrafts()
        return flush()
      case 'listed':
        for (const { peer, latest, isGone } of news.list) conversations.listed(peer, latest, isGone)
        return changed()
      case 'messages':
        return hearMessages(news.news)
      case 'marks':
        marksByKey = new Map([...marksByKey, ...news.marks])
        return changed()
      case 'caught-up':
        if (wasLost && news.replayed > 0) showRecovered(news.replayed)
        wasLost = false
        wasUnplugged = false
        wasLive = true
        void moderating.load()
        opened.caughtUp()
        return flush()
      case 'reset':
        ownArrivals.forget()
        board.post({ kind: 'reset', code: news.code })
        return flush()
      case 'presence':
        return company.hearOnline(news.online)
      case 'seen':
        return company.hearSeen(news.seen)
      case 'devices':
        devices = news.devices
        return changed()
      case 'typing':
        typingByKey = new Map(news.typing)
        return changed()
      case 'outbox':
        return hearOutbox(news.entries)
      case 'changes':
        changesById = new Map(news.changes.map(change => [change.messageId, change]))
        tellOfChanges()
        return flush()
      case 'unkept':
        return board.post({ kind: 'unkept', code: news.code, text: news.text })
      case 'ended':
        return onEnded(news.unsent)
    }
  }

  function hearStatus(next: EngineStatus): void {
    if (next.connection === 'offline' && wasLive) {
      if (!wasLost) repeatedBefore = status.repeated
      wasLost = true
      wasUnplugged ||= next.isUnplugged
      recovered = null
    }
    if (next.connection === 'live' && next.phase === 'ready' && !next.isFromCopy) wasLive = true
    status = next
    tellOfChanges()
    changed()
  }

  function tellOfChanges(): void {
    changeAnswers.heard(changesById, status.connection === 'live' || status.connection === 'behind')
  }

  function hearMessages(news: readonly MessageNews[]): void {
    absorb(news)
    const arrived = news.filter(
      ({ message, happening, isLive }) => isLive && happening === 'added' && message.from.id !== me.id,
    )
    changed()
    // Of those whom one has blocked nothing is worth a sound.
    const { blocked } = moderating.rights()
    const wanted = arrived.map(({ message }) => message).filter(({ from }) => !blocked.has(from.id))
    if (wanted.length > 0) for (const listener of arrivalListeners) listener(wanted)
  }

  function absorb(news: readonly Pick<MessageNews, 'message' | 'happening'>[]): void {
    for (const happening of ['added', 'changed'] as const) {
      const messages = news.filter(each => each.happening === happening).map(({ message }) => message)
      if (messages.length === 0) continue
      conversations.absorb(messages, happening)
      if (happening === 'added') ownArrivals.add(messages, Date.now())
      else quoted.changed(messages)
    }
  }

  function showRecovered(count: number): void {
    const repeated = Math.max(0, status.repeated - repeatedBefore)
    recovered = { count, repeated: repeated > 0 || wasUnplugged ? repeated : null }
    clearTimeout(recoveredTimer)
    recoveredTimer = setTimeout(() => {
      recovered = null
      changed()
    }, RECOVERED_SHOWN_MS)
  }

  function hearOutbox(next: readonly Outgoing[]): void {
    const left = new Set(next.map(entry => entry.nonce))
    const inPublic = view.conversations.find(({ peer }) => peer === null)?.pending ?? []
    for (const entry of entries) {
      if (left.has(entry.nonce) || entry.state !== 'sending') continue
      // It stood among what goes to everyone, for its recipient was unknown: say where it has gone.
      const { to, text } = destinationOf(entry)
      if (to === null || !inPublic.some(({ nonce }) => nonce === entry.nonce)) continue
      board.post({ kind: 'private', name: to, text })
    }
    entries = next
    changed()
  }

  // ---- people and single messages

  function find(name: string): ConversationKey | null {
    const person = directory.byName(name)
    if (!person) return null
    const key = conversations.ensure(person)
    changed()
    return key
  }

  function peekMessage(id: string): Message | null | undefined {
    for (const { key, messages } of conversations.all()) {
      const found =
        messages.find(message => message.id === id) ?? conversations.tailOf(key).find(message => message.id === id)
      if (found) {
        const shown = shownChanges.inMessage(found, changesById)
        return shown.deletedAt ? null : shown
      }
    }
    return quoted.peek(id)
  }

  // ---- what is not sent yet

  function draftOf(key: ConversationKey): string {
    return drafts.byKey.get(key)?.text ?? ''
  }

  /** A conversation with a draft is in the list, also where nothing was ever said in it. */
  function placeDrafts(): void {
    for (const { peer, at } of drafts.byKey.values()) {
      if (!peer) continue
      directory.learn(peer, at)
      conversations.ensure(peer)
    }
  }

  function change(messageId: string, text: string | null): Promise<Failure | null> {
    const answer = changeAnswers.expect(messageId, changesById.get(messageId))
    engine.change(messageId, text)
    return answer
  }

  addEventListener('focus', opened.readIfSeen, { signal })
  document.addEventListener('visibilitychange', opened.readIfSeen, { signal })
  const endDrafts = drafts.onChange(() => {
    placeDrafts()
    changed()
  })
  engine.listen(hear)

  return {
    me,
    client: engine.client,
    moderating,
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

    send(key, text, { replyTo } = {}) {
      const conversation = conversations.get(key)
      if (!conversation) throw new Error(`There is no conversation ${key}`)
      const { peer } = conversation
      const typed = readTyped(text)
      if (typed.kind !== 'plain' && typed.kind !== 'private') return typed
      // In a private conversation nothing is ever left to be read as typed: it can't become public by a slip.
      if (peer === null) engine.say(text, undefined, replyTo)
      else engine.say(typed.text, typed.kind === 'private' ? typed.to : peer.username, replyTo)
      typedAt = Number.NEGATIVE_INFINITY
      const recipient = typed.kind === 'private' ? directory.byName(typed.to) : null
      if (recipient && recipient.id !== peer?.id) {
        board.post({ kind: 'private', name: recipient.username, text: typed.text })
      }
      return null
    },
    draftOf,
    writeDraft(key, text) {
      drafts.write(key, conversations.get(key)?.peer ?? null, text)
      // What is on the screen is not marked in the list: no need to draw all of the page at each key.
      if (opened.get()?.key !== key) changed()
    },
    edit: change,
    remove: id => change(id, null),
    discardChange: engine.discardChange,
    typing(key) {
      const peer = conversations.get(key)?.peer ?? null
      if (Date.now() - typedAt < TYPING_EVERY_MS || peer?.id === me.id) return
      typedAt = Date.now()
      engine.typing(peer?.username ?? null)
    },
    retry: engine.retry,
    discard: engine.discard,

    find,
    async lookUp(name) {
      if (directory.byName(name) === null) await company.load()
      return find(name)
    },
    loadPeople: company.load,

    loadEarlier: paging.loadEarlier,
    loadLater: paging.loadLater,
    loadAround: paging.loadAround,
    toNewest(key) {
      conversations.closeWindow(key)
      changed()
    },
    async loadUnread(key) {
      const id = await opened.loadUnread(key)
      changed()
      return id
    },
    peekMessage,
    async lookUpMessage(id) {
      const known = peekMessage(id)
      return known === undefined ? quoted.lookUp(id) : known
    },
    async search(text, key, before) {
      const peer = key === undefined ? null : (conversations.get(key)?.peer ?? null)
      const where = key === undefined ? {} : peer ? { with: peer.username } : { scope: 'PUBLIC' as const }
      try {
        const { nodes, pageInfo } = await reader.search({ text, before: before ?? null, ...where })
        const messages = nodes.filter(message => isFor(message, me))
        return { messages, before: pageInfo.hasPreviousPage ? pageInfo.startCursor : null }
      } catch (thrown) {
        if (!(thrown instanceof ReadFailure)) throw thrown
        return { failure: thrown }
      }
    },

    open(key) {
      if (opened.show(key)) flush()
    },
    read: opened.read,
    hold(key) {
      if (key !== null) opened.read(null)
      conversations.hold(key)
    },
    loadOlderConversations: engine.loadOlderConversations,
    dismiss: board.dismiss,
    drop: engine.drop,
    unplug: engine.unplug,
    plug: engine.plug,
    reload: engine.reload,
    async close() {
      isClosed = true
      closing.abort()
      changeAnswers.close()
      endDrafts()
      if (frame !== null) clearTimeout(frame)
      clearTimeout(recoveredTimer)
      await engine.close()
    },
  }
}

/** Nobody is shown to write whom one has blocked. */
function withoutBlocked(
  typingByKey: ReadonlyMap<ConversationKey, readonly Person[]>,
  blocked: ReadonlySet<string>,
): ReadonlyMap<ConversationKey, readonly Person[]> {
  if (blocked.size === 0) return typingByKey
  return new Map([...typingByKey].map(([key, people]) => [key, people.filter(({ id }) => !blocked.has(id))]))
}
