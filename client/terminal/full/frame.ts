// The whole screen as rows: the sidebar, the title, the thread, what the program says, the composer and the status line.
// In: the chat's state and the size. Out: exactly as many rows as the terminal has, none wider than it, and the cursor.
import { ALARM, OWN_WORDS, paint } from '../format.ts'
import { harmlessLine } from '../harmless.ts'
import type { Texts } from '../texts.ts'
import type { Conversation } from './book.ts'
import type { ChatState } from './chat-state.ts'
import { layOut } from './editor.ts'
import { columnsOf, cut, fill, wrap } from './measure.ts'
import { linesOf, type ThreadView, type Window, windowOf } from './thread.ts'

/** On a narrower terminal the sidebar is left out. */
const SIDEBAR_FROM = 60
const MOST_COMPOSER_ROWS = 8
const PROMPT = '› '
/** Where nothing sensible can be shown. */
const LEAST_COLUMNS = 12
const LEAST_ROWS = 5

export interface Size {
  readonly columns: number
  readonly rows: number
}

/** What the keys have begun, and a message is not yet. */
export interface Mode {
  readonly kind: 'edit' | 'reply'
  /** Of the message. */
  readonly id: string
  readonly label: string
}

export interface Frame {
  readonly rows: readonly string[]
  readonly cursor: { readonly x: number; readonly y: number }
  /** For the keys that page: rows of the thread, and how they are laid out. */
  readonly height: number
  readonly view: ThreadView
  readonly window: Window
}

export interface Shown {
  readonly state: ChatState
  readonly texts: Texts
  readonly mode: Mode | null
  /** What Tab offers, with the chosen one. */
  readonly offered: { readonly words: readonly string[]; readonly chosen: number } | null
  readonly now: Date
}

export function frameOf(shown: Shown, { columns, rows }: Size): Frame {
  const width = Math.max(LEAST_COLUMNS, columns)
  const height = Math.max(LEAST_ROWS, rows)
  const { state, texts } = shown
  const sidebarColumns = width < SIDEBAR_FROM ? 0 : Math.min(28, Math.max(18, Math.floor(width / 4)))
  const threadColumns = sidebarColumns === 0 ? width : width - sidebarColumns - 2
  const laid = layOut(state.active.draft, width - PROMPT.length)
  const most = Math.max(1, Math.min(MOST_COMPOSER_ROWS, height - 4))
  const firstRow = Math.max(0, Math.min(laid.row - most + 1, laid.rows.length - most))
  const composer = laid.rows.slice(firstRow, firstRow + most)

  const said = [
    ...state.panel.lines.flatMap(line => linesOf(line).flatMap(row => wrap(row, threadColumns))),
    ...offer(shown),
  ]
  const body = height - composer.length - 3
  const panel = said.slice(0, Math.max(0, body - 1)).map(row => paint(OWN_WORDS, cut(row, threadColumns)))
  const pending =
    state.active.anchor === null ? waitingRows(shown, threadColumns).slice(-Math.max(0, body - panel.length)) : []
  const threadRows = Math.max(0, body - panel.length - pending.length)

  const view: ThreadView = { me: state.me.id, columns: threadColumns, texts, now: shown.now }
  const window = windowOf(state.active, threadRows, view)
  const thread = emptyOr(window.rows, shown)
  const blank = Array.from({ length: Math.max(0, threadRows - thread.length) }, () => '')
  const main = [title(shown, threadColumns), ...blank, ...thread, ...pending, ...panel]
  const side = sidebarColumns === 0 ? null : sidebarRows(shown, sidebarColumns, main.length)
  const upper = main.map((row, index) => (side === null ? row : `${side[index] ?? ''}${paint('dim', '│')} ${row}`))

  const lines = [
    ...upper,
    ruleRow(shown, width, window.isBehind),
    ...composer.map((row, index) => (index === 0 && firstRow === 0 ? paint('bold', PROMPT) : '  ') + row),
    statusRow(shown, width),
  ].slice(0, height)
  return {
    rows: lines,
    cursor: { x: PROMPT.length + laid.column, y: Math.min(height - 2, upper.length + 1 + laid.row - firstRow) },
    height: threadRows,
    view,
    window,
  }
}

export function nameOf(conversation: Conversation, state: ChatState, texts: Texts): string {
  if (conversation.with === null) return texts.full.everyone
  if (conversation.with.id === state.me.id) return texts.full.notes
  return harmlessLine(conversation.with.username)
}

function title({ state, texts }: Shown, columns: number): string {
  const { active } = state
  const name = nameOf(active, state, texts)
  const isOnline = active.with !== null && state.online.has(active.with.id)
  const about = active.isOver
    ? texts.full.gone
    : active.with === null
      ? texts.full.onlineCount(state.online.size)
      : isOnline
        ? texts.full.online
        : ''
  const head = cut(name, columns)
  return paint('bold', head) + cut(about === '' ? '' : `  ${about}`, columns - columnsOf(head))
}

function emptyOr(rows: readonly string[], { state, texts }: Shown): readonly string[] {
  if (rows.length > 0) return rows
  return [paint(OWN_WORDS, state.active.phase === 'loaded' ? texts.full.empty : texts.full.loading)]
}

function waitingRows({ state, texts }: Shown, columns: number): string[] {
  return state.waiting(state.active).flatMap(({ text }) => {
    const rows = linesOf(text).flatMap(line => wrap(line, columns - 6))
    return rows
      .map((row, index) => (index === 0 ? `  ${paint(OWN_WORDS, '…')}   ${row}` : `      ${row}`))
      .concat(rows.length === 0 ? [texts.full.waiting] : [])
  })
}

function offer({ offered }: Shown): string[] {
  if (offered === null || offered.words.length < 2) return []
  const from = Math.max(0, offered.chosen - 3)
  const shown = offered.words.slice(from, from + 8).map((word, index) => {
    const safe = harmlessLine(word)
    return from + index === offered.chosen ? `[${safe}]` : safe
  })
  return [shown.join('  ')]
}

/** The list, scrolled so that the open conversation is in it. */
function sidebarRows({ state, texts }: Shown, columns: number, height: number): string[] {
  const all = state.sidebar()
  const at = all.findIndex(({ key }) => key === state.active.key)
  const from = Math.max(0, Math.min(at - Math.floor(height / 2), all.length - height))
  const rows = all.slice(from, from + height).map((conversation, index) => {
    const number = from + index + 1
    const isActive = conversation.key === state.active.key
    const isOnline = conversation.with !== null && state.online.has(conversation.with.id)
    const unread = isActive && conversation.anchor === null ? 0 : conversation.unread
    const mark = unread > 0 ? ` (${unread >= 1_000 ? '999+' : unread})` : ''
    const lead = `${isActive ? '›' : ' '}${number <= 9 ? number : ' '} ${isOnline ? '●' : ' '} `
    const name = fill(nameOf(conversation, state, texts), columns - columnsOf(lead) - columnsOf(mark) - 1)
    const row = `${lead}${name}${mark} `
    if (isActive) return paint('inverse', row)
    return unread > 0 ? paint('bold', row) : row
  })
  return Array.from({ length: height }, (_, index) => rows[index] ?? ' '.repeat(columns))
}

function ruleRow({ state, texts, mode }: Shown, columns: number, isBehind: boolean): string {
  const unread = state.active.unread
  const label =
    mode !== null
      ? ` ${mode.kind === 'edit' ? texts.full.editing : texts.full.answering(harmlessLine(mode.label))} `
      : isBehind
        ? ` ${texts.full.behind(unread)} `
        : ''
  const shown = cut(label, Math.max(0, columns - 4))
  const rest = Math.max(0, columns - 2 - columnsOf(shown))
  return paint('dim', '──') + (shown === '' ? '' : paint(OWN_WORDS, shown)) + paint('dim', '─'.repeat(rest))
}

const LOOKS = {
  live: 'bold',
  behind: OWN_WORDS,
  connecting: OWN_WORDS,
  idle: OWN_WORDS,
  offline: ALARM,
  closed: ALARM,
} as const

function statusRow({ state, texts }: Shown, columns: number): string {
  const { connection, recovered, typing, unreadElsewhere } = state
  const mark = connection === 'live' ? '●' : connection === 'offline' || connection === 'closed' ? '✗' : '◌'
  const head = `${mark} ${texts.full.connection[connection]}`
  const parts = [
    ...(unreadElsewhere > 0 ? [texts.full.unread(unreadElsewhere)] : []),
    ...(recovered === null ? [] : [texts.chat.back(recovered)]),
    ...(typing.length > 0 ? [texts.full.typing(typing.map(harmlessLine))] : []),
  ]
  const left = parts.length === 0 ? '' : ` · ${parts.join(' · ')}`
  const room = columns - columnsOf(head)
  const shown = cut(left, Math.max(0, room))
  const own = `${harmlessLine(state.me.username)} · ${texts.full.hint}`
  const space = room - columnsOf(shown)
  const right = space > columnsOf(own) + 2 ? ' '.repeat(space - columnsOf(own)) + own : ''
  return paint(LOOKS[connection], cut(head, columns)) + shown + right
}
