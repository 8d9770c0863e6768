// Who this tab is: nobody yet; the browser's account, whose session lives in a cookie that the page never sees; or
// another person, by a token of the tab's own. The tabs of a browser share the cookie, so they tell each other when it
// changes. Who was in when the page was closed is let in at once, from memory, while the server is asked.
//
//          me, or remembered            enter
// starting ────────────────▶ inside ◀──────────────── outside
//    │ ▲                        └────────────────────────▲
//    ▼ │ every 3 s                leave · session ended
// unreachable
import { EnterDocument, EnterHereDocument, MeDocument, type UserFieldsFragment } from '../../core/generated/graphql.ts'
import { createHttp } from '../../core/http.ts'
import { createIndexedDbChangeStorage, createIndexedDbStorage } from '../../core/indexed-db-storage.ts'
import { eraseCopies } from '../engine/copy-store.ts'
import { type Asker, createAsker } from '../model/asker.ts'
import type { Failure } from '../model/failure.ts'
import { forgetDrafts } from './draft.ts'
import { rememberPassword } from './password-memory.ts'
import { keepTabSession, type Remembered, readRemembered, readTabSession, remember } from './remembered.ts'
import { LIST_HREF } from './route.ts'

/** `another`: this tab was opened for somebody else than the browser's account. */
export type OutsideReason = 'first' | 'ended' | 'left' | 'left-everywhere' | 'deleted' | 'became-other' | 'another'

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

/** What runs while somebody is inside. */
export interface Inhabitant {
  /** Messages that are still to be sent. */
  waiting(): number
  /** They are gone for good: what this device keeps of their conversations goes too. */
  erase(): void
}

export interface Account {
  /** Over HTTP, with the cookie or the tab's token: for `enter`, `leave` and the password. */
  readonly client: Asker
  /** This tab is for another person than the browser: it neither reads nor sets the cookie. */
  readonly isTabsOwn: boolean
  /** Of a session of this tab's own; null: the cookie's, or none yet. */
  readonly token: string | null
  getState(): AccountState
  subscribe(listener: () => void): () => void
  /** Asks the server who this is. */
  start(): Promise<void>
  /** Enters here, as the browser or as this tab alone. @returns null when one is in */
  enter(username: string, password: string | null, invitation?: string | null): Promise<Failure | null>
  /** @param token in a tab of its own: what `enter` or `enterWithCode` gave, asked with this account's `client` */
  entered(me: UserFieldsFragment, token?: string): void
  left(reason: Exclude<OutsideReason, 'first' | 'deleted' | 'became-other' | 'another'>, unsent?: number): void
  /** The account is no more: also what it meant to send is of no use to anybody. */
  deleted(me: Remembered): void
  /** From now on this tab is for another person. */
  beAnother(): void
  /** And from now on it is the browser's again. */
  beBrowsers(): void
  /** @returns what takes it away again */
  inhabit(inhabitant: Inhabitant): () => void
}

const RETRY_MS = 3_000
/** How often a page that stays open asks something over HTTP: what a socket carries can't renew its cookie. */
const VISIT_MS = 60 * 60 * 1000
/** `?as=` at the end of the page's address: opened for another person. */
const ANOTHER = 'as'

/** Where GraphQL is, also when the page is served below a path. */
export const graphqlUrl = () => new URL('graphql', new URL('.', location.href)).href

const asUser = ({ id, username }: Remembered): UserFieldsFragment => ({ id, username, online: false, lastSeenAt: null })

/** Messages of this account that wait in the browser; 0 also where it does not say. */
async function unsentOf(accountId: string): Promise<number> {
  try {
    const entries = await createIndexedDbStorage().load(`${graphqlUrl()} ${accountId}`)
    return entries.filter(({ state }) => state !== 'refused').length
  } catch {
    return 0
  }
}

async function forgetUnsent(accountId: string): Promise<void> {
  const key = `${graphqlUrl()} ${accountId}`
  try {
    const [outbox, changes] = [createIndexedDbStorage(), createIndexedDbChangeStorage()]
    for (const { nonce } of await outbox.load(key)) await outbox.remove(key, nonce)
    for (const change of await changes.load(key)) await changes.remove(key, change)
  } catch {
    // Where nothing can be stored, nothing was.
  }
}

export function createAccount(): Account {
  const kept = readTabSession()
  let isTabsOwn = kept !== null || new URLSearchParams(location.search).has(ANOTHER)
  let token = kept?.token ?? null
  const httpOf = (account: string | undefined) =>
    createHttp({
      url: graphqlUrl(),
      token: token ?? undefined,
      account: () => account,
      fetch: (...args) => fetch(...args),
      credentials: isTabsOwn ? 'omit' : 'same-origin',
    })
  /** Whoever is in here leaves and changes the password: not whoever the cookie may have become of meanwhile. */
  const client = createAsker(() => httpOf(state.phase === 'inside' ? state.me.id : undefined))
  /** Who that is. */
  const anybody = createAsker(() => httpOf(undefined))
  const listeners = new Set<() => void>()
  const otherTabs = new BroadcastChannel('recado.account')
  let state: AccountState = { phase: 'starting' }
  let inhabitant: Inhabitant | null = null
  /** Who was inside last: on leaving, the end of the session may be heard before the answer is. */
  let last: UserFieldsFragment | null = null
  let retry: ReturnType<typeof setTimeout> | null = null
  /** Counts questions: the answer to one that was asked before things changed is of no use. */
  let asked = 0

  function become(next: AccountState): void {
    asked++
    if (retry !== null) clearTimeout(retry)
    retry = null
    state = next
    if (next.phase === 'inside') last = next.me
    for (const listener of listeners) listener()
  }

  /** The same person is the same object, so that nothing begins anew when the server confirms who it is. */
  function goInside(me: UserFieldsFragment): void {
    if (!isTabsOwn) remember(me)
    const isThere = state.phase === 'inside' && state.me.id === me.id && state.me.username === me.username
    if (!isThere) become({ phase: 'inside', me })
  }

  /** Somebody else may have entered in another tab long before this one hears that its own person is out. */
  function newcomer(): Remembered | null {
    const remembered = isTabsOwn ? null : readRemembered()
    return remembered?.id === last?.id ? null : remembered
  }

  /** @param unsent where the caller knows better than who is inside */
  function goOutside(reason: OutsideReason, username: string | null, unsent = inhabitant?.waiting() ?? 0): void {
    const now = newcomer()
    inhabitant?.erase()
    forgetDrafts(isTabsOwn, now?.id ?? null)
    if (isTabsOwn) {
      token = null
      keepTabSession(null)
    } else {
      remember(now)
      void eraseCopies(now && `${graphqlUrl()} ${now.id}`)
    }
    become({ phase: 'outside', reason, username, unsent })
  }

  function becomeOther(me: Remembered): void {
    if (!isTabsOwn) remember(me)
    goOutside('became-other', me.username, 0)
  }

  /** Their session ended while nothing ran that would know what waits. */
  async function hasEnded({ id, username }: Remembered): Promise<void> {
    const own = asked
    const kept = await unsentOf(id)
    if (own === asked) goOutside('ended', username, Math.max(kept, inhabitant?.waiting() ?? 0))
  }

  async function ask() {
    const own = ++asked
    const result = await anybody.ask(MeDocument, {})
    if (own !== asked) return null
    if (result.data) return { me: result.data.me }
    return { code: result.error.code }
  }

  async function start(): Promise<void> {
    if (retry !== null) clearTimeout(retry)
    if (isTabsOwn && token === null) return become({ phase: 'outside', reason: 'another', username: null, unsent: 0 })
    const before = kept !== null && isTabsOwn ? kept.me : readRemembered()
    if (state.phase === 'starting' && before) goInside(asUser(before))
    const answer = await ask()
    if (answer === null) return
    const { code, me } = answer
    if (me) {
      // Another person's page goes first, with what it keeps.
      if (state.phase === 'inside' && state.me.id !== me.id) becomeOther(me)
      return goInside(me)
    }
    if (me === null || code === 'UNAUTHENTICATED') {
      if (state.phase === 'inside') return hasEnded(state.me)
      return become({ phase: 'outside', reason: 'first', username: null, unsent: 0 })
    }
    // Who is inside from memory stays there: the chat says by itself that there is no connection, or no session.
    if (state.phase === 'inside') return
    become({ phase: 'unreachable', code: code ?? 'NETWORK' })
    retry = setTimeout(start, RETRY_MS)
  }

  /** Another tab has entered or left: what this one shows may not be its account's any more. */
  otherTabs.onmessage = async () => {
    if (state.phase === 'starting' || isTabsOwn) return
    const answer = await ask()
    if (answer === null || answer.code !== undefined) return
    const { me } = answer
    if (state.phase === 'inside' && me?.id !== state.me.id) {
      const { username } = state.me
      if (me) {
        becomeOther(me)
      } else goOutside('ended', username)
    } else if (state.phase === 'outside' && me) goInside(me)
  }

  // Whoever is not in any more hears it from the chat.
  setInterval(() => {
    if (state.phase === 'inside' && !isTabsOwn) void anybody.ask(MeDocument, {})
  }, VISIT_MS)

  const account: Account = {
    client,
    get isTabsOwn() {
      return isTabsOwn
    },
    get token() {
      return token
    },
    getState: () => state,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    start,

    async enter(username, password, invitation = null) {
      const variables = { username, password, invitation }
      const remembered = (me: UserFieldsFragment) => rememberPassword(me.id, password !== null)
      if (isTabsOwn) {
        const { data, error } = await client.ask(EnterDocument, variables)
        if (!data) return error
        remembered(data.enter.me)
        account.entered(data.enter.me, data.enter.token)
      } else {
        const { data, error } = await client.ask(EnterHereDocument, variables)
        if (!data) return error
        remembered(data.enter.me)
        account.entered(data.enter.me)
      }
      return null
    },
    entered(me, given) {
      if (isTabsOwn && given !== undefined) {
        token = given
        keepTabSession({ token, me })
      }
      goInside(me)
      if (!isTabsOwn) otherTabs.postMessage('entered')
    },
    left(reason, unsent) {
      // Who has just left hears that their session has ended, too.
      if (reason === 'ended' && state.phase === 'outside') return
      const username = last?.username ?? null
      // Somebody who leaves on purpose leaves nothing open for the next one.
      if (reason !== 'ended') {
        history.replaceState(null, '', LIST_HREF)
      }
      goOutside(reason, username, unsent)
      if (!isTabsOwn) otherTabs.postMessage('left')
    },
    deleted({ id, username }) {
      rememberPassword(id, null)
      history.replaceState(null, '', LIST_HREF)
      goOutside('deleted', username, 0)
      void forgetUnsent(id)
      if (!isTabsOwn) otherTabs.postMessage('left')
    },
    beAnother() {
      isTabsOwn = true
      token = null
      // The browser's account goes on in the other tabs: nothing of it is erased.
      inhabitant = null
      become({ phase: 'outside', reason: 'another', username: null, unsent: 0 })
    },
    beBrowsers() {
      isTabsOwn = false
      token = null
      keepTabSession(null)
      inhabitant = null
      if (new URLSearchParams(location.search).has(ANOTHER)) history.replaceState(null, '', location.pathname)
      become({ phase: 'starting' })
      void start()
    },
    inhabit(next) {
      inhabitant = next
      return () => {
        if (inhabitant === next) inhabitant = null
      }
    },
  }
  return account
}
