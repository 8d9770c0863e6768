// The numbers under /metrics: present from the start, and moved by what they count.
import { afterEach, describe, expect, it } from 'vitest'
import { createMetrics, type Metrics } from '../../server/telemetry/metrics.ts'

const open: Metrics[] = []
afterEach(() => {
  for (const metrics of open.splice(0)) metrics.close()
})

function openMetrics(): Metrics {
  const metrics = createMetrics()
  open.push(metrics)
  return metrics
}

/** The value of one series, such as `recado_feeds{state="live"}`. */
async function read(metrics: Metrics, series: string): Promise<number> {
  const line = (await metrics.text()).split('\n').find(candidate => candidate.startsWith(`${series} `))
  return Number(line?.slice(series.length + 1) ?? Number.NaN)
}

describe('the metrics', () => {
  it('start at zero, so that a rate can be taken from the first reading', async () => {
    const metrics = openMetrics()
    for (const series of [
      'recado_connections{transport="websocket"}',
      'recado_connections{transport="sse"}',
      'recado_feeds{state="live"}',
      'recado_feeds{state="behind"}',
      'recado_deliveries_total',
      'recado_appends_total',
      'recado_append_seconds_count',
      'recado_commit_seconds_count',
      'recado_feed_lag_seconds',
      'recado_refused_total{code="RATE_LIMITED"}',
    ]) {
      expect(await read(metrics, series), series).toBe(0)
    }
  })

  it('count connections, deliveries, appends and refusals', async () => {
    const metrics = openMetrics()
    metrics.connectionOpened('websocket')
    metrics.connectionOpened('websocket')
    metrics.connectionClosed('websocket')
    metrics.connectionOpened('sse')
    metrics.delivered(1000)
    metrics.delivered(5)
    metrics.appended(0.002)
    metrics.refused('TEXT_EMPTY')
    expect(await read(metrics, 'recado_connections{transport="websocket"}')).toBe(1)
    expect(await read(metrics, 'recado_connections{transport="sse"}')).toBe(1)
    expect(await read(metrics, 'recado_deliveries_total')).toBe(1005)
    expect(await read(metrics, 'recado_appends_total')).toBe(1)
    expect(await read(metrics, 'recado_append_seconds_bucket{le="0.001"}')).toBe(0)
    expect(await read(metrics, 'recado_append_seconds_bucket{le="0.0025"}')).toBe(1)
    expect(await read(metrics, 'recado_refused_total{code="TEXT_EMPTY"}')).toBe(1)
  })

  it('sample the feeds at each reading', async () => {
    const metrics = openMetrics()
    let behind = 3
    metrics.beforeReading(() => metrics.setFeeds({ live: 7, behind: behind-- }))
    expect(await read(metrics, 'recado_feeds{state="behind"}')).toBe(3)
    expect(await read(metrics, 'recado_feeds{state="behind"}')).toBe(2)
    expect(await read(metrics, 'recado_feeds{state="live"}')).toBe(7)
  })

  it('measure how late the event loop is', async () => {
    const metrics = openMetrics()
    const p99 = 'recado_eventloop_delay_seconds{quantile="0.99"}'
    const deadline = Date.now() + 10_000
    let seconds = 0
    while (seconds < 0.05 && Date.now() < deadline) {
      // The histogram needs one sample after a reading before it can tell how late the next one is.
      await new Promise(resolve => setTimeout(resolve, 30))
      const until = performance.now() + 100
      while (performance.now() < until);
      await new Promise(resolve => setTimeout(resolve, 30))
      seconds = await read(metrics, p99)
    }
    expect(seconds).toBeGreaterThan(0.05)
    expect(seconds).toBeLessThan(5)
  })

  it('say what the process itself uses', async () => {
    const metrics = openMetrics()
    expect(await read(metrics, 'process_resident_memory_bytes')).toBeGreaterThan(1e6)
    expect(metrics.contentType).toMatch(/^text\/plain/)
  })

  it('are not shared between two servers in one process', async () => {
    const [one, two] = [openMetrics(), openMetrics()]
    one.delivered(1)
    expect(await read(two, 'recado_deliveries_total')).toBe(0)
  })
})
