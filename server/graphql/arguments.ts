// Arguments that several fields have, read in one way.
import type { Accounts } from '../accounts/accounts.ts'
import type { AccountRef } from '../domain/entry.ts'
import { Refusal } from '../domain/errors.ts'

export interface PeerArguments {
  readonly with?: string | null | undefined
  readonly withId?: string | null | undefined
}

/**
 * @param pageLimit the largest page; 0: no limit
 * @throws Refusal BAD_USER_INPUT
 */
export function checkLimit(limit: number, pageLimit: number): number {
  const most = pageLimit > 0 ? pageLimit : Number.MAX_SAFE_INTEGER
  if (limit >= 1 && limit <= most) return limit
  throw new Refusal('BAD_USER_INPUT', `\`limit\` is a number from 1 to ${most}, not ${limit}.`)
}

/**
 * With whom a conversation is: by a name that somebody has now, or by an id, also of an account that was deleted. Null:
 * neither is given. An empty name is nobody's, never everyone.
 * @throws Refusal BAD_USER_INPUT, UNKNOWN_RECIPIENT
 */
export async function peerOf(
  accounts: Pick<Accounts, 'byName' | 'byId'>,
  { with: name, withId: id }: PeerArguments,
): Promise<AccountRef | null> {
  if (name != null && id != null) throw new Refusal('BAD_USER_INPUT', 'Give `with` or `withId`, not both.')
  if (name == null && id == null) return null
  const account = id == null ? await accounts.byName(name ?? '') : await accounts.byId(id)
  if (!account) {
    throw id == null ? new Refusal('UNKNOWN_RECIPIENT') : new Refusal('UNKNOWN_RECIPIENT', 'No account has that id.')
  }
  return { id: account.id, username: account.username }
}
