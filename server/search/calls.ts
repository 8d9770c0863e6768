// What goes between the main thread and the index's thread. Everything is plain data, for it is copied by postMessage.
import type { Position } from '../domain/entry.ts'
import type { IndexAnswer, IndexItem, IndexQuery } from './index-file.ts'

export interface ThreadData {
  readonly path: string
  /** The history that the log has now. */
  readonly epoch: string
  /** Whatever the file has is of no use. */
  readonly isAnew: boolean
}

/** What the thread does, by name. */
export interface Calls {
  /** Answers with the milliseconds of processor time that it took. */
  write(items: readonly IndexItem[], through: Position): number
  search(query: IndexQuery): IndexAnswer
  /** Whether there is more to drop. */
  trim(floor: Position): boolean
  /** Whether there is more to tidy. */
  tidy(): boolean
}

export type Call = {
  [Name in keyof Calls]: { readonly name: Name; readonly args: Parameters<Calls[Name]> }
}[keyof Calls]

export type ToThread = { readonly kind: 'call'; readonly id: number; readonly call: Call } | { readonly kind: 'close' }

export type FromThread =
  | { readonly kind: 'opened'; readonly through: Position }
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  /** This call alone went wrong: a defect. */
  | { readonly kind: 'failure'; readonly id: number; readonly message: string }
  /** The file can't be used; the thread ends. `inUse`: somebody else has it. */
  | { readonly kind: 'failed'; readonly message: string; readonly inUse: boolean }
