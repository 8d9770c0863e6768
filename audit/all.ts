// Every audit, in the order of docs/PROTOCOL.md.
import { type Audit, clauseOf } from './audit.ts'
import { authentication } from './topics/authentication.ts'
import { closing } from './topics/closing.ts'
import { cursors } from './topics/cursors.ts'
import { devices } from './topics/devices.ts'
import { entering } from './topics/entering.ts'
import { feeds } from './topics/feeds.ts'
import { graphqlHttp } from './topics/graphql-http.ts'
import { http } from './topics/http.ts'
import { limits } from './topics/limits.ts'
import { moderation } from './topics/moderation.ts'
import { pages } from './topics/pages.ts'
import { promise } from './topics/promise.ts'
import { reading } from './topics/reading.ts'
import { revisions } from './topics/revisions.ts'
import { sending } from './topics/sending.ts'
import { sockets } from './topics/sockets.ts'
import { sse } from './topics/sse.ts'
import { texts } from './topics/texts.ts'

/** Those of Recado's protocol alone. */
export const recadoAudits: readonly Audit[] = [
  ...promise,
  ...entering,
  ...authentication,
  ...sockets,
  ...cursors,
  ...feeds,
  ...pages,
  ...sending,
  ...texts,
  ...revisions,
  ...devices,
  ...reading,
  ...moderation,
  ...http,
  ...sse,
  ...limits,
  ...closing,
]

/** All of them, those of graphql-http too. */
export async function allAudits(): Promise<readonly Audit[]> {
  return [...recadoAudits, ...(await graphqlHttp())]
}

/**
 * The audits that these words name: an id (`ENTER-3b`), a clause (`ENTER-3`) or a section (`ENTER`).
 * @returns null when a word names none, with the word
 */
export function selectAudits(
  audits: readonly Audit[],
  words: readonly string[],
): { readonly selected: readonly Audit[] } | { readonly unknown: string } {
  const names = ({ id }: Audit): string[] => [id, clauseOf(id), clauseOf(id).replace(/-\d+$/, '')]
  const unknown = words.find(word => !audits.some(audit => names(audit).includes(word)))
  if (unknown !== undefined) return { unknown }
  return { selected: audits.filter(audit => names(audit).some(name => words.includes(name))) }
}
