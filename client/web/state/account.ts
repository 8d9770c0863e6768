// Who this browser is: nobody yet, or an account whose session lives in a cookie that the page never sees. The tabs of
// a browser share the cookie, so they tell each other when it changes.
//
//              me                    enter
// starting ────────▶ inside ◀──────────────── outside
//    │ ▲                └────────────────────────▲
//    ▼ │ every 3 s        leave · session ended
// unreachable
import { type Client, createClient, fetchExchange } from 'urql'
import { MeDocument, type UserFieldsFragment } from '../../core/generated/graphql.ts'
import { failureOf } from '../i18n/error-words.ts'
import { forgetDrafts } from './draft.ts'
import { LIST_HREF } from './route.ts'

export type OutsideReason = 'first' | 'ended' | 'left' | 'left-everywhere' | 'became-other'

export type AccountState =
  | { readonly phase: 'starting' }
  | { readonly phase: 'unreachable'; readonly code: string }
  | {
      readonly phase: 'outside'
      readonly reason: OutsideReason
      /** Who it was before. */
      readonly username: string | null
      /** Messages of theirs that were not sent yet, kept in this browser. */
      readonly unsent: number
    }
  | { readonly phase: 'inside'; readonly me: UserFieldsFragment }

export interface Account {
  /** Over HTTP, with the cookie: for `enter`, `leave` and the password. */
  readonly client: Client
  getState(): AccountState
  subscribe(listener: () => void): () => void
  /** Asks the server who the cookie is. */
  start(): Promise<void>
  entered(me: UserFieldsFragment): void
  left(reason: Exclude<OutsideReason, 'first' | 'became-other'>, unsent: number): void
}

const RETRY_MS = 3_000

/** Where GraphQL is, also when the page is served below a path. */
export const graphqlUrl = () => new URL('graphql', new URL('.', location.href)).href

export function createAccount(): Account {
  const client = createClient({
    url: graphqlUrl(),
    exchanges: [fetchExchange],
    preferGetMethod: false,
    requestPolicy: 'network-only',
    fetchOptions: { credentials: 'same-origin' },
  })
  const listeners = new Set<() => void>()
  const otherTabs = new BroadcastChannel('recado.account')
  let state: AccountState = { phase: 'starting' }
  let retry: ReturnType<typeof setTimeout> | null = null

  function become(next: AccountState): void {
    state = next
    for (const listener of listeners) listener()
  }

  async function ask() {
    const result = await client.query(MeDocument, {}).toPromise()
    if (result.data) return { me: result.data.me }
    return { code: result.error ? failureOf(result.error).code : 'NETWORK' }
  }

  async function start(): Promise<void> {
    if (retry !== null) clearTimeout(retry)
    retry = null
    const answer = await ask()
    if (answer.code !== undefined) {
      become({ phase: 'unreachable', code: answer.code })
      retry = setTimeout(start, RETRY_MS)
    } else if (answer.me) become({ phase: 'inside', me: answer.me })
    else become({ phase: 'outside', reason: 'first', username: null, unsent: 0 })
  }

  /** Another tab has entered or left: what this one shows may not be its account's any more. */
  otherTabs.onmessage = async () => {
    if (state.phase === 'starting') return
    const answer = await ask()
    if (answer.code !== undefined) return
    if (state.phase === 'inside' && answer.me?.id !== state.me.id) {
      const { username } = state.me
      if (answer.me) become({ phase: 'outside', reason: 'became-other', username: answer.me.username, unsent: 0 })
      else become({ phase: 'outside', reason: 'ended', username, unsent: 0 })
    } else if (state.phase === 'outside' && answer.me) become({ phase: 'inside', me: answer.me })
  }

  return {
    client,
    getState: () => state,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    start,
    entered(me) {
      become({ phase: 'inside', me })
      otherTabs.postMessage('entered')
    },
    left(reason, unsent) {
      const username = state.phase === 'inside' ? state.me.username : null
      // Somebody who leaves on purpose leaves nothing open for the next one.
      if (reason !== 'ended') {
        if (state.phase === 'inside') forgetDrafts(state.me.id)
        history.replaceState(null, '', LIST_HREF)
      }
      become({ phase: 'outside', reason, username, unsent })
      otherTabs.postMessage('left')
    },
  }
}
