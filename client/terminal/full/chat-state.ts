// The chat behind the screen: reads conversations and pages, follows the feed, presence, reading and typing, and sends.
// The screen shows what is in here and is told of each change; it never asks the server itself.
import { createBackoff } from '../../core/backoff.ts'
import { errorFromCombined, type RecadoError } from '../../core/errors.ts'
import {
  ConversationsDocument,
  EndSessionDocument,
  MarkReadDocument,
  MessagesDocument,
  OnReadPositionDocument,
  OnSessionsDocument,
  OnTypingDocument,
  SetTypingDocument,
  UsersDocument,
} from '../../core/generated/graphql.ts'
import { foldName } from '../../core/name.ts'
import type { ConnectionState, FeedEvent, Message, Outgoing, Recado } from '../../core/types.ts'
import { Failure } from '../command.ts'
import { harmlessLine, harmlessText } from '../harmless.ts'
import { tellRefused } from '../refused.ts'
import { sentenceOf } from '../session.ts'
import type { Texts } from '../texts.ts'
import { type Book, type Conversation, createBook, EVERYONE, isAfter, type Person } from './book.ts'
import { addresseeOf, allCommands } from './local-command.ts'
import { createPanel, type Panel } from './panel.ts'

const PAGE = 100
const CONVERSATIONS = 100
/** Names that Tab and `/msg` know beside those of the conversations. */
const DIRECTORY_PAGES = 5
const REFRESH_MS = 500
const MARK_READ_MS = 1_000
/** The longest wait after it could not be told again and again. */
const MARK_READ_AGAIN_MS = 30_000
const TYPING_EVERY_MS = 2_500
/** As the schema says: it holds for five seconds from when it was told. */
const TYPING_HOLDS_MS = 5_000
/** How long the status says that something was recovered. */
const RECOVERED_SHOWN_MS = 8_000

export interface ChatState {
  readonly me: Person
  readonly book: Book
  readonly panel: Panel
  readonly connection: ConnectionState
  /** How many came while the connection was away; null: nothing to tell. */
  readonly recovered: number | null
  readonly active: Conversation
  /** By id. */
  readonly online: ReadonlyMap<string, Person>
  /** What is under way to the conversation. */
  waiting(conversation: Conversation): readonly Outgoing[]
  readonly unreadElsewhere: number
  /** Who is writing in the active conversation. */
  readonly typing: readonly string[]
  /** Changes with everything that can be seen. */
  readonly version: number
  onChange(listener: () => void): () => void
  changed(): void

  /** The conversations, the latest first, then those without a message and who else is online, by name. */
  sidebar(): readonly Conversation[]
  show(key: string): void
  /** Everybody that is known: those one talks with, who is online, and the list of accounts once it is there. */
  people(): readonly Person[]
  /** The list of accounts, which is asked for once; null: it is there. */
  peopleComing(): Promise<void> | null
  find(name: string): Promise<Person | null>
  loadOlder(): Promise<void>
  /** What is shown has been seen: tells the account's other devices. */
  seen(): void
  /** Sends to the active conversation, or as typed. @param replyTo id of the message that it answers */
  send(text: string, asTyped: boolean, replyTo?: string): void
  /** Ends the sessions that have begun since this one did. @returns their names */
  endNewDevices(): Promise<readonly string[]>
  tellTyping(): void
  close(): void
}

/** @throws Failure when the server does not give the first page */
export async function openChat(recado: Recado, me: Person, texts: Texts): Promise<ChatState> {
  const { client, outbox } = recado
  const listeners = new Set<() => void>()
  const timers = new Set<ReturnType<typeof setTimeout>>()
  const stops: (() => void)[] = []
  let version = 0
  let closed = false
  const changed = (): void => {
    version += 1
    for (const listener of listeners) listener()
  }
  const book = createBook(me.id)
  const panel = createPanel(changed)
  let activeKey = EVERYONE
  let connection: ConnectionState = recado.state
  let recovered: number | null = null
  let lost = false
  let online: ReadonlyMap<string, Person> = new Map()
  let directory: readonly Person[] | null = null
  let typing: readonly {
    readonly id: string
    readonly name: string
    readonly private: boolean
    readonly at: number
  }[] = []
  let typingTold = 0
  /** Those that came since, and were told of. */
  let newDevices: readonly { readonly id: string; readonly device: string }[] = []

  function later(ms: number, work: () => void): void {
    const timer = setTimeout(() => {
      timers.delete(timer)
      work()
    }, ms)
    timers.add(timer)
  }

  const active = (): Conversation => book.get(activeKey) ?? book.open(null)

  /** Where a text was said; a command can be mended anywhere, since it says itself whom it is for. */
  function saidIn({ to }: Outgoing): Conversation | undefined {
    if (to === undefined) return active()
    return [...book.conversations.values()].find(conversation => isWith(conversation, to))
  }

  // The place in the log first: what comes while the rest is read is brought by the feed.
  const begin = await client.query(MessagesDocument, { limit: 1 }).toPromise()
  if (begin.error !== undefined) throw new Failure(sentenceOf(errorFromCombined(begin.error), texts))
  const since = begin.data?.messages.pageInfo.endCursor ?? undefined
  await refresh()
  open(activeKey)

  async function refresh(): Promise<void> {
    const { data } = await client.query(ConversationsDocument, { limit: CONVERSATIONS }).toPromise()
    // A server of before has none: everyone's is there all the same, and the others come with their messages.
    if (data) book.merge(data.conversations)
    changed()
  }

  let refreshing = false
  function refreshSoon(): void {
    if (refreshing) return
    refreshing = true
    later(REFRESH_MS, () => {
      refreshing = false
      void refresh()
    })
  }

  function open(key: string): void {
    const before = active()
    if (before.key !== key) before.newAfter = null
    activeKey = key
    const conversation = active()
    if (conversation.unread > 0 && conversation.newAfter === null) conversation.newAfter = conversation.readUpTo ?? ''
    if (conversation.phase === 'new') void load(conversation)
    changed()
  }

  async function load(conversation: Conversation, attempt = 0): Promise<void> {
    conversation.phase = 'loading'
    const page = await readPage(conversation, undefined)
    if (closed) return
    if (page === null) {
      later(Math.min(10_000, 500 * 2 ** attempt), () => void load(conversation, attempt + 1))
      return
    }
    book.addPage(conversation, page.nodes, page.pageInfo.hasPreviousPage)
    changed()
  }

  async function readPage(conversation: Conversation, before: string | undefined) {
    const whose = conversation.with === null ? { scope: 'PUBLIC' as const } : { withId: conversation.with.id }
    const { data } = await client.query(MessagesDocument, { ...whose, before: before ?? null, limit: PAGE }).toPromise()
    return data?.messages ?? null
  }

  let loadingOlder = false
  async function loadOlder(): Promise<void> {
    const conversation = active()
    const [oldest] = conversation.messages
    if (loadingOlder || !conversation.hasOlder || conversation.phase !== 'loaded' || oldest === undefined) return
    loadingOlder = true
    changed()
    try {
      const page = await readPage(conversation, oldest.cursor)
      if (page !== null && conversation.phase === 'loaded') {
        book.addPage(conversation, page.nodes, page.pageInfo.hasPreviousPage)
      }
    } finally {
      loadingOlder = false
      changed()
    }
  }

  function take(event: FeedEvent): void {
    if (event.__typename === 'Reset') {
      book.forget()
      toTell.clear()
      resets += 1
      panel.show(texts.chat.reset)
      void refresh()
      open(activeKey)
      return
    }
    if (event.__typename === 'CaughtUp') {
      if (lost) {
        lost = false
        const told = recovered ?? 0
        recovered = told
        later(RECOVERED_SHOWN_MS, () => {
          if (!lost) recovered = null
          changed()
        })
      }
      changed()
      return
    }
    const isAdded = event.__typename === 'MessageAdded'
    if (lost && isAdded) recovered = (recovered ?? 0) + 1
    typing = typing.filter(({ id }) => id !== event.message.from.id)
    const conversation = book.take(event.message, isAdded)
    if (conversation.anchor === null) book.trim(conversation)
    // A message that was not read and is gone counts no more.
    if (event.__typename === 'MessageDeleted' && conversation.unread > 0) refreshSoon()
    changed()
  }
  stops.push(recado.feed.subscribe(take, since))

  const commands = allCommands(texts.locale)
  function takeOutbox(entries: readonly Outgoing[]): void {
    tellRefused(entries, {
      outbox,
      commands,
      texts,
      tell(sentence, entry) {
        panel.say(sentence)
        // To be mended and sent again where it was said, unless something else is being written there; never elsewhere.
        const conversation = saidIn(entry)
        if (conversation?.draft.text === '') conversation.draft = { text: entry.text, at: entry.text.length }
      },
    })
    changed()
  }

  stops.push(
    recado.onState(state => {
      connection = state
      if (state === 'offline' && !lost) {
        lost = true
        recovered = 0
      }
      changed()
    }),
    recado.onPresence(users => {
      online = new Map(users.map(user => [user.id, user]))
      changed()
    }),
    outbox.onChange(takeOutbox),
  )
  // Of an earlier life, and of the questions above.
  takeOutbox(outbox.entries)
  const positions = client.subscription(OnReadPositionDocument, {}).subscribe(({ data }) => {
    for (const { with: person, cursor } of data?.onReadPosition ?? []) {
      const conversation = book.get(person?.id ?? EVERYONE)
      if (conversation === undefined || !isAfter(cursor, conversation.readUpTo)) continue
      book.markRead(conversation, cursor)
      if (conversation.unread > 0) refreshSoon()
    }
    changed()
  })
  /** Null: who was there before is not known yet. */
  let known: Set<string> | null = null
  const devices = client.subscription(OnSessionsDocument, {}).subscribe(({ data }) => {
    if (!data) return
    const before = known
    const here = new Set(data.onSessions.map(({ id }) => id))
    known = new Set([...(before ?? []), ...here])
    newDevices = newDevices.filter(({ id }) => here.has(id))
    if (before === null) return
    for (const { id, device, current } of data.onSessions) {
      if (current || before.has(id)) continue
      newDevices = [...newDevices, { id, device }]
      panel.say(texts.full.newDevice(harmlessLine(device)))
    }
  })
  const writers = client.subscription(OnTypingDocument, {}).subscribe(({ data }) => {
    const at = performance.now()
    const told = data?.onTyping ?? []
    const rows = told.map(({ from, private: isPrivate }) => ({
      id: from.id,
      name: from.username,
      private: isPrivate,
      at,
    }))
    const isTold = new Set(rows.map(({ id, private: isPrivate }) => `${id} ${isPrivate}`))
    typing = [
      ...typing.filter(row => at - row.at < TYPING_HOLDS_MS && !isTold.has(`${row.id} ${row.private}`)),
      ...rows,
    ]
    later(TYPING_HOLDS_MS + 50, changed)
    changed()
  })
  stops.push(
    () => positions.unsubscribe(),
    () => devices.unsubscribe(),
    () => writers.unsubscribe(),
  )

  /** What was seen and is not told yet, by conversation: one may have gone on to another meanwhile. */
  const toTell = new Map<string, { readonly person: Person | null; readonly cursor: string }>()
  let telling = false
  let resets = 0
  const againLater = createBackoff(MARK_READ_MS, MARK_READ_AGAIN_MS)
  function seen(): void {
    const { key, latest, readUpTo, unread, with: person, anchor } = active()
    if (anchor !== null || latest === null || toTell.get(key)?.cursor === latest.cursor) return
    if (unread === 0 && !isAfter(latest.cursor, readUpTo)) return
    toTell.set(key, { person, cursor: latest.cursor })
    tellSoon(unread > 0 ? 300 : MARK_READ_MS)
  }

  function tellSoon(ms: number): void {
    if (telling) return
    telling = true
    later(ms, () => void tellRead())
  }

  async function tellRead(): Promise<void> {
    const before = resets
    let againMs: number | null = null
    try {
      for (const [key, { person, cursor }] of [...toTell]) {
        const { data, error } = await client
          .mutation(MarkReadDocument, { cursor, withId: person?.id ?? null })
          .toPromise()
        // These cursors are of a history that is gone.
        if (resets !== before) break
        const refusal = error === undefined ? null : errorFromCombined(error)
        if (refusal?.retryable) {
          againMs = Math.max(againMs ?? againLater.next(), refusal.retryAfterMs ?? 0)
          continue
        }
        if (toTell.get(key)?.cursor === cursor) toTell.delete(key)
        const conversation = book.get(key)
        // It has been seen here also where the server will never hear of it.
        if (conversation !== undefined) book.markRead(conversation, data?.markRead.cursor ?? cursor)
      }
      if (againMs === null) againLater.reset()
    } finally {
      telling = false
      if (toTell.size > 0 && !closed) tellSoon(againMs ?? MARK_READ_MS)
      changed()
    }
  }

  async function loadDirectory(): Promise<readonly Person[]> {
    const found: Person[] = []
    let after: string | null = null
    for (let page = 0; page < DIRECTORY_PAGES; page += 1) {
      const { data }: { data?: import('../../core/generated/graphql.ts').UsersQuery } = await client
        .query(UsersDocument, { after, limit: PAGE })
        .toPromise()
      found.push(...(data?.users.nodes ?? []))
      after = data?.users.pageInfo.endCursor ?? null
      if (!data?.users.pageInfo.hasNextPage) break
    }
    directory = found
    changed()
    return found
  }

  function people(): readonly Person[] {
    const byId = new Map<string, Person>()
    for (const { with: person } of book.sorted()) if (person !== null) byId.set(person.id, person)
    for (const person of online.values()) byId.set(person.id, person)
    for (const person of directory ?? []) if (!byId.has(person.id)) byId.set(person.id, person)
    byId.delete(me.id)
    return [...byId.values()]
  }

  let coming: Promise<void> | null = null
  function peopleComing(): Promise<void> | null {
    if (directory !== null) return null
    coming ??= loadDirectory()
      .then(() => {})
      .finally(() => {
        coming = null
      })
    return coming
  }

  const state: ChatState = {
    me,
    book,
    panel,
    get connection() {
      return connection
    },
    get recovered() {
      return lost ? null : recovered
    },
    get active() {
      return active()
    },
    get online() {
      return online
    },
    waiting(conversation) {
      return outbox.entries.filter(
        ({ to, text, state: step }) =>
          step !== 'refused' && isWith(conversation, to === undefined ? addresseeOf(text) : to),
      )
    },
    get unreadElsewhere() {
      let sum = 0
      for (const { key, unread } of book.conversations.values()) if (key !== activeKey) sum += unread
      return sum
    },
    get typing() {
      const now = performance.now()
      const person = active().with
      return typing
        .filter(row => now - row.at < TYPING_HOLDS_MS)
        .filter(row => (person === null ? !row.private : row.private && row.id === person.id))
        .map(row => row.name)
    },
    get version() {
      return version
    },
    onChange(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    changed,
    sidebar() {
      const others = [...online.values()].filter(({ id }) => id !== me.id && book.get(id) === undefined)
      return book.sorted(others.map(person => placeholder(person)))
    },
    show(key) {
      const person = online.get(key)
      if (book.get(key) === undefined && person !== undefined) book.open(person)
      if (book.get(key) !== undefined) open(key)
    },
    people,
    peopleComing,
    async find(name) {
      const wanted = foldName(name)
      const isWanted = (person: Person): boolean => foldName(person.username) === wanted
      if (wanted === foldName(me.username)) return me
      return people().find(isWanted) ?? (await loadDirectory()).find(isWanted) ?? null
    },
    loadOlder,
    seen,
    send(text, asTyped, replyTo) {
      const { with: person } = active()
      const sending = (() => {
        if (replyTo === undefined && (asTyped || person === null)) return recado.say(text)
        const options = replyTo === undefined ? {} : { replyTo }
        return person === null ? recado.sendPublic(text, options) : recado.sendTo(person.username, text, options)
      })()
      sending.then(
        (message: Message) => {
          // The answer may be here before the feed brings it.
          if (closed) return
          const conversation = book.take(message, true)
          if (asTyped && message.to !== null && conversation.key !== activeKey) open(conversation.key)
          changed()
        },
        (error: RecadoError) => {
          if (error.code === 'OUTBOX_FULL') panel.say(texts.chat.notSent(harmlessText(text), sentenceOf(error, texts)))
        },
      )
    },
    async endNewDevices() {
      const ended: string[] = []
      for (const { id, device } of newDevices) {
        const { data } = await client.mutation(EndSessionDocument, { id }).toPromise()
        if (data?.endSession) ended.push(device)
      }
      newDevices = []
      return ended
    },
    tellTyping() {
      if (performance.now() - typingTold < TYPING_EVERY_MS || connection !== 'live') return
      typingTold = performance.now()
      void client.mutation(SetTypingDocument, { to: active().with?.username ?? null }).toPromise()
    },
    close() {
      closed = true
      for (const stop of stops) stop()
      for (const timer of timers) clearTimeout(timer)
    },
  }

  const placeholders = new Map<string, Conversation>()
  /** Somebody who is online and was never written to: becomes a conversation when it is opened. */
  function placeholder(person: Person): Conversation {
    let row = placeholders.get(person.id)
    if (row === undefined) {
      row = createBook(me.id).open(person)
      placeholders.set(person.id, row)
    }
    return row
  }

  return state
}

/** @param username null: everyone */
function isWith({ with: person }: Conversation, username: string | null): boolean {
  if (person === null || username === null) return person === username
  return foldName(person.username) === foldName(username)
}
