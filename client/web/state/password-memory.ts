// Whether an account has a password, as far as this browser knows: the server never tells. Leaving asks, because a
// name without one is lost when its last session ends.
import { readPreference, writePreference } from '../browser/preference.ts'

/** @param hasPassword null: it is not known, or there is no such account any more */
export function rememberPassword(accountId: string, hasPassword: boolean | null): void {
  writePreference(`password.${accountId}`, hasPassword === null ? null : hasPassword ? 'yes' : 'no')
}

/** Null: not known. */
export function hasPassword(accountId: string): boolean | null {
  const kept = readPreference(`password.${accountId}`)
  return kept === null ? null : kept === 'yes'
}
