// Who this browser or this tab was when it was last open, so that its page can begin before the server has answered. The
// browser's own session is a cookie that no script sees: only whose it is is kept. A session of a tab's own is in that
// tab's sessionStorage, and goes with it.
import { readPreference, writePreference } from '../browser/preference.ts'

export interface Remembered {
  readonly id: string
  readonly username: string
}

export interface TabSession {
  readonly token: string
  readonly me: Remembered
}

const BROWSERS = 'account'
const TABS = 'recado.session'

function parseRemembered(value: unknown): Remembered | null {
  if (typeof value !== 'object' || value === null || !('id' in value) || !('username' in value)) return null
  const { id, username } = value
  return typeof id === 'string' && typeof username === 'string' ? { id, username } : null
}

function parseJson(text: string | null): unknown {
  try {
    return text === null ? null : JSON.parse(text)
  } catch {
    return null
  }
}

/** Null: nobody, or storage is denied. */
export const readRemembered = (): Remembered | null => parseRemembered(parseJson(readPreference(BROWSERS)))

export function remember(me: Remembered | null): void {
  writePreference(BROWSERS, me && JSON.stringify({ id: me.id, username: me.username }))
}

/** Null: this tab is whoever the browser is. */
export function readTabSession(): TabSession | null {
  try {
    const value = parseJson(sessionStorage.getItem(TABS))
    if (typeof value !== 'object' || value === null || !('token' in value) || !('me' in value)) return null
    const me = parseRemembered(value.me)
    return me && typeof value.token === 'string' ? { token: value.token, me } : null
  } catch {
    return null
  }
}

/** Where storage is denied, the session lasts until the tab is loaded again. */
export function keepTabSession(session: TabSession | null): void {
  try {
    if (session) sessionStorage.setItem(TABS, JSON.stringify(session))
    else sessionStorage.removeItem(TABS)
  } catch {
    // It holds as long as the page.
  }
}
