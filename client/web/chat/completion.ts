// What the composer offers to complete: commands once a slash is typed, names after `/msg`, and names after an `@`.
import { foldName } from '../../core/name.ts'
import type { Person } from '../model/conversation.ts'
import { nameBeingTyped } from '../state/typed-text.ts'
import { COMMANDS, type CommandName } from './command.ts'

export type Suggestion =
  | { readonly kind: 'command'; readonly command: CommandName }
  | { readonly kind: 'name' | 'mention'; readonly person: Person }

export interface Completion {
  readonly suggestions: readonly Suggestion[]
  /** Where the part begins that a suggestion replaces; it ends at the caret. */
  readonly from: number
  /** What is typed is whole already: Enter sends it. */
  readonly isWhole: boolean
}

const SHOWN = 8
const COMMAND_BEGUN = /^\s*[/\uFF0F](\w*)$/u
/** As in core/mentions.ts, at the end of what is typed. */
const MENTION_BEGUN = /(?<![\p{L}\p{M}\p{N}_.@\uFF20/-])[@\uFF20]([\p{L}\p{M}\p{N}_.-]*)$/u

/** Null: nothing to complete here. */
export function completionOf(
  beforeCaret: string,
  find: (letters: string, kind: 'name' | 'mention') => readonly Person[],
): Completion | null {
  const begun = COMMAND_BEGUN.exec(beforeCaret)?.[1]?.toLowerCase()
  if (begun !== undefined) {
    const commands = COMMANDS.filter(command => command.startsWith(begun))
    if (commands.length === 0) return null
    const suggestions = commands.map(command => ({ kind: 'command', command }) as const)
    // A command that needs nothing after it runs as it is.
    const isWhole = begun === 'help' || begun === 'delete'
    return { from: beforeCaret.length - begun.length - 1, suggestions, isWhole }
  }
  const name = nameBeingTyped(beforeCaret)
  if (name) return peopleFor('name', name.prefix, name.from)
  const mention = MENTION_BEGUN.exec(beforeCaret)
  if (mention) return peopleFor('mention', mention[1] ?? '', mention.index)
  return null

  function peopleFor(kind: 'name' | 'mention', letters: string, from: number): Completion | null {
    const people = find(letters, kind).slice(0, SHOWN)
    const [first] = people
    if (!first) return null
    const isWhole = kind === 'mention' && foldName(first.username) === foldName(letters)
    return { from, suggestions: people.map(person => ({ kind, person })), isWhole }
  }
}

function insertedBy(suggestion: Suggestion): string {
  switch (suggestion.kind) {
    case 'command':
      return `/${suggestion.command} `
    case 'name':
      return `${suggestion.person.username} `
    case 'mention':
      return `@${suggestion.person.username} `
  }
}

/** The text with the suggestion in place, and where the caret goes. */
export function applySuggestion(
  text: string,
  caret: number,
  from: number,
  suggestion: Suggestion,
): { readonly text: string; readonly caret: number } {
  const inserted = insertedBy(suggestion)
  const after = text.slice(caret).replace(/^\s+/, '')
  return { text: text.slice(0, from) + inserted + after, caret: from + inserted.length }
}
