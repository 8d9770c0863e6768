// What each key does. In: a key as Ink reads it. Out: a change of the draft, of the view, or something to send.
import { stripVTControlCharacters } from 'node:util'
import type { Key } from 'ink'
import { errorFromCombined } from '../../core/errors.ts'
import { DeleteMessageDocument, EditMessageDocument, SearchDocument } from '../../core/generated/graphql.ts'
import type { Message, Recado } from '../../core/types.ts'
import { messageLine } from '../format.ts'
import { harmlessLine } from '../harmless.ts'
import { sentenceOf } from '../session.ts'
import type { Texts } from '../texts.ts'
import type { ChatState } from './chat-state.ts'
import { type Completion, complete } from './completion.ts'
import * as edit from './editor.ts'
import type { Frame, Mode } from './frame.ts'
import { commandNames, isCommand, type LocalCommand, looksLikeCommand, parseLocal } from './local-command.ts'
import { atTop, scrolled } from './thread.ts'

export interface Keys {
  press(input: string, key: Key, frame: Frame): void
  paste(text: string): void
  readonly mode: Mode | null
  readonly offered: { readonly words: readonly string[]; readonly chosen: number } | null
}

interface Parts {
  readonly recado: Recado
  readonly state: ChatState
  readonly texts: Texts
  readonly quit: () => void
  /** Draws everything anew. */
  readonly redraw: () => void
}

const RESULTS = 20

export function createKeys({ recado, state, texts, quit, redraw }: Parts): Keys {
  const history = edit.createHistory()
  let mode: Mode | null = null
  let tab: { readonly completion: Completion; readonly chosen: number } | null = null

  const draft = (): edit.Draft => state.active.draft
  function write(next: edit.Draft): void {
    state.active.draft = next
    state.changed()
  }

  function press(input: string, key: Key, frame: Frame): void {
    if (key.eventType === 'release') return
    if (key.tab) return takeCompletion(key.shift ? -1 : 1)
    tab = null
    if (key.return) return key.meta || key.shift ? write(edit.insert(draft(), '\n')) : enter()
    if (key.escape) return leaveMode()
    if (key.pageUp || key.pageDown) return scroll(key.pageUp ? page(frame) : -page(frame), frame)
    if (key.upArrow || key.downArrow) return vertical(key.upArrow ? -1 : 1, key, frame)
    if (key.home || key.end) return edge(key.home, key.ctrl, frame)
    if (key.leftArrow) return write((key.ctrl || key.meta ? edit.wordLeft : edit.left)(draft()))
    if (key.rightArrow) return write((key.ctrl || key.meta ? edit.wordRight : edit.right)(draft()))
    if (key.backspace) return write((key.meta || key.ctrl ? edit.eraseWord : edit.eraseBefore)(draft()))
    if (key.delete) return write(edit.eraseAfter(draft()))
    if (key.ctrl) return control(input)
    if (key.meta) return alternate(input)
    type(input)
  }

  function control(letter: string): void {
    if (letter === 'c') return quit()
    if (letter === 'd') return draft().text === '' ? quit() : write(edit.eraseAfter(draft()))
    if (letter === 'j') return write(edit.insert(draft(), '\n'))
    if (letter === 'n') return neighbour(1)
    if (letter === 'p') return neighbour(-1)
    if (letter === 'l') return redraw()
    const changes: Readonly<Record<string, (draft: edit.Draft) => edit.Draft>> = {
      a: edit.toLineStart,
      e: edit.toLineEnd,
      b: edit.left,
      f: edit.right,
      w: edit.eraseWord,
      u: edit.eraseToStart,
      k: edit.eraseToEnd,
    }
    const change = changes[letter]
    if (change !== undefined) write(change(draft()))
  }

  function alternate(letter: string): void {
    if (/^[1-9]$/.test(letter)) {
      const chosen = state.sidebar()[Number(letter) - 1]
      if (chosen !== undefined) show(chosen.key)
    } else if (letter === 'b') write(edit.wordLeft(draft()))
    else if (letter === 'f') write(edit.wordRight(draft()))
  }

  /** What is typed fast, or over a slow line, comes at once, with the keys that are single control characters in it. */
  function type(input: string): void {
    for (const piece of input.match(/\P{Cc}+|\p{Cc}/gu) ?? []) {
      if (piece === '\t') takeCompletion(1)
      else {
        tab = null
        if (/\p{Cc}/u.test(piece)) typedControl(piece)
        else write(edit.insert(draft(), piece))
      }
    }
    if (draft().text !== '' && mode?.kind !== 'edit' && !looksLikeCommand(draft().text)) state.tellTyping()
  }

  function typedControl(character: string): void {
    if (character === '\r') return enter()
    if (character === '\u007f' || character === '\b') return write(edit.eraseBefore(draft()))
    control(String.fromCharCode(character.charCodeAt(0) + 96))
  }

  const page = (frame: Frame): number => Math.max(1, frame.height - 2)

  function scroll(by: number, frame: Frame): void {
    const { active } = state
    active.anchor = scrolled(active, by, frame.height, frame.view)
    if (by > 0) void state.loadOlder().catch(() => {})
    state.changed()
  }

  function edge(isHome: boolean, always: boolean, frame: Frame): void {
    const { active } = state
    if (!always && draft().text !== '') return write((isHome ? edit.toLineStart : edit.toLineEnd)(draft()))
    active.anchor = isHome ? atTop(active, frame.height, frame.view) : null
    if (isHome) void state.loadOlder().catch(() => {})
    else state.book.trim(active)
    state.changed()
  }

  function vertical(by: -1 | 1, key: Key, frame: Frame): void {
    if (key.meta) return neighbour(by)
    if (key.ctrl || key.shift) return scroll(-by, frame)
    const moved = edit.vertical(draft(), by)
    if (moved !== null) return write(moved)
    const text = history.walk(by, draft().text)
    if (text !== null) write(edit.draftOf(text))
  }

  function neighbour(by: -1 | 1): void {
    const rows = state.sidebar()
    const at = rows.findIndex(({ key }) => key === state.active.key)
    const next = rows[(at + by + rows.length) % rows.length]
    if (next !== undefined) show(next.key)
  }

  function show(key: string): void {
    mode = null
    state.show(key)
  }

  function takeCompletion(by: 1 | -1): void {
    if (tab === null) {
      const coming = state.peopleComing()
      const asked = draft()
      if (coming !== null) return void coming.catch(() => {}).then(() => draft() === asked && completeNow(by))
    }
    completeNow(by)
  }

  function completeNow(by: 1 | -1): void {
    if (tab === null) {
      const names = state.people().map(({ username }) => username)
      const completion = complete(draft(), names, commandNames(texts.locale))
      if (completion === null) return
      tab = { completion, chosen: 0 }
    } else {
      const { length } = tab.completion.drafts
      tab = { completion: tab.completion, chosen: (tab.chosen + by + length) % length }
    }
    const chosen = tab.completion.drafts[tab.chosen]
    if (chosen !== undefined) write(chosen)
  }

  function leaveMode(): void {
    if (mode?.kind === 'edit') state.active.draft = edit.EMPTY
    if (mode === null && state.panel.lines.length === 0) state.active.anchor = null
    mode = null
    state.panel.clear()
  }

  function enter(): void {
    const { text } = draft()
    if (text.trim() === '') return
    const { active } = state
    const begun = mode
    const local = begun?.kind === 'edit' ? null : parseLocal(text)
    if (local === null && begun?.kind !== 'edit' && active.isOver && !isCommand(text)) {
      return state.panel.show(texts.full.gone)
    }
    history.add(text)
    active.draft = edit.EMPTY
    state.panel.clear()
    if (local !== null) return void carryOut(local)
    mode = null
    active.anchor = null
    if (begun?.kind === 'edit') return void change(begun.id, text)
    say(text, begun?.id)
  }

  /** Says it here, as the answer to a message or not; a command goes wherever it says, and answers nothing. */
  function say(text: string, replyTo?: string): void {
    if (isCommand(text)) return state.send(text, true)
    // What the server does not read as typed has one slash from here on: private texts, and answers.
    const isTakenAsIs = state.active.with !== null || replyTo !== undefined
    state.send(isTakenAsIs ? text.replace(/^(\s*)\/\//, '$1/') : text, false, replyTo)
    state.changed()
  }

  async function carryOut({ name, rest }: LocalCommand): Promise<void> {
    if (name === 'quit') return quit()
    if (name === 'help') return state.panel.show(texts.full.help)
    if (name === 'who') {
      return state.panel.show(
        texts.chat.online(
          [...state.online.values()].map(({ username }) => username),
          false,
        ),
      )
    }
    if (name === 'open') {
      const person = await state.find(rest)
      if (person === null) return state.panel.show(`${harmlessLine(rest)}: ${texts.errors.UNKNOWN_RECIPIENT}`)
      return show(state.book.open(person).key)
    }
    if (name === 'search') return search(rest)
    if (name === 'end') {
      const ended = await state.endNewDevices()
      return state.panel.show(texts.full.devicesEnded(ended.map(harmlessLine)))
    }
    const isMine = ({ from, deletedAt }: Message): boolean => from.id === state.me.id && deletedAt === null
    const isOthers = ({ from, deletedAt }: Message): boolean => from.id !== state.me.id && deletedAt === null
    const message = state.active.messages.findLast(name === 'reply' ? isOthers : isMine)
    if (message === undefined)
      return state.panel.show(name === 'reply' ? texts.full.nothingToAnswer : texts.full.nothingOwn)
    if (name === 'delete') return remove(message.id)
    if (name === 'edit') {
      if (rest !== '') return change(message.id, rest)
      mode = { kind: 'edit', id: message.id, label: '' }
      return write(edit.draftOf(message.text))
    }
    if (rest !== '') return state.active.isOver ? state.panel.show(texts.full.gone) : say(rest, message.id)
    mode = { kind: 'reply', id: message.id, label: message.from.username }
    state.changed()
  }

  async function change(id: string, text: string): Promise<void> {
    const { active } = state
    // Of what was refused it is null, whatever its type says.
    const { data, error } = await recado.client.mutation(EditMessageDocument, { id, text }).toPromise()
    if (data) state.book.take(data.editMessage, false)
    if (error !== undefined) {
      // It comes back to be mended as what it is, and where it was; elsewhere it stays in the history of what was typed.
      if (state.active === active && mode === null && active.draft.text === '') {
        mode = { kind: 'edit', id, label: '' }
        active.draft = edit.draftOf(text)
      }
      tell(error)
    }
    state.changed()
  }

  async function remove(id: string): Promise<void> {
    const { data, error } = await recado.client.mutation(DeleteMessageDocument, { id }).toPromise()
    if (data) state.book.take(data.deleteMessage, false)
    if (error !== undefined) tell(error)
    state.changed()
  }

  function tell(error: Parameters<typeof errorFromCombined>[0]): void {
    state.panel.show(sentenceOf(errorFromCombined(error), texts))
  }

  async function search(words: string): Promise<void> {
    if (words === '') return state.panel.show(texts.full.searchHow)
    const { with: person } = state.active
    const whose = person === null ? {} : { with: person.username }
    const { data, error } = await recado.client
      .query(SearchDocument, { text: words, limit: RESULTS, ...whose })
      .toPromise()
    if (error !== undefined) return tell(error)
    const found = data?.search.nodes ?? []
    const plainLine = (message: Message): string => stripVTControlCharacters(messageLine(message, texts))
    state.panel.show([texts.full.found(found.length, harmlessLine(words)), ...found.map(plainLine)].join('\n'))
  }

  return {
    press,
    paste(text) {
      tab = null
      write(edit.insert(draft(), text.replaceAll(/\r\n?/g, '\n')))
    },
    get mode() {
      return mode
    },
    get offered() {
      return tab === null ? null : { words: tab.completion.words, chosen: tab.chosen }
    },
  }
}
