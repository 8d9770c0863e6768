// Live and ready through a server's life.
import { expect, it } from 'vitest'
import { createHealth } from '../../server/telemetry/health.ts'

it('is ready only between starting and draining, and while the log can be written', () => {
  const health = createHealth()
  expect(health.ready()).toEqual({ status: 503, body: { status: 'starting' } })
  health.set('ready')
  expect(health.ready()).toEqual({ status: 200, body: { status: 'ready' } })
  health.set('storage')
  expect(health.ready()).toEqual({ status: 503, body: { status: 'storage' } })
  health.set('ready')
  expect(health.ready().status).toBe(200)
  expect(health.live()).toEqual({ status: 200, body: { status: 'ok' } })
})

it('never becomes ready again once it drains, and stays live', () => {
  const health = createHealth()
  health.set('draining')
  health.set('ready')
  expect(health.state).toBe('draining')
  expect(health.ready()).toEqual({ status: 503, body: { status: 'draining' } })
  expect(health.live().status).toBe(200)
})
