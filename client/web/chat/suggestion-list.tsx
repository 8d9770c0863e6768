// The list box above the composer. The focus stays in the text; the active option is named to it by its id.
import { useEffect, useRef } from 'react'
import type { Catalogue } from '../i18n/catalogue.ts'
import { useWords } from '../i18n/language.tsx'
import { Avatar } from '../parts/avatar.tsx'
import type { CommandName } from './command.ts'
import type { Suggestion } from './completion.ts'

interface SuggestionListProps {
  /** Options are `id-0`, `id-1` …, the list is `id-list`. */
  readonly id: string
  readonly suggestions: readonly Suggestion[]
  readonly active: number
  readonly onlineIds: ReadonlySet<string>
  readonly onChoose: (index: number) => void
}

export function SuggestionList({ id, suggestions, active, onlineIds, onChoose }: SuggestionListProps) {
  const words = useWords()
  const list = useRef<HTMLDivElement>(null)

  useEffect(() => {
    list.current?.children[active]?.scrollIntoView({ block: 'nearest' })
  }, [active])

  return (
    <div
      ref={list}
      className="suggestions"
      role="listbox"
      id={`${id}-list`}
      aria-label={words.composer.suggestions}
      // On a low screen it scrolls, and what scrolls is reached by keyboard (WCAG 2.1.1).
      tabIndex={0}
    >
      {suggestions.map((suggestion, index) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are the text box's, which keeps the focus
        // biome-ignore lint/a11y/useFocusableInteractive: the text box points here by aria-activedescendant
        <div
          key={suggestion.kind === 'command' ? suggestion.command : suggestion.person.id}
          id={`${id}-${index}`}
          className="suggestion"
          data-kind={suggestion.kind}
          role="option"
          aria-selected={index === active}
          onMouseDown={event => event.preventDefault()}
          onClick={() => onChoose(index)}
        >
          {suggestion.kind === 'command' ? (
            <>
              <code>{`/${suggestion.command}`}</code>
              <span className="suggestion-arguments">{commandArguments(suggestion.command, words)}</span>
              <span className="quiet">{words.help[suggestion.command]}</span>
            </>
          ) : (
            <>
              <Avatar person={suggestion.person} size="small" online={onlineIds.has(suggestion.person.id)} />
              <bdi>{suggestion.person.username}</bdi>
              {onlineIds.has(suggestion.person.id) && <span className="quiet">{words.sidebar.onlineMark}</span>}
            </>
          )}
        </div>
      ))}
    </div>
  )
}

export function commandArguments(command: CommandName, words: Catalogue): string {
  switch (command) {
    case 'msg':
    case 'w':
    case 'dm':
      return `${words.help.name} ${words.help.text}`
    case 'search':
      return words.help.wordsToFind
    case 'edit':
      return words.help.text
    case 'delete':
    case 'help':
      return ''
  }
}
