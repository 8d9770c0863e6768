// An engine in the tab itself. A person of the tab's own leaves no copy behind: their session goes with the tab.
import { randomNonce } from '../../core/nonce.ts'
import { createCopyStore } from './copy-store.ts'
import { createLocalEngine, type LocalEngine } from './local-engine.ts'
import type { OpenEngineOptions } from './open-engine.ts'

export function createOwnEngine({ me, url, token }: OpenEngineOptions): LocalEngine {
  const copy = token === null ? createCopyStore(`${url} ${me.id}`, me, randomNonce()) : null
  const engine = createLocalEngine({ me, url, token, copy })
  // A browser that says it is offline knows sooner than a silent socket. If it is wrong, the next one opens at once.
  const drop = () => engine.drop()
  addEventListener('offline', drop)
  addEventListener('pagehide', engine.settle)
  return {
    ...engine,
    async close() {
      removeEventListener('offline', drop)
      removeEventListener('pagehide', engine.settle)
      await engine.close()
    },
  }
}
