// Who is writing here right now. It comes and goes too often to be read out.
import type { Catalogue } from '../i18n/catalogue.ts'
import { useWords } from '../i18n/language.tsx'
import type { Person } from '../model/conversation.ts'

export function TypingLine({ people }: { people: readonly Person[] }) {
  const words = useWords()
  return (
    <p className="typing-line" data-shown={people.length > 0 || undefined}>
      {people.length > 0 && (
        <>
          <span className="typing-dots" aria-hidden="true">
            <span />
            <span />
            <span />
          </span>
          <bdi>{typingSentence(people, words)}</bdi>
        </>
      )}
    </p>
  )
}

/** @param people at least one */
export function typingSentence(people: readonly Person[], words: Catalogue): string {
  const [first, second] = people
  if (people.length > 2) return words.thread.typingMany
  if (first && second) return words.thread.typingTwo(first.username, second.username)
  return words.thread.typingOne(first?.username ?? '')
}
