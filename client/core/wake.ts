// A browser's hints that the network may be back, or gone: online, offline, and a page that is looked at again.

/** Elsewhere than in a browser nothing ever happens. Returns what stops it. */
export function onWake(listener: () => void): () => void {
  if (typeof addEventListener !== 'function') return () => {}
  const stopped = new AbortController()
  const { signal } = stopped
  addEventListener('online', listener, { signal })
  addEventListener('offline', listener, { signal })
  // A page that comes out of the back-forward cache.
  addEventListener('pageshow', listener, { signal })
  if (typeof document !== 'undefined') {
    document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && listener(), {
      signal,
    })
  }
  return () => stopped.abort()
}
