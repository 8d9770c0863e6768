// The name of a nonce in a store that keeps long ones by their digest, so that each takes as little as a usual one. What
// begins like such a name is kept by its digest too, so a name never stands for two nonces.
import { createHash } from 'node:crypto'

/** Longer nonces are kept by their digest. */
const LONGEST_NONCE = 60

/** The nonce itself, or `#` and 43 characters of base64url. */
export function nonceName(key: string): string {
  if (key.length <= LONGEST_NONCE && !key.startsWith('#')) return key
  return `#${createHash('sha256').update(key).digest('base64url')}`
}

/** Whether this is the name of a long one already. The program's own nonces begin otherwise (domain/message.ts). */
export function isDigestedNonce(name: string): boolean {
  return /^#[\w-]{43}$/.test(name)
}
