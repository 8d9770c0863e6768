// What goes between the main thread and the store's threads: calls by the names that store.ts gives them, and their
// results. Everything here is plain data, for it is copied by postMessage.
import type { Entry, MessageEntry, Position } from '../../domain/entry.ts'
import type { Appended, Draft, Store } from '../store.ts'
import type { StoreErrorCode } from '../store-error.ts'
import type { Identity } from './database-file.ts'
import type { PackedCalls, PackedOutcomes } from './packing.ts'

type Unwrapped<Name extends keyof Store> = Store[Name] extends (...args: infer Args) => Promise<infer Result>
  ? (...args: Args) => Result
  : never

type ReadName =
  | 'read'
  | 'message'
  | 'page'
  | 'at'
  | 'lastVisible'
  | 'newest'
  | 'follow'
  | 'accountById'
  | 'accountByKey'
  | 'accountBySkeleton'
  | 'accounts'
  | 'areFree'
  | 'findSession'
  | 'sessions'
  | 'trimmed'
  | 'readPositions'
  | 'conversations'
  | 'record'
  | 'records'

type PlainWriteName =
  | 'revise'
  | 'findNonce'
  | 'claim'
  | 'setPasswordHash'
  | 'setLastSeen'
  | 'deleteAccount'
  | 'createSession'
  | 'renewSession'
  | 'endSession'
  | 'endSessions'
  | 'trim'
  | 'markRead'
  | 'writeRecords'

/** What a reader thread answers. */
export type Reads = { readonly [Name in ReadName]: Unwrapped<Name> }

/** As `Appended`, but the main thread makes the entry from the draft that it has: less to copy. */
export type AppendOutcome =
  | { readonly status: 'stored'; readonly position: Position }
  | { readonly status: 'repeated'; readonly entry: MessageEntry }
  | Exclude<Appended, { status: 'stored' }>

/** What the writer thread does. */
export type Writes = { readonly [Name in PlainWriteName]: Unwrapped<Name> } & {
  readonly append: (draft: Draft) => AppendOutcome
}

type Methods = { readonly [name: string]: (...args: never[]) => unknown }

/** One call of a method of `Table`. */
export type Call<Table extends Methods> = {
  [Name in keyof Table]: { readonly name: Name; readonly args: Parameters<Table[Name]> }
}[keyof Table]

export type ReadCall = Call<Reads>
export type WriteCall = Call<Writes>

/** `failure`: this call alone went wrong, and changed nothing. */
export type Outcome = { readonly value: unknown } | { readonly failure: string }

export interface ThreadData {
  readonly path: string
}

export interface WriterData extends ThreadData {
  /** The URL of the entry of the thread that copies the write-ahead log back. */
  readonly copier: string
  /** Other sizes than the standard ones. */
  readonly pages?: LogPages | undefined
  /** How long what was erased may stand in the write-ahead log; default in checkpoints.ts. */
  readonly eraseMs?: number | undefined
  /** Null at start, when the file is made if it is missing; afterwards what the file must still be. */
  readonly known: KnownHistory | null
  /** Milliseconds since 1970. */
  readonly now: number
}

/** Sizes of the write-ahead log, in pages. */
export interface LogPages {
  /** So many that have not been copied back into the database are. */
  readonly copy: number
  /** From this length on the log is to begin anew. */
  readonly reset: number
  /** At this length commits wait until it has, or until it is clear that somebody goes on reading it. */
  readonly bound: number
}

/** What the program has been told of the log. */
export interface KnownHistory {
  readonly epoch: string
  /** The last position that was announced. */
  readonly head: Position
}

export type ToWriter =
  | { readonly kind: 'batch'; readonly calls: PackedCalls; readonly now: number }
  | { readonly kind: 'close' }

export type FromWriter =
  | {
      readonly kind: 'opened'
      readonly identity: Identity
      readonly head: Position
      /** Committed, but not announced. */
      readonly missed: readonly Entry[]
    }
  | { readonly kind: 'refused'; readonly code: StoreErrorCode | null; readonly message: string }
  | { readonly kind: 'committed'; readonly outcomes: PackedOutcomes; readonly head: Position }
  /** The write-ahead log could not be copied back, and will be later. Nothing else is wrong. */
  | { readonly kind: 'not copied'; readonly message: string }
  /** Whether the batch was kept is unknown. The thread ends. */
  | { readonly kind: 'failed'; readonly message: string }

export interface ToCopier {
  readonly kind: 'copy'
}

export type FromCopier = { readonly kind: 'copied' } | { readonly kind: 'failed'; readonly message: string }

export type ToReader =
  /** `until`: the last position that was announced. */
  | { readonly kind: 'call'; readonly id: number; readonly call: ReadCall; readonly until: Position }
  | { readonly kind: 'close' }

export type FromReader =
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  /** `storage`: the file or the connection failed, another try may work. Otherwise a defect. */
  | { readonly kind: 'failure'; readonly id: number; readonly storage: boolean; readonly message: string }

/** Runs a call on its table. */
export function dispatch<Table extends Methods>(table: Table, call: Call<Table>): unknown {
  const method = table[call.name] as (...args: readonly unknown[]) => unknown
  return method(...call.args)
}
