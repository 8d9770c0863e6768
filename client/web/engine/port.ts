// What a tab and the shared worker say to each other. Both are always of one build: the worker's address has its hash in
// it, so a page that was built anew starts a worker of its own, and the old one ends with its last tab.
//
//  tab                                     worker
//   │── open (who, its lock) ─────────────▶ │  an engine for the account, made or found
//   │◀───────────────────────── welcome ── │
//   │◀──────────────────────── news … ──── │  everything there is, then what changes
//   │── call, ask … ──────────────────────▶ │
//   │── beat, every 10 s ─────────────────▶ │  a tab whose lock is free, or that is silent for long, is gone
//   │◀──────────────────────────── beat ── │  a worker that does not answer is gone: another one is started
//   │── bye ──────────────────────────────▶ │  after the last one the engine is closed
import type { Engine, EngineNews } from './engine.ts'

/** What a tab calls without an answer. */
export type Calls = Pick<
  Engine,
  | 'say'
  | 'retry'
  | 'discard'
  | 'change'
  | 'discardChange'
  | 'read'
  | 'typing'
  | 'loadOlderConversations'
  | 'drop'
  | 'unplug'
  | 'plug'
  | 'wake'
  | 'reload'
  | 'erase'
>

export type FromTab =
  | {
      readonly type: 'open'
      readonly me: { readonly id: string; readonly username: string }
      readonly url: string
      /** The name of a Web Lock that the tab holds as long as it lives; null: there are none here. */
      readonly lock: string | null
    }
  | { readonly type: 'call'; readonly call: keyof Calls; readonly args: readonly unknown[] }
  | { readonly type: 'ask'; readonly id: number; readonly key: string; readonly before: string | null }
  | { readonly type: 'beat' }
  | { readonly type: 'bye' }

export type FromWorker =
  | { readonly type: 'welcome' }
  | { readonly type: 'news'; readonly news: EngineNews }
  | { readonly type: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly type: 'failure'; readonly id: number; readonly code: string }
  | { readonly type: 'beat' }
  /** This tab was given up: it should open again, and say this again. */
  | { readonly type: 'unknown'; readonly missed: FromTab }

export const BEAT_MS = 10_000
/** Hidden tabs may tick once a minute only. */
export const SILENT_TAB_MS = 200_000
