// The commands of the composer. `/msg` and its short forms are the protocol's (TEXT-*), read by `readTyped`; the others
// are this page's own and never reach the server.
import { readTyped } from '../state/typed-text.ts'

export const COMMANDS = ['msg', 'w', 'dm', 'search', 'edit', 'delete', 'help'] as const
export type CommandName = (typeof COMMANDS)[number]

export type PageCommand =
  | { readonly kind: 'help' }
  | { readonly kind: 'search'; readonly text: string }
  | { readonly kind: 'edit'; readonly text: string }
  | { readonly kind: 'delete' }

/** So many letters may be wrong, missing or too many. */
const FAR = 2

/** What was meant by a command that there is not; null: nothing near enough. @param command with its slash */
export function nearestCommand(command: string): CommandName | null {
  const typed = command.slice(1)
  let nearest: CommandName | null = null
  let least = Math.min(FAR, typed.length - 1) + 1
  for (const name of COMMANDS) {
    const distance = distanceOf(typed, name)
    if (distance < least) [nearest, least] = [name, distance]
  }
  return nearest
}

/** Letters to put in, take out or replace; two that are next to each other and swapped count once. */
function distanceOf(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, index) => index)]
  const at = (row: number, column: number) => rows[row]?.[column] ?? Number.POSITIVE_INFINITY
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    rows.push(row)
    for (let j = 1; j <= b.length; j++) {
      const replaced = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY
      row.push(Math.min(replaced, swapped, at(i - 1, j) + 1, at(i, j - 1) + 1))
    }
  }
  return at(a.length, b.length)
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
