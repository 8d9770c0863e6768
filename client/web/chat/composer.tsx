// Where one writes. Enter sends, Shift and Enter break the line; after `/msg ` names are completed as in the combobox
// pattern of the ARIA practices (the box keeps its own role: HTML allows a textarea no other).
import { type FormEvent, type KeyboardEvent, useEffect, useId, useLayoutEffect, useRef, useState } from 'react'
import type { Catalogue } from '../i18n/catalogue.ts'
import { useWords } from '../i18n/language.tsx'
import { Icon } from '../parts/icon.tsx'
import { useMedia } from '../parts/media.ts'
import type { Chat, SendProblem } from '../state/chat.ts'
import type { ChatView, ConversationView } from '../state/chat-view.ts'
import { findPeople } from '../state/people.ts'
import { applySuggestion, completionOf } from '../state/suggestion.ts'
import { readTyped } from '../state/typed-text.ts'
import { SuggestionList } from './suggestion-list.tsx'

interface ComposerProps {
  readonly chat: Chat
  readonly view: ChatView
  readonly conversation: ConversationView
  readonly draft: string
  readonly onDraft: (text: string) => void
  readonly onSent: () => void
}

/** The count is shown once so many characters are left. */
const COUNT_FROM = 200
const COLUMNS = 70
const MOST_ROWS = 6

export function Composer({ chat, view, conversation, draft, onDraft, onSent }: ComposerProps) {
  const words = useWords()
  const id = useId()
  const box = useRef<HTMLTextAreaElement>(null)
  const hasKeyboard = useMedia('(hover: hover) and (pointer: fine)')
  const [caret, setCaret] = useState(draft.length)
  const caretToSet = useRef<number | null>(null)
  const [chosen, setChosen] = useState(0)
  const [dismissed, setDismissed] = useState<string | null>(null)
  const [problem, setProblem] = useState<SendProblem | null>(null)
  const isCommand = draft.trimStart().startsWith('/')
  const completion =
    dismissed === draft
      ? null
      : completionOf(draft.slice(0, caret), letters =>
          findPeople(letters, { online: view.online, others: chat.people(), me: chat.me }),
        )
  const suggestions = completion?.suggestions ?? []
  const active = Math.min(chosen, suggestions.length - 1)
  const over = [...draft].length - view.textLimit
  const canSend = draft.trim() !== '' && over <= 0
  const { peer } = conversation
  const isNotes = peer?.id === chat.me.id
  const typed = readTyped(draft)

  useEffect(() => {
    if (isCommand) void chat.loadPeople()
  }, [chat, isCommand])

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

  function write(text: string, nextCaret: number) {
    onDraft(text)
    setCaret(nextCaret)
    setChosen(0)
    setProblem(null)
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
    const refused = chat.send(conversation.key, draft)
    setProblem(refused)
    if (!refused) {
      write('', 0)
      onSent()
    }
    box.current?.focus()
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
      if ((event.key === 'Enter' || event.key === 'Tab') && !event.shiftKey) {
        event.preventDefault()
        return complete(active)
      }
    }
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault()
      send()
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
    <form className="composer" onSubmit={send} data-private={peer || typed.kind === 'private' ? true : undefined}>
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
        {suggestions.length > 0 ? words.composer.namesFound(suggestions.length) : ''}
      </p>
      {problem && (
        <p className="composer-problem" role="alert" id={`${id}-problem`}>
          <Icon name="warning" size={16} />
          <span>{problemSentence(problem, words)}</span>
        </p>
      )}
      {leavesHere && (
        <p className="composer-target">
          <Icon name="lock" size={14} />
          <span>{words.composer.goingTo(typed.to)}</span>
        </p>
      )}
      <div className="composer-box">
        <textarea
          ref={box}
          aria-label={label}
          aria-autocomplete="list"
          aria-controls={suggestions.length > 0 ? `${id}-list` : undefined}
          aria-activedescendant={suggestions.length > 0 ? `${id}-${active}` : undefined}
          aria-describedby={problem ? `${id}-problem` : `${id}-hint`}
          aria-invalid={problem || over > 0 ? true : undefined}
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
        <button type="submit" className="button-send" disabled={!canSend} aria-label={words.composer.send}>
          <Icon name="send" />
        </button>
      </div>
      <p className="composer-hint">
        <span id={`${id}-hint`}>
          {words.composer.hint}
          {!peer && ` · ${words.composer.hintPrivate}`}
        </span>
        {over > -COUNT_FROM && (
          <span className="composer-count" data-over={over > 0 || undefined}>
            {over > 0 ? words.composer.over(over) : words.composer.left(-over)}
          </span>
        )}
      </p>
    </form>
  )
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
      return words.composer.unknownCommand(problem.command)
    case 'without-name':
      return words.composer.commandWithoutName
    case 'without-text':
      return words.composer.commandWithoutText(problem.to)
  }
}
