// What is being typed: a text and a place in it. Every change gives a new draft; a place is always between graphemes, so
// that no key cuts an emoji or an accent in two.
import { harmlessLine } from '../harmless.ts'
import { columnsOf, graphemesOf } from './measure.ts'

export interface Draft {
  readonly text: string
  /** UTF-16 units before the cursor. */
  readonly at: number
}

export const EMPTY: Draft = { text: '', at: 0 }

export function draftOf(text: string): Draft {
  return { text, at: text.length }
}

export function insert({ text, at }: Draft, typed: string): Draft {
  return { text: text.slice(0, at) + typed + text.slice(at), at: at + typed.length }
}

function erase({ text }: Draft, from: number, to: number): Draft {
  return { text: text.slice(0, from) + text.slice(to), at: from }
}

const before = ({ text, at }: Draft): number => at - (graphemesOf(text.slice(0, at)).at(-1)?.length ?? 0)
const after = ({ text, at }: Draft): number => at + (graphemesOf(text.slice(at))[0]?.length ?? 0)
const wordBefore = ({ text, at }: Draft): number => text.slice(0, at).replace(/\S*\s*$/, '').length
const wordAfter = ({ text, at }: Draft): number => at + (/^\s*\S*/.exec(text.slice(at))?.[0].length ?? 0)
const lineStart = ({ text, at }: Draft): number => text.slice(0, at).lastIndexOf('\n') + 1
function lineEnd({ text, at }: Draft): number {
  const end = text.indexOf('\n', at)
  return end === -1 ? text.length : end
}

export const eraseBefore = (draft: Draft): Draft => erase(draft, before(draft), draft.at)
export const eraseAfter = (draft: Draft): Draft => erase(draft, draft.at, after(draft))
export const eraseWord = (draft: Draft): Draft => erase(draft, wordBefore(draft), draft.at)
export const eraseToStart = (draft: Draft): Draft => erase(draft, lineStart(draft), draft.at)
export const eraseToEnd = (draft: Draft): Draft => erase(draft, draft.at, lineEnd(draft))

const move = (draft: Draft, at: number): Draft => ({ text: draft.text, at })
export const left = (draft: Draft): Draft => move(draft, before(draft))
export const right = (draft: Draft): Draft => move(draft, after(draft))
export const wordLeft = (draft: Draft): Draft => move(draft, wordBefore(draft))
export const wordRight = (draft: Draft): Draft => move(draft, wordAfter(draft))
export const toLineStart = (draft: Draft): Draft => move(draft, lineStart(draft))
export const toLineEnd = (draft: Draft): Draft => move(draft, lineEnd(draft))

/** The same column a line up or down; null: there is no such line. */
export function vertical(draft: Draft, by: -1 | 1): Draft | null {
  const start = toLineStart(draft).at
  const column = graphemesOf(draft.text.slice(start, draft.at)).length
  const end = lineEnd(draft)
  if (by === -1 && start === 0) return null
  if (by === 1 && end === draft.text.length) return null
  const from = by === 1 ? end + 1 : toLineStart({ text: draft.text, at: start - 1 }).at
  const line = draft.text.slice(from, lineEnd({ text: draft.text, at: from }))
  return move(draft, from + graphemesOf(line).slice(0, column).join('').length)
}

export interface LaidOut {
  readonly rows: readonly string[]
  /** Where the cursor is: its row, and the columns before it. */
  readonly row: number
  readonly column: number
}

/** The draft in rows, and the cursor in them. */
export function layOut({ text, at }: Draft, columns: number): LaidOut {
  const width = Math.max(2, columns)
  const rows = ['']
  let used = 0
  let position = 0
  let cursor = { row: 0, column: 0 }
  const mark = () => {
    if (position === at) cursor = { row: rows.length - 1, column: used }
  }
  for (const grapheme of graphemesOf(text)) {
    const shown = grapheme === '\t' ? '    ' : harmlessLine(grapheme)
    const size = columnsOf(shown)
    if (grapheme !== '\n' && used + size > width) {
      rows.push('')
      used = 0
    }
    mark()
    position += grapheme.length
    if (grapheme === '\n') {
      rows.push('')
      used = 0
    } else {
      rows[rows.length - 1] += shown
      used += size
    }
  }
  // A cursor behind a full row stands on the next one.
  if (at === text.length && used >= width) {
    rows.push('')
    used = 0
  }
  mark()
  return { rows, ...cursor }
}

const REMEMBERED = 200

export interface History {
  add(text: string): void
  /** An older (-1) or newer (1) text; `draft` is what was being typed, which comes back at the end. Null: no more. */
  walk(by: -1 | 1, draft: string): string | null
}

/** What was sent from here, for the arrow keys. */
export function createHistory(): History {
  const texts: string[] = []
  /** `texts.length`: what is being typed. */
  let at = 0
  let unsent = ''
  return {
    add(text) {
      if (texts.at(-1) !== text) texts.push(text)
      if (texts.length > REMEMBERED) texts.shift()
      at = texts.length
    },
    walk(by, draft) {
      if (at + by < 0 || at + by > texts.length) return null
      if (at === texts.length) unsent = draft
      at += by
      return texts[at] ?? unsent
    },
  }
}
