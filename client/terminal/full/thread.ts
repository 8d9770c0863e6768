// A conversation as rows, and the part of them that is in view. Only messages in view are laid out: each is remembered
// with its width, and the walk begins at the anchor, so a history of any length costs the same.
import { stripVTControlCharacters } from 'node:util'
import type { Message } from '../../core/types.ts'
import { nameStyle, OWN_WORDS, paint } from '../format.ts'
import { harmlessLine } from '../harmless.ts'
import type { Texts } from '../texts.ts'
import { type Anchor, type Conversation, isAfter } from './book.ts'
import { columnsOf, cut, wrap } from './measure.ts'

export interface ThreadView {
  readonly me: string
  readonly columns: number
  readonly texts: Texts
  readonly now: Date
}

interface Laid {
  readonly key: string
  readonly rows: readonly string[]
}

const laidByMessage = new WeakMap<Message, Laid>()

/** Below this many columns the text begins in a row of its own. */
const NARROW = 40

/** The rows of one message, with what stands above it: a day, or the line of what is new. */
function rowsOf(conversation: Conversation, index: number, view: ThreadView): readonly string[] {
  const { messages } = conversation
  const message = messages[index]
  if (message === undefined) return []
  const previous = messages[index - 1]
  const day = dayOf(message, view)
  const isNewDay = previous === undefined ? !conversation.hasOlder : dayOf(previous, view) !== day
  const isFirstNew = isFirstUnread(conversation, message, previous, view.me)
  const quoted = message.replyTo === null ? undefined : findQuoted(conversation, message.replyTo.id)
  const key = `${view.columns} ${isNewDay ? day : ''} ${isFirstNew} ${quoted?.text ?? ''}${quoted?.deletedAt ?? ''}`
  const known = laidByMessage.get(message)
  if (known?.key === key) return known.rows
  const rows = [
    ...(isNewDay ? [rule(day, view.columns)] : []),
    ...(isFirstNew ? [rule(view.texts.full.newBelow, view.columns, OWN_WORDS)] : []),
    ...layOutMessage(message, quoted, view),
  ]
  laidByMessage.set(message, { key, rows })
  return rows
}

/** The line stands above the first message of somebody else after what was read. */
function isFirstUnread(
  { newAfter, messages }: Conversation,
  message: Message,
  previous: Message | undefined,
  me: string,
): boolean {
  if (newAfter === null || message.from.id === me || !isAfter(message.cursor, newAfter)) return false
  if (previous === undefined || !isAfter(previous.cursor, newAfter)) return true
  // Own messages between: they were written on another device, and are not new.
  for (let at = messages.indexOf(previous); at >= 0; at -= 1) {
    const earlier = messages[at]
    if (earlier === undefined || !isAfter(earlier.cursor, newAfter)) return true
    if (earlier.from.id !== me) return false
  }
  return true
}

const QUOTE_SEARCH = 300

function findQuoted({ messages }: Conversation, id: string): Message | undefined {
  for (let at = messages.length - 1; at >= Math.max(0, messages.length - QUOTE_SEARCH); at -= 1) {
    if (messages[at]?.id === id) return messages[at]
  }
  return undefined
}

function layOutMessage(message: Message, quoted: Message | undefined, { me, columns, texts }: ThreadView): string[] {
  const { from, text, sentAt, editedAt, deletedAt, replyTo } = message
  const time = timeOf(sentAt, texts.locale)
  const name = cut(harmlessLine(from.username), Math.max(4, Math.min(20, columns - 8)))
  const isNarrow = columns < NARROW
  const indent = isNarrow ? '  ' : '      '
  const head = `${time} ${paint(nameStyle(from.id), name)}`
  const body: string[] = []
  if (replyTo !== null) {
    const said = quoted === undefined ? '…' : quoted.deletedAt === null ? oneLine(quoted.text) : texts.full.deleted
    const quote = `↳ ${harmlessLine(replyTo.from.username)}: ${said}`
    body.push(indent + cut(quote, columns - indent.length))
  }
  const mark = deletedAt !== null ? '' : editedAt !== null ? ` (${texts.chat.edited})` : ''
  const sent = from.id === me && deletedAt === null ? ' ✓' : ''
  const lines = deletedAt === null ? linesOf(text) : [texts.full.deleted]
  const tint = (row: string): string => (deletedAt === null ? row : paint(OWN_WORDS, row))
  const opening = columnsOf(time) + 1 + columnsOf(name) + 2
  const rows: string[] = []
  for (const [number, line] of lines.entries()) {
    // The first row shares its line with time and name.
    const isShared = number === 0 && !isNarrow
    const [first = ''] = isShared ? wrap(line, columns - opening) : []
    const rest = isShared ? line.slice(first.length).replace(/^ /, '') : line
    if (isShared) rows.push(`${head}  ${tint(first)}`)
    if (rest !== '' || !isShared) rows.push(...wrap(rest, columns - indent.length).map(row => indent + tint(row)))
  }
  if (isNarrow) rows.unshift(head)
  const tail = mark + sent
  const lastText = stripVTControlCharacters(rows.at(-1) ?? '')
  if (tail !== '') {
    if (columnsOf(lastText) + columnsOf(tail) <= columns) rows[rows.length - 1] += paint(OWN_WORDS, tail)
    else rows.push(indent + paint(OWN_WORDS, tail.trim()))
  }
  return [...body, ...rows]
}

export function linesOf(text: string): string[] {
  return text.split(/\r\n|[\n\u2028\u2029]/).map(line => line.split('\t').map(harmlessLine).join('    '))
}

function oneLine(text: string): string {
  return linesOf(text).join(' ')
}

/** @param style of the label; default: the terminal's own */
function rule(label: string, columns: number, style?: typeof OWN_WORDS): string {
  const shown = ` ${cut(label, Math.max(1, columns - 4))} `
  const space = Math.max(0, columns - columnsOf(shown))
  const before = Math.floor(space / 2)
  const line = (length: number): string => paint(style ?? 'dim', '─'.repeat(length))
  return line(before) + (style === undefined ? shown : paint(style, shown)) + line(space - before)
}

const formats = new Map<string, Intl.DateTimeFormat>()

function timeOf(sentAt: string, locale: string): string {
  let format = formats.get(locale)
  if (format === undefined) {
    format = new Intl.DateTimeFormat(locale, { timeStyle: 'short', hourCycle: 'h23' })
    formats.set(locale, format)
  }
  return format.format(new Date(sentAt))
}

const days = new Map<string, string>()

function dayOf({ sentAt }: Message, { texts, now }: ThreadView): string {
  const at = new Date(sentAt)
  const key = `${texts.locale} ${at.toDateString()} ${now.toDateString()}`
  const known = days.get(key)
  if (known !== undefined) return known
  const yesterday = new Date(now)
  yesterday.setDate(now.getDate() - 1)
  const isYesterday = at.toDateString() === yesterday.toDateString()
  const name =
    at.toDateString() === now.toDateString()
      ? texts.full.today
      : isYesterday
        ? texts.full.yesterday
        : new Intl.DateTimeFormat(texts.locale, { dateStyle: 'full' }).format(at)
  if (days.size > 1_000) days.clear()
  days.set(key, name)
  return name
}

export interface Window {
  readonly rows: readonly string[]
  /** Whether the view ends above the newest row. */
  readonly isBehind: boolean
  /** Whether everything that is loaded above is in view, so that earlier pages are wanted. */
  readonly reachesTop: boolean
}

/** Where the anchor is: an index, and how many rows of that message are below the view. */
function place({ messages, anchor }: Conversation): { index: number; below: number } {
  if (anchor === null) return { index: messages.length - 1, below: 0 }
  const index = messages.findLastIndex(({ id }) => id === anchor.id)
  return index === -1 ? { index: messages.length - 1, below: 0 } : { index, below: anchor.below }
}

/** The rows in view, at most `height`, oldest first. */
export function windowOf(conversation: Conversation, height: number, view: ThreadView): Window {
  const { index, below } = place(conversation)
  const collected: (readonly string[])[] = []
  let count = 0
  let at = index
  for (; at >= 0 && count < height; at -= 1) {
    const rows = rowsOf(conversation, at, view)
    const shown = at === index ? rows.slice(0, Math.max(0, rows.length - below)) : rows
    collected.push(shown)
    count += shown.length
  }
  const rows = collected.reverse().flat()
  return {
    rows: rows.slice(Math.max(0, rows.length - height)),
    isBehind: conversation.anchor !== null,
    reachesTop: at < 0 && count <= height,
  }
}

/** The anchor so many rows further up (positive) or down; null: at the end, following what comes. */
export function scrolled(conversation: Conversation, by: number, height: number, view: ThreadView): Anchor | null {
  const { messages } = conversation
  let { index, below } = place(conversation)
  below += by
  for (;;) {
    const message = messages[index]
    if (message === undefined) break
    const size = rowsOf(conversation, index, view).length
    if (below < 0) {
      index += 1
      const next = messages[index]
      if (next === undefined) return null
      below += rowsOf(conversation, index, view).length
    } else if (below >= size) {
      if (index === 0) break
      below -= size
      index -= 1
    } else break
  }
  return clamp(conversation, { index: Math.max(0, index), below }, height, view)
}

/** The first rows that are loaded, at the top of the view. */
export function atTop(conversation: Conversation, height: number, view: ThreadView): Anchor | null {
  return clamp(conversation, { index: 0, below: Number.POSITIVE_INFINITY }, height, view)
}

/** No higher than where the first row that is loaded is at the top of the view. */
function clamp(
  conversation: Conversation,
  { index, below }: { index: number; below: number },
  height: number,
  view: ThreadView,
): Anchor | null {
  const { messages } = conversation
  // Rows down to the anchor, counted only as far as they matter.
  let above = 0
  for (let at = index; at >= 0 && above < height; at -= 1) {
    const size = rowsOf(conversation, at, view).length
    above += at === index ? Math.max(0, size - below) : size
  }
  if (above >= height) return anchorAt(messages, index, below)
  let at = 0
  let count = 0
  for (; at < messages.length; at += 1) {
    const size = rowsOf(conversation, at, view).length
    if (count + size >= height) return anchorAt(messages, at, count + size - height)
    count += size
  }
  return null
}

function anchorAt(messages: readonly Message[], index: number, below: number): Anchor | null {
  const message = messages[index]
  if (message === undefined || (index === messages.length - 1 && below <= 0)) return null
  return { id: message.id, below }
}
