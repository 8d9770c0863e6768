// The commands that this program carries out itself. Everything else that begins with a slash goes to the server as it is
// typed, so that there is one rule of what is private.
import { commandIn } from '../unknown-command.ts'

const PRIVATE = ['msg', 'w', 'dm'] as const
const NAMES = {
  help: 'help',
  ajuda: 'help',
  who: 'who',
  quem: 'who',
  quit: 'quit',
  sair: 'quit',
  edit: 'edit',
  editar: 'edit',
  delete: 'delete',
  apagar: 'delete',
  reply: 'reply',
  responder: 'reply',
  search: 'search',
  buscar: 'search',
  end: 'end',
  encerrar: 'end',
} as const

export type LocalName = (typeof NAMES)[keyof typeof NAMES] | 'open'

export interface LocalCommand {
  readonly name: LocalName
  /** What follows, without white space around it. */
  readonly rest: string
}

/** Null: it is for the server. `/msg joao` without a text opens the conversation with joao. */
export function parseLocal(text: string): LocalCommand | null {
  const [, typed = '', rest = ''] = /^\s*\/([a-z]+)(?:\s+([\s\S]*))?$/i.exec(text) ?? []
  const word = typed.toLowerCase()
  if (PRIVATE.some(name => name === word)) {
    const name = rest.trim()
    return name === '' || /\s/.test(name) ? null : { name: 'open', rest: name }
  }
  return Object.hasOwn(NAMES, word) ? { name: NAMES[word as keyof typeof NAMES], rest: rest.trim() } : null
}

/** Whether the server would read it as a command: its first visible character is a slash. */
export function looksLikeCommand(text: string): boolean {
  return commandIn(text) !== null
}

/** Whether it is one: a text that begins with two slashes is a text with one. */
export function isCommand(text: string): boolean {
  return looksLikeCommand(text) && !/^\s*\/\//.test(text)
}

/** Who a typed text is for: a name, or null: everyone, or a command that is not of that kind. */
export function addresseeOf(text: string): string | null {
  return /^\s*\/(?:msg|w|dm)\s+(\S+)\s/i.exec(text)?.[1] ?? null
}

/** All that may follow the slash: the reader's own language first, then the other, which is understood too. */
export function allCommands(locale: string): readonly string[] {
  const own = commandNames(locale).map(name => name.slice(1))
  return [...new Set([...PRIVATE, ...own, ...Object.keys(NAMES)])]
}

/** For completion, in the reader's language. */
export function commandNames(locale: string): readonly string[] {
  const own = locale.startsWith('pt')
    ? ['/ajuda', '/quem', '/editar', '/apagar', '/responder', '/buscar', '/encerrar', '/sair']
    : ['/help', '/who', '/edit', '/delete', '/reply', '/search', '/end', '/quit']
  return ['/msg', ...own]
}
