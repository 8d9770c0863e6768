// The comparison of ways to receive: its pages have the figures of bench/results/ways.json, and what measures them counts
// what goes over the wire.
import { readFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { expect, test } from 'vitest'
import { noCosts } from '../../bench/ways/meter.ts'
import { WAYS, type Way } from '../../bench/ways/readers.ts'
import { WAYS_CHARTS, WAYS_PAGES, waysBlocks, waysCharts } from '../../bench/ways/report.ts'
import { readWays } from '../../bench/ways.ts'
import { enter, send } from '../setup/request.ts'
import { startTestServer } from '../setup/server.ts'
import { until } from '../setup/until.ts'

test('both pages and the charts show the figures that are kept: npm run ways -- --show --write', () => {
  const results = readWays()
  for (const language of ['pt', 'en'] as const) {
    const page = readFileSync(WAYS_PAGES[language], 'utf8')
    for (const [name, block] of Object.entries(waysBlocks(results, language))) {
      expect(page).toContain(`<!-- ${name} -->\n${block}\n<!-- /${name} -->`)
    }
  }
  for (const [file, svg] of Object.entries(waysCharts(results))) {
    expect(readFileSync(new URL(file, WAYS_CHARTS), 'utf8'), file).toBe(svg)
  }
})

test('the kept figures are of every way, and each person got each message', () => {
  const { chats, people } = readWays()
  for (const { messages, rows } of chats) {
    expect(rows.map(({ way }) => way)).toEqual(Object.keys(WAYS))
    for (const row of rows) expect(row.deliveries).toBe(people * messages)
  }
})

// Long polling has a server of its own (bench/servers/long-polling.ts), which is started by `npm run ways` alone.
for (const way of ['polling-1s', 'sse', 'websocket'] as const satisfies readonly Way[]) {
  test(`${way}: gets each message once, and every byte of both directions is counted`, async () => {
    await using server = await startTestServer()
    const target = Number(new URL(server.url).port)
    // A relay that counts for itself.
    const counted = { up: 0, down: 0 }
    const relay = createServer(client => {
      const upstream = connect(target, '127.0.0.1')
      client.pipe(upstream)
      client.on('data', chunk => {
        counted.up += chunk.length
      })
      upstream.on('data', chunk => {
        counted.down += chunk.length
        client.write(chunk)
      })
      for (const socket of [client, upstream]) socket.on('error', () => socket.destroy())
      client.on('close', () => upstream.destroy())
    })
    await new Promise<void>(resolve => relay.listen(0, '127.0.0.1', resolve))
    const address = relay.address()
    if (address === null || typeof address === 'string') throw new Error('no port')

    const ana = await enter(server.graphql, 'ana')
    const { cursor } = await send(server.graphql, ana.token, { text: 'before' })
    const costs = noCosts()
    const texts: string[] = []
    const faults: Error[] = []
    const reader = WAYS[way]({
      port: address.port,
      doorPort: 0,
      token: ana.token,
      since: cursor,
      phase: 0.1,
      costs,
      onText: text => texts.push(text),
      onFault: fault => faults.push(fault),
    })
    await reader.start()
    for (const text of ['um', 'dois']) await send(server.graphql, ana.token, { text })
    await until('both', () => texts.length >= 2)
    await until('what is counted is what the relay saw', () => costs.up === counted.up && costs.down === counted.down)
    expect(texts).toEqual(['um', 'dois'])
    expect(faults).toEqual([])
    expect(costs.requests).toBeGreaterThan(way === 'polling-1s' ? 1 : 0)
    expect(costs.up).toBeGreaterThan(200)
    reader.stop()
    relay.close()
  })
}
