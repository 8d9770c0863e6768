// At the end: every node tells the same log, page by page, and it is the one that the sessions were fed.
import { data, type Entered } from '../setup/request.ts'
import type { Place } from './devices.ts'
import type { Ledger } from './ledger.ts'

export interface AgreementOptions {
  readonly places: readonly Place[]
  readonly people: readonly Entered[]
  readonly ledger: Ledger
}

/** Accounts whose pages are read. */
const READERS = 2
const PAGE =
  'query ($before: Cursor) { messages(before: $before, limit: 100) { nodes { id cursor } pageInfo { hasPreviousPage startCursor } } }'

/** Answers with what does not agree. */
export async function agreementOf({ places, people, ledger }: AgreementOptions): Promise<string[]> {
  const wrong: string[] = []
  for (const { token, username } of people.slice(0, READERS)) {
    const logs = await Promise.all(places.map(({ graphql }) => logOf(graphql, token).catch(error => [String(error)])))
    const [first = []] = logs
    if (new Set(first).size !== first.length) wrong.push(`the pages of ${username} repeat something`)
    for (const [at, log] of logs.entries()) {
      if (log.join() !== first.join()) wrong.push(`node ${at} has other pages for ${username} than node 0`)
    }
    for (const missing of ledger.missingFrom(username, first)) wrong.push(`the pages of ${username} lack ${missing}`)
  }
  return wrong
}

/** All that the account may see, oldest first: `cursor id`. */
async function logOf(graphql: string, token: string): Promise<string[]> {
  const log: string[] = []
  for (let before: string | null = null; ; ) {
    const { messages } = await data(graphql, PAGE, { token, variables: { before } })
    const nodes = messages.nodes as { id: string; cursor: string }[]
    log.unshift(...nodes.map(({ id, cursor }) => `${cursor} ${id}`))
    if (!messages.pageInfo.hasPreviousPage) return log
    before = messages.pageInfo.startCursor
  }
}
