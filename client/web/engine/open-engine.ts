// Which engine a tab gets: the shared one where the tab is whoever the browser is and there are shared workers; else one
// of its own, which is loaded only then.
import workerUrl from 'virtual:engine-worker'
import { trustedScript } from '../browser/trusted-script.ts'
import type { Person } from '../model/conversation.ts'
import type { Engine, EngineNews } from './engine.ts'
import { type Said, startSharedEngine } from './shared-engine.ts'

export interface OpenEngineOptions {
  readonly me: Person
  readonly url: string
  /** Of a session of this tab's own; null: the browser's. */
  readonly token: string | null
}

/** Set where a worker could not be started: this page does not try again. */
let workersFail = false
/** What may never have been heard by an engine that is gone, by account and nonce. */
const unheardByAccount = new Map<string, Map<string, Said>>()
/** Started by `warmUp`. */
let warm: SharedWorker | null = null

/** @param onGone the engine is gone: open another one */
export async function openEngine({ me, url, token }: OpenEngineOptions, onGone: () => void): Promise<Engine> {
  if (token === null && !workersFail && typeof SharedWorker !== 'undefined') {
    const failed = (wasThere: boolean) => {
      workersFail = !wasThere
      onGone()
    }
    try {
      const unheard = unheardByAccount.get(me.id) ?? new Map<string, Said>()
      unheardByAccount.set(me.id, unheard)
      return startSharedEngine({ me, url, start: startAfterWarm, unheard, onGone: failed })
    } catch {
      // A policy forbids it, or the page has no origin of its own.
      workersFail = true
    }
  }
  return openOwnEngine({ me, url, token })
}

/** Begins to load the worker while the page is still being drawn: by the time a tab opens an engine, it may be there. */
export function warmUp(): void {
  if (typeof SharedWorker === 'undefined') return
  try {
    warm = startWorker()
    warm.onerror = () => {
      workersFail = true
    }
  } catch {
    // Whoever opens an engine finds out.
  }
}

/**
 * Of a worker whose script can't be loaded, browsers tell those who asked for it before it failed. Who joins it between
 * that and its end is told nothing, and would wait for an answer that never comes.
 */
function startAfterWarm(): SharedWorker {
  const worker = startWorker()
  warm?.addEventListener('error', () => worker.dispatchEvent(new Event('error')))
  return worker
}

/** Of the same build as the page, with most of its code in files that the page has loaded already: vite.config.ts. */
const startWorker = () => new SharedWorker(trustedScript(workerUrl), { type: 'module', name: 'recado' })

async function openOwnEngine({ me, url, token }: OpenEngineOptions): Promise<Engine> {
  const { createOwnEngine } = await import('./own-engine.ts')
  const { join, settle: _settle, ...engine } = createOwnEngine({ me, url, token })
  const unheard = token === null ? unheardByAccount.get(me.id) : undefined
  let end = () => {}
  return {
    ...engine,
    listen(listener: (news: EngineNews) => void) {
      end()
      end = join(listener)
      for (const args of unheard?.values() ?? []) engine.say(...args)
      unheard?.clear()
    },
  }
}
