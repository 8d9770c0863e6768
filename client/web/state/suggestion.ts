// What the composer offers to complete: the command itself once a slash is typed, and names after it.
import type { Person } from './conversation.ts'
import { nameBeingTyped } from './typed-text.ts'

export type Suggestion =
  | { readonly kind: 'command'; readonly command: '/msg' }
  | { readonly kind: 'person'; readonly person: Person }

export interface Completion {
  readonly suggestions: readonly Suggestion[]
  /** Where the part begins that a suggestion replaces; it ends at the caret. */
  readonly from: number
}

const SHOWN = 8
const COMMAND_BEGUN = /^\s*\/(m|ms|msg)?$/i

/** Null: nothing to complete here. */
export function completionOf(beforeCaret: string, find: (letters: string) => readonly Person[]): Completion | null {
  if (COMMAND_BEGUN.test(beforeCaret)) {
    return { from: beforeCaret.indexOf('/'), suggestions: [{ kind: 'command', command: '/msg' }] }
  }
  const name = nameBeingTyped(beforeCaret)
  if (!name) return null
  const people = find(name.prefix).slice(0, SHOWN)
  if (people.length === 0) return null
  return { from: name.from, suggestions: people.map(person => ({ kind: 'person', person })) }
}

/** The text with the suggestion in place, and where the caret goes. */
export function applySuggestion(
  text: string,
  caret: number,
  from: number,
  suggestion: Suggestion,
): { readonly text: string; readonly caret: number } {
  const inserted = `${suggestion.kind === 'person' ? suggestion.person.username : suggestion.command} `
  const after = text.slice(caret).replace(/^\s+/, '')
  return { text: text.slice(0, from) + inserted + after, caret: from + inserted.length }
}
