// Who is connected, by address, account and session: to bound how many there are, to end a session's connections when
// the session ends, and to let all go in waves when the server stops. One object for WebSockets and SSE streams alike.
import { LRUCache } from 'lru-cache'
import { isLoopback } from '../accounts/address.ts'
import type { Refusal } from '../domain/errors.ts'

/** Sessions and accounts that ended lately: far more than can end between a look-up and the connection it lets in. */
const LATELY = 10_000

/** A WebSocket, or an SSE stream. */
export interface Connection {
  /** The session that it proved itself with; null: nobody's. */
  readonly sessionId: string | null
  readonly accountId: string | null
  /** Its session is over: deliver nothing more, finish the answer that is under way, then close (4403). */
  endSession(cause: Refusal): void
  /** The server is about to stop: close so that the client comes back (1012). */
  drain(): void
  /** Another sweep of the heartbeat: `now` in whole milliseconds of the monotonic clock. */
  beat(now: number): void
}

export interface ConnectionsOptions {
  /** 0: no limit, as below. */
  readonly perUser: number
  readonly perAddress: number
}

export interface Connections {
  /** Counts an address in; false: it has too many. Loopback is exempt. */
  admit(address: string): boolean
  dismiss(address: string): void
  /** It is there, and nobody's yet: it is watched, and let go with all others, from now on. */
  open(connection: Connection): void
  /**
   * It is its account's from now on. False: the account has too many connections. One whose session ended after it was looked up is ended right away, as
   * if it had been here in time.
   */
  add(connection: Connection): boolean
  remove(connection: Connection): void
  endSessions(sessionIds: readonly string[], cause: Refusal): void
  /** Whether the session has a connection. */
  hasSession(sessionId: string): boolean
  /** Ends whatever these accounts have, by whichever session. Walks all connections: for what is rare. */
  endAccounts(accountIds: readonly string[], cause: Refusal): void
  readonly all: ReadonlySet<Connection>
}

export function createConnections({ perUser, perAddress }: ConnectionsOptions): Connections {
  const countByAddress = new Map<string, number>()
  const countByAccount = new Map<string, number>()
  const connectionsBySession = new Map<string, Connection[]>()
  const all = new Set<Connection>()
  const causeByEnded = new LRUCache<string, Refusal>({ max: LATELY })

  return {
    admit(address) {
      const count = countByAddress.get(address) ?? 0
      if (perAddress > 0 && count >= perAddress && !isLoopback(address)) return false
      countByAddress.set(address, count + 1)
      return true
    },
    dismiss(address) {
      const count = (countByAddress.get(address) ?? 1) - 1
      if (count > 0) countByAddress.set(address, count)
      else countByAddress.delete(address)
    },
    open: connection => void all.add(connection),
    add(connection) {
      const { accountId, sessionId } = connection
      if (accountId !== null) {
        const count = countByAccount.get(accountId) ?? 0
        if (perUser > 0 && count >= perUser) return false
        countByAccount.set(accountId, count + 1)
      }
      all.add(connection)
      if (sessionId !== null) {
        const siblings = connectionsBySession.get(sessionId)
        if (siblings) siblings.push(connection)
        else connectionsBySession.set(sessionId, [connection])
      }
      const cause = causeByEnded.get(sessionId ?? '') ?? causeByEnded.get(accountId ?? '')
      if (cause) connection.endSession(cause)
      return true
    },
    remove(connection) {
      if (!all.delete(connection)) return
      const { accountId, sessionId } = connection
      if (accountId !== null) {
        const count = (countByAccount.get(accountId) ?? 1) - 1
        if (count > 0) countByAccount.set(accountId, count)
        else countByAccount.delete(accountId)
      }
      if (sessionId === null) return
      const siblings = connectionsBySession.get(sessionId)
      const index = siblings?.indexOf(connection) ?? -1
      if (!siblings || index < 0) return
      const last = siblings.pop()
      if (last && last !== connection) siblings[index] = last
      if (siblings.length === 0) connectionsBySession.delete(sessionId)
    },
    endSessions(sessionIds, cause) {
      // Copies: a connection that ends leaves its list at once.
      for (const id of sessionIds) {
        causeByEnded.set(id, cause)
        for (const connection of [...(connectionsBySession.get(id) ?? [])]) connection.endSession(cause)
      }
    },
    hasSession: sessionId => connectionsBySession.has(sessionId),
    endAccounts(accountIds, cause) {
      const ended = new Set(accountIds)
      for (const id of ended) causeByEnded.set(id, cause)
      for (const connection of [...all]) {
        if (connection.accountId !== null && ended.has(connection.accountId)) connection.endSession(cause)
      }
    },
    all,
  }
}
