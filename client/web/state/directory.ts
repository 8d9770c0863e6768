// Who goes by which name, as far as this page has seen: a name can change hands, so the newest sighting counts.

import { foldName } from '../../core/name.ts'
import type { Person } from '../model/conversation.ts'

export interface Directory {
  /** @param at when the account went by this name, in milliseconds since 1970 */
  learn(person: Person, at: number): void
  byName(name: string): Person | null
  /** Everybody seen so far. */
  people(): readonly Person[]
  /** Another account goes by this person's name now: what is sent to the name would reach a stranger. */
  hasChangedHands(person: Person): boolean
}

interface Sighting {
  readonly person: Person
  readonly at: number
}

export function createDirectory(): Directory {
  const sightingsByName = new Map<string, Sighting>()

  return {
    learn({ id, username }, at) {
      const name = foldName(username)
      const last = sightingsByName.get(name)
      if (last && last.at >= at) return
      sightingsByName.set(name, { person: last?.person.id === id ? last.person : { id, username }, at })
    },
    byName: name => sightingsByName.get(foldName(name))?.person ?? null,
    people: () => [...sightingsByName.values()].map(({ person }) => person),
    hasChangedHands(person) {
      const sighting = sightingsByName.get(foldName(person.username))
      return sighting !== undefined && sighting.person.id !== person.id
    },
  }
}
