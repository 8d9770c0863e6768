// Where one writes. Enter sends, Shift and Enter break the line, the arrow up in the empty box edits one's last message;
// commands, names after `/msg ` and names after `@` are completed as in the combobox pattern of the ARIA practices (the
// box keeps its own role: HTML allows a textarea no other).
import { type FormEvent, type KeyboardEvent, useEffect, useId, useLayoutEffect, useRef, useState } from 'react'
import type { Message } from '../../core/types.ts'
import type { Catalogue } from '../i18n/catalogue.ts'
import { errorSentence } from '../i18n/error-words.ts'
import { useWords } from '../i18n/language.tsx'
import { Icon } from '../parts/icon.tsx'
import { useMedia } from '../parts/media.ts'
import type { Chat, SendProblem } from '../state/chat.ts'
import type { ChatView, ConversationView } from '../state/chat-view.ts'
import { findPeople } from '../state/people.ts'
import { readTyped } from '../state/typed-text.ts'
import { nearestCommand, type PageCommand, pageCommandOf } from './command.ts'
import { applySuggestion, completionOf } from './completion.ts'
import { type Aim, ComposerAim } from './composer-aim.tsx'
import { openHelp, openSearch } from './panel.ts'
import { SuggestionList } from './suggestion-list.tsx'

interface ComposerProps {
  readonly chat: Chat
  readonly view: ChatView
  readonly conversation: ConversationView
  readonly draft: string
  readonly onDraft: (text: string) => void
  /** What the text is about; null: it stands for itself. */
  readonly aim: Aim | null
  readonly onAim: (aim: Aim | null) => void
  readonly onRemove: (message: Message) => void
  readonly onSent: () => void
}

/** The count is shown once so many characters are left. */
const COUNT_FROM = 200
const COLUMNS = 70
const MOST_ROWS = 6

export function Composer(props: ComposerProps) {
  const { chat, view, conversation, draft, onDraft, aim, onAim, onRemove, onSent } = props
  const words = useWords()
  const id = useId()
  const box = useRef<HTMLTextAreaElement>(null)
  const hasKeyboard = useMedia('(hover: hover) and (pointer: fine)')
  const [caret, setCaret] = useState(draft.length)
  const caretToSet = useRef<number | null>(null)
  const [chosen, setChosen] = useState(0)
  const [dismissed, setDismissed] = useState<string | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const [isSaving, setSaving] = useState(false)
  const { key, peer } = conversation
  const isEdit = aim?.kind === 'edit'
  const isNotes = peer?.id === chat.me.id
  // A text that is changed is taken as it is.
  const typed = isEdit ? ({ kind: 'plain', text: draft } as const) : readTyped(draft)
  const completion = dismissed === draft ? null : completionOf(draft.slice(0, caret), find)
  const suggestions = completion?.suggestions ?? []
  const active = Math.min(chosen, suggestions.length - 1)
  const over = [...draft].length - view.textLimit
  const canSend = draft.trim() !== '' && over <= 0 && !isSaving

  /** A private text mentions nobody who can't see it. */
  function find(letters: string, kind: 'name' | 'mention') {
    if (kind === 'mention' && peer) return findPeople(letters, { online: [], others: [peer], me: chat.me })
    return findPeople(letters, { online: view.online, others: chat.people(), me: chat.me })
  }

  const isCommand = !isEdit && /^\s*[/\uFF0F]/u.test(draft)
  const wantsPeople = isCommand || draft.includes('@')
  useEffect(() => {
    if (wantsPeople) void chat.loadPeople()
  }, [chat, wantsPeople])

  // Before the next key is typed, which may be at once.
  useLayoutEffect(() => {
    if (caretToSet.current === null) return
    box.current?.setSelectionRange(caretToSet.current, caretToSet.current)
    caretToSet.current = null
  })

  // On a phone the keyboard would cover half of what one came to read.
  useEffect(() => {
    if (hasKeyboard) box.current?.focus({ preventScroll: true })
  }, [hasKeyboard])

  // Whoever answers or changes a message goes on by writing, at the end of what is there.
  const aimedAt = aim ? `${aim.kind} ${aim.message.id}` : null
  useLayoutEffect(() => {
    if (aimedAt === null) return
    const length = box.current?.value.length ?? 0
    box.current?.focus({ preventScroll: true })
    box.current?.setSelectionRange(length, length)
    setCaret(length)
    setProblem(null)
  }, [aimedAt])

  function write(text: string, nextCaret: number) {
    onDraft(text)
    setCaret(nextCaret)
    setChosen(0)
    setProblem(null)
    if (text !== '' && !isEdit && readTyped(text).kind === 'plain') chat.typing(key)
  }

  function complete(index: number) {
    const suggestion = suggestions[index]
    if (!suggestion || !completion) return
    const next = applySuggestion(draft, caret, completion.from, suggestion)
    write(next.text, next.caret)
    caretToSet.current = next.caret
    box.current?.focus()
  }

  function send(event?: FormEvent) {
    event?.preventDefault()
    if (!canSend) return
    if (aim?.kind === 'edit') return void save(aim.message, draft)
    const command = pageCommandOf(draft)
    if (command) return run(command)
    const replyTo = typed.kind === 'plain' ? aim?.message.id : undefined
    const refused = chat.send(key, draft, { replyTo })
    setProblem(refused && problemSentence(refused, words))
    if (!refused) {
      write('', 0)
      onAim(null)
      onSent()
    }
    box.current?.focus()
  }

  /** A text that does not change is no edit. */
  async function save(message: Message, text: string) {
    if (text !== message.text) {
      setSaving(true)
      const failure = await chat.edit(message.id, text)
      setSaving(false)
      if (failure) return setProblem(words.composer.editFailed(errorSentence(failure, words)))
    }
    if (isEdit) onAim(null)
    else write('', 0)
    box.current?.focus()
  }

  function run(command: PageCommand) {
    const last = lastOwn(conversation, chat.me.id)
    switch (command.kind) {
      case 'help':
        openHelp()
        return write('', 0)
      case 'search':
        openSearch(command.text)
        return write('', 0)
      case 'edit':
        if (!last) return setProblem(words.composer.nothingToEdit)
        if (command.text !== '') return void save(last, command.text)
        write('', 0)
        return onAim({ kind: 'edit', message: last })
      case 'delete':
        if (!last) return setProblem(words.composer.nothingToDelete)
        write('', 0)
        return onRemove(last)
    }
  }

  function onKeyDown(event: KeyboardEvent<HTMLTextAreaElement>) {
    // While an input method composes, Enter belongs to it.
    if (event.nativeEvent.isComposing || event.keyCode === 229) return
    if (suggestions.length > 0) {
      const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
      if (step !== 0) {
        event.preventDefault()
        return setChosen((active + step + suggestions.length) % suggestions.length)
      }
      if (event.key === 'Escape') {
        event.preventDefault()
        return setDismissed(draft)
      }
      const isEnter = event.key === 'Enter' && !(completion?.isWhole && active === 0)
      if ((isEnter || event.key === 'Tab') && !event.shiftKey) {
        event.preventDefault()
        return complete(active)
      }
    }
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault()
      send()
    } else if (event.key === 'Escape' && aim) {
      event.preventDefault()
      onAim(null)
    } else if (event.key === 'ArrowUp' && draft === '' && !aim) {
      const last = lastOwn(conversation, chat.me.id)
      if (!last) return
      event.preventDefault()
      onAim({ kind: 'edit', message: last })
    }
  }

  const label =
    peer && !isNotes ? words.composer.labelTo(peer.username) : isNotes ? words.sidebar.notes : words.composer.label
  const placeholder = !peer
    ? words.composer.placeholder
    : isNotes
      ? words.composer.placeholderNotes
      : words.composer.placeholderTo(peer.username)
  const leavesHere = typed.kind === 'private' && suggestions.length === 0
  return (
    <form
      className="composer"
      onSubmit={send}
      data-private={peer || typed.kind === 'private' ? true : undefined}
      data-aim={aim?.kind}
    >
      {suggestions.length > 0 && (
        <SuggestionList
          id={id}
          suggestions={suggestions}
          active={active}
          onlineIds={view.onlineIds}
          onChoose={complete}
        />
      )}
      <p className="visually-hidden" aria-live="polite">
        {suggestions.length > 0 ? words.composer.suggestionsFound(suggestions.length) : ''}
      </p>
      {problem !== null && (
        <p className="composer-problem" role="alert" id={`${id}-problem`}>
          <Icon name="warning" size={16} />
          <span>{problem}</span>
        </p>
      )}
      {leavesHere && (
        <p className="composer-target">
          <Icon name="lock" size={14} />
          <span>{words.composer.goingTo(typed.to)}</span>
        </p>
      )}
      <div className="composer-box">
        {aim && <ComposerAim aim={aim} isOwn={aim.message.from.id === chat.me.id} onCancel={() => onAim(null)} />}
        <textarea
          ref={box}
          aria-label={label}
          aria-autocomplete="list"
          aria-controls={suggestions.length > 0 ? `${id}-list` : undefined}
          aria-activedescendant={suggestions.length > 0 ? `${id}-${active}` : undefined}
          aria-describedby={problem !== null ? `${id}-problem` : `${id}-hint`}
          aria-invalid={problem !== null || over > 0 ? true : undefined}
          placeholder={placeholder}
          rows={rowsOf(draft)}
          dir="auto"
          enterKeyHint="send"
          autoComplete="off"
          value={draft}
          onChange={event => write(event.target.value, event.target.selectionStart)}
          onSelect={event => setCaret(event.currentTarget.selectionStart)}
          onKeyDown={onKeyDown}
        />
        <button
          type="submit"
          className="button-send"
          disabled={!canSend}
          aria-label={isEdit ? words.composer.saveEdit : words.composer.send}
        >
          <Icon name={isEdit ? 'check' : 'send'} />
        </button>
      </div>
      <p className="composer-hint">
        <span id={`${id}-hint`}>{`${words.composer.hint} · ${words.composer.hintHelp}`}</span>
        {over > -COUNT_FROM && (
          <span className="composer-count" data-over={over > 0 || undefined}>
            {over > 0 ? words.composer.over(over) : words.composer.left(-over)}
          </span>
        )}
      </p>
    </form>
  )
}

/** Of what is loaded; null: there is none. */
function lastOwn({ messages }: ConversationView, me: string): Message | null {
  return messages.findLast(({ from, deletedAt }) => from.id === me && !deletedAt) ?? null
}

/** For browsers without `field-sizing`, which then ignores it: about as many rows as the text has. */
function rowsOf(text: string): number {
  const rows = text.split('\n').reduce((sum, line) => sum + 1 + Math.floor(line.length / COLUMNS), 0)
  return Math.min(rows, MOST_ROWS)
}

function problemSentence(problem: SendProblem, words: Catalogue): string {
  switch (problem.kind) {
    case 'empty':
      return words.errors.TEXT_EMPTY
    case 'unknown-command':
      return words.composer.unknownCommand(problem.command, nearestCommand(problem.command))
    case 'without-name':
      return words.composer.commandWithoutName
    case 'without-text':
      return words.composer.commandWithoutText(problem.to)
  }
}
