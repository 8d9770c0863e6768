// Which people a few typed letters may mean: those online first, then those whose name begins with them.

import { foldName } from '../../core/name.ts'
import type { Person } from '../model/conversation.ts'

interface Crowd {
  readonly online: readonly Person[]
  /** May repeat those online. */
  readonly others: readonly Person[]
  readonly me: Person
}

/** Everybody whose name has these letters, each once, without oneself; all, for an empty text. */
export function findPeople(typed: string, { online, others, me }: Crowd): readonly Person[] {
  const letters = foldName(typed)
  const onlineIds = new Set(online.map(person => person.id))
  const byId = new Map([...online, ...others].map(person => [person.id, person]))
  byId.delete(me.id)
  const rank = (person: Person) =>
    (foldName(person.username).startsWith(letters) ? 0 : 2) + (onlineIds.has(person.id) ? 0 : 1)
  return [...byId.values()]
    .filter(person => foldName(person.username).includes(letters))
    .sort((a, b) => rank(a) - rank(b) || a.username.localeCompare(b.username))
}
