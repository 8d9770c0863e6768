// Who must hear of it: takes what has just become durable to every node that serves the space. A bus may lose, repeat or
// reorder notices, and says so in its own file: each says which entry came right before it, so that whoever listens
// (feed/chain.ts) finds every hole and repairs it from the log. Order and completeness are the log's.
import type { Entry, Link } from '../domain/entry.ts'
import type { ControlNotice, TypingNotice } from '../domain/notice.ts'

export interface BusListener {
  /** Notices as they came: mostly in the order of the log and whole, but that is for the listener to check. */
  links(links: readonly Link[]): void
  /** Notices may have been lost (the connection broke and is back): read the log. */
  gap(): void
}

export interface Bus {
  /** Entries in the order of the log that this node appended. Called once they are durable, before senders are answered. */
  publish(entries: readonly Entry[]): void
  /** Calls back with everything published from now on. Resolves once that is so; answers with the way to stop. */
  subscribe(listener: BusListener): Promise<() => void>
  /**
   * From when this resolves, private entries of the account come whole; before, and after `unlisten`, they may come as
   * stubs. Nothing to wait for: they do already. Calls are counted: as many `unlisten` as `listen`.
   */
  listen(accountId: string): Promise<void> | undefined
  unlisten(accountId: string): void
  close(): Promise<void>
}

export type ControlListener = (notice: ControlNotice) => void

/** What nodes tell each other beside the log. All of it may be lost. */
export interface ControlBus {
  /** Tells every node, this one too, or, of what is private, those that listen for the account it is for. */
  tell(notice: TypingNotice): void
  /** Calls back with each notice. Answers with the way to stop. */
  onControl(listener: ControlListener): () => void
}
