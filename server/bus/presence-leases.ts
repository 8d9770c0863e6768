// Who is connected to which node, as far as other nodes must know: each node keeps a set of its own under a lease, and
// hears of the others' sets. State, not log: what is told is how things are now, as far as this node has heard.
import type { AccountRef } from '../domain/entry.ts'

export interface LeasesListener {
  /** Accounts that some other node has now, and none had before. */
  arrived(accounts: readonly AccountRef[]): void
  /** Accounts that no other node has any more. */
  departed(departures: readonly Departure[]): void
  /**
   * The account is gone from every node, and it is this one that has to write it down: it left this one last, or it was
   * on a node that died, whose set this one cleared away. Milliseconds since 1970.
   */
  gone(accountId: string, at: number): void
}

export interface Departure {
  readonly accountId: string
  /** When the last node that had it lost it: milliseconds since 1970. */
  readonly at: number
}

export interface PresenceLeases {
  /** Whom to tell; before `start`. */
  subscribe(listener: LeasesListener): void
  /** Takes this node's lease and reads the others' sets. Rejects when that can't be done. */
  start(): Promise<void>
  /** The account is on this node from now on. Others hear of it in about a second. */
  enter(account: AccountRef): void
  /** It is not, since `at` (milliseconds since 1970). */
  leave(accountId: string, at: number): void
  /** That node's set has changed: read it now. */
  hint(nodeId: string): void
  /**
   * Lets everyone go who is still here. Other nodes keep them for some seconds more: people who are told to come back
   * are with one of those by then. Never rejects.
   */
  close(): Promise<void>
}
