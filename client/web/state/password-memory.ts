// Whether an account has a password, as far as this browser knows: the server never tells. Leaving asks, because a
// name without one is lost when its last session ends.
import { readPreference, writePreference } from './preference.ts'

export function rememberPassword(accountId: string, hasPassword: boolean): void {
  writePreference(`password.${accountId}`, hasPassword ? 'yes' : 'no')
}

/** Null: not known. */
export function hasPassword(accountId: string): boolean | null {
  const kept = readPreference(`password.${accountId}`)
  return kept === null ? null : kept === 'yes'
}
