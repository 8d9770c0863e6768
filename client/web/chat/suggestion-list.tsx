// The list box above the composer. The focus stays in the text; the active option is named to it by its id.
import { useEffect, useRef } from 'react'
import { useWords } from '../i18n/language.tsx'
import { Avatar } from '../parts/avatar.tsx'
import type { Suggestion } from '../state/suggestion.ts'

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
    <div ref={list} className="suggestions" role="listbox" id={`${id}-list`} aria-label={words.composer.names}>
      {suggestions.map((suggestion, index) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are the text box's, which keeps the focus
        // biome-ignore lint/a11y/useFocusableInteractive: the text box points here by aria-activedescendant
        <div
          key={suggestion.kind === 'person' ? suggestion.person.id : suggestion.command}
          id={`${id}-${index}`}
          className="suggestion"
          role="option"
          aria-selected={index === active}
          onMouseDown={event => event.preventDefault()}
          onClick={() => onChoose(index)}
        >
          {suggestion.kind === 'person' ? (
            <>
              <Avatar person={suggestion.person} size="small" online={onlineIds.has(suggestion.person.id)} />
              <bdi>{suggestion.person.username}</bdi>
              {onlineIds.has(suggestion.person.id) && <span className="quiet">{words.sidebar.onlineMark}</span>}
            </>
          ) : (
            <>
              <code>{suggestion.command}</code>
              <span className="quiet">{words.composer.commandHint}</span>
            </>
          )}
        </div>
      ))}
    </div>
  )
}
