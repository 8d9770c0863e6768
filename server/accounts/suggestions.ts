// A name that somebody can't have → up to five that are free at this moment, made of what was typed. Who has a name is no
// secret (`users`); whether it has a password is, and nothing here depends on that. (PROTOCOL.md: ENTER-11)
import { randomInt } from 'node:crypto'
import { LENGTH_LIMIT, readUsername, type Username } from '../domain/username.ts'
import type { Store } from '../store/store.ts'
import { isLoopback, networkOf } from './address.ts'
import type { Limiter } from './limiter.ts'

/** Names in one answer. */
const MOST = 5
/** Names looked up for one answer, in one go. */
const CANDIDATES = 20
/** Of what was typed, in UTF-16 units: a name is made of no more. */
const READ = 128

export interface SuggestionsOptions {
  readonly store: Pick<Store, 'areFree'>
  readonly limiter: Pick<Limiter, 'take'>
}

/** Never rejects: without an answer of the store, or for an address that asks too often, there are none. */
export type Suggest = (typed: string, address: string) => Promise<readonly string[]>

export function createSuggestions({ store, limiter }: SuggestionsOptions): Suggest {
  return async (typed, address) => {
    const candidates = candidatesOf(typed)
    if (candidates.length === 0) return []
    try {
      if (!isLoopback(address)) await limiter.take('suggestions', networkOf(address))
      const areFree = await store.areFree(candidates.map(({ key, skeleton }) => ({ key, skeleton })))
      return candidates.flatMap(({ username }, n) => (areFree[n] ? [username] : [])).slice(0, MOST)
    } catch {
      return []
    }
  }
}

/** Names that anybody could have, the nearest to what was typed first, no two of which are taken for each other. */
export function candidatesOf(typed: string): readonly Username[] {
  const base = cleaned(typed)
  if (base === null) return []
  const numbers = [10, 100, 1_000].flatMap(least => Array.from({ length: 3 }, () => randomInt(least, least * 10)))
  const endings = ['', '2', '3', '_2', '.2', '-2', '7', '8', '9', ...numbers.map(String)]
  const names = new Map<string, Username>()
  for (const ending of endings) {
    const name = readUsername(withEnding(base, ending))
    if (name && name.username !== typed && ![...names.values()].some(({ skeleton }) => skeleton === name.skeleton)) {
      names.set(name.key, name)
    }
  }
  return [...names.values()].slice(0, CANDIDATES)
}

function withEnding(base: string, ending: string): string {
  const kept = Array.from(base).slice(0, LENGTH_LIMIT - ending.length)
  return kept.join('').replace(/[._-]+$/, '') + ending
}

/** The nearest name to what was typed, in length and characters; null: nothing of it is in any name. */
function cleaned(typed: string): string | null {
  if (readUsername(typed)) return typed
  const plain = typed.slice(0, READ).toWellFormed().normalize('NFKC')
  // Of an address for mail, whose it is.
  const local = /^[^@]+(?=@)/.exec(plain)?.[0] ?? plain
  const joined = local.trim().replace(/[\p{White_Space}\p{Pd}/\\+]+/gu, '_')
  // As it was written; without what other scripts have brought in; in plain letters.
  const attempts = [
    joined.replace(/[^\p{L}\p{M}\p{Nd}._-]/gu, ''),
    joined.replace(/[^\p{Script=Latin}\p{M}0-9._-]/gu, ''),
    joined.normalize('NFD').replace(/[^A-Za-z0-9._-]/g, ''),
  ]
  for (const attempt of attempts) {
    const trimmed = attempt.replace(/^[^\p{L}\p{Nd}]+/u, '')
    const name = readUsername(withEnding(trimmed, ''))
    if (name) return name.username
  }
  return null
}
