// What /health/live and /health/ready answer. Live: the process runs. Ready: it may be sent people; not while it
// starts, drains, or cannot write its log.

/**
 *   starting ──▶ ready ◀──▶ storage (the log cannot be written)
 *       └──────────┴──────────┴──▶ draining (final: a stopping server never becomes ready again)
 */
export type HealthState = 'starting' | 'ready' | 'storage' | 'draining'

export interface HealthAnswer {
  /** 200 or 503. */
  readonly status: number
  readonly body: { readonly status: 'ok' | HealthState }
}

export interface Health {
  readonly state: HealthState
  set(state: HealthState): void
  live(): HealthAnswer
  ready(): HealthAnswer
}

/** Begins as `starting`. */
export function createHealth(): Health {
  let state: HealthState = 'starting'
  return {
    get state() {
      return state
    },
    set(next) {
      if (state !== 'draining') state = next
    },
    live: () => ({ status: 200, body: { status: 'ok' } }),
    ready: () => ({ status: state === 'ready' ? 200 : 503, body: { status: state } }),
  }
}
