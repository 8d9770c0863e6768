// Enters with a code of another device, as the browser or as this tab alone.
import { EnterHereWithCodeDocument, EnterWithCodeDocument } from '../../core/generated/graphql.ts'
import type { Failure } from '../model/failure.ts'
import type { Account } from '../state/account.ts'

/** @param code what the other device shows, or a `deviceCode` @returns null when one is in */
export async function enterWithCode(account: Account, code: string): Promise<Failure | null> {
  const { client, isTabsOwn } = account
  if (isTabsOwn) {
    const { data, error } = await client.ask(EnterWithCodeDocument, { code })
    if (!data) return error
    account.entered(data.enterWithCode.me, data.enterWithCode.token)
  } else {
    const { data, error } = await client.ask(EnterHereWithCodeDocument, { code })
    if (!data) return error
    account.entered(data.enterWithCode.me)
  }
  return null
}
