// What goes between the main thread and the store's threads: calls by the names that store.ts gives them, and their
// results. Everything here is plain data, for it is copied by postMessage.
import type { Entry, Position } from '../../domain/entry.ts'
import type { Appended, Draft, Store } from '../store.ts'
import type { StoreErrorCode } from '../store-error.ts'
import type { Identity } from './database-file.ts'
import type { PackedCalls, PackedOutcomes } from './packing.ts'

type Unwrapped<Name extends keyof Store> = Store[Name] extends (...args: infer Args) => Promise<infer Result>
  ? (...args: Args) => Result
  : never

type ReadName =
  | 'read'
  | 'page'
  | 'at'
  | 'newest'
  | 'follow'
  | 'accountById'
  | 'accountByKey'
  | 'accountBySkeleton'
  | 'accounts'
  | 'findSession'
  | 'trimmed'

type PlainWriteName =
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

/** What a reader thread answers. */
export type Reads = { readonly [Name in ReadName]: Unwrapped<Name> }

/** As `Appended`, but the main thread makes the entry from the draft that it has: less to copy. */
export type AppendOutcome =
  | { readonly status: 'stored'; readonly position: Position }
  | { readonly status: 'repeated'; readonly entry: Entry }
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
  /** Null at start, when the file is made if it is missing; afterwards what the file must still be. */
  readonly known: KnownHistory | null
  /** Milliseconds since 1970. */
  readonly now: number
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
  /** Whether the batch was kept is unknown. The thread ends. */
  | { readonly kind: 'failed'; readonly message: string }

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
