// The commands of the composer. `/msg` and its short forms are the protocol's (TEXT-*), read by `readTyped`; the others
// are this page's own and never reach the server.
import { nearestOf } from '../../core/nearest.ts'
import { readTyped } from '../state/typed-text.ts'

export const COMMANDS = ['msg', 'w', 'dm', 'search', 'edit', 'delete', 'help'] as const
export type CommandName = (typeof COMMANDS)[number]

export type PageCommand =
  | { readonly kind: 'help' }
  | { readonly kind: 'search'; readonly text: string }
  | { readonly kind: 'edit'; readonly text: string }
  | { readonly kind: 'delete' }

/** What was meant by a command that there is not; null: nothing near enough. @param command with its slash */
export function nearestCommand(command: string): CommandName | null {
  return nearestOf(command.slice(1), COMMANDS)
}

/** Null: it is none of the page's. */
export function pageCommandOf(text: string): PageCommand | null {
  const typed = readTyped(text)
  if (typed.kind !== 'unknown-command') return null
  // Whatever stands before the slash is invisible, so it is no white space only by accident.
  const rest = /^[^/\uFF0F]*\S+\s*([\s\S]*)$/u.exec(text)?.[1]?.trim() ?? ''
  switch (typed.command) {
    case '/help':
      return { kind: 'help' }
    case '/search':
      return { kind: 'search', text: rest }
    case '/edit':
      return { kind: 'edit', text: rest }
    case '/delete':
      return rest === '' ? { kind: 'delete' } : null
    default:
      return null
  }
}
