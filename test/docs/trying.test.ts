// docs/pt-BR/experimentar.md and docs/en/trying-it.md, done as they say: curl lines and frames pasted in their order, the
// console's lines in a browser, GraphiQL's operations with its cookie.
import { readFileSync } from 'node:fs'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchBrowser } from '../browser/browser.ts'
import { alike, curl, fill } from '../setup/pasting.ts'
import { openRawSocket, type RawSocket, type Received } from '../setup/raw-socket.ts'
import { enter, type Result } from '../setup/request.ts'
import { startTestServer } from '../setup/server.ts'
import { until } from '../setup/until.ts'

const PAGES = ['../../docs/pt-BR/experimentar.md', '../../docs/en/trying-it.md'] as const

interface Step {
  readonly kind: 'send' | 'receive' | 'sh' | 'disconnect'
  readonly text: string
}

function stepsOf(page: string): Step[] {
  const found = page.matchAll(/```(json send|json receive|sh)\n([\s\S]*?)\n```|<!-- (disconnect) -->/g)
  return [...found].map(([, info, text = '', mark]) => ({
    kind: (mark ?? info?.replace('json ', '')) as Step['kind'],
    text,
  }))
}

let browser: Browser

beforeAll(async () => {
  browser = await launchBrowser([], { anyAge: true })
})

afterAll(async () => {
  await browser.close()
})

describe.each(PAGES)('%s', path => {
  const page = readFileSync(new URL(path, import.meta.url), 'utf8')

  test('every frame and every line of curl does what the page says', async () => {
    await using server = await startTestServer()
    const values: Record<string, string> = {}
    let socket: RawSocket | null = null
    let expected: Received[] = []
    let pasted = 0

    const receiveAll = async (): Promise<void> => {
      const came: Received[] = []
      for (let i = 0; i < expected.length; i++) came.push(await (socket as RawSocket).receive())
      // FEED-8: frames of one operation are in order; those of two operations are not ordered among each other.
      for (const id of new Set([...expected, ...came].map(frame => frame.id))) {
        const of = (frames: Received[]): Received[] => frames.filter(frame => frame.id === id)
        expect(of(came)).toEqual(of(expected).map((frame, i) => alike(frame, of(came)[i])))
      }
      for (const { payload } of came) {
        const cursor = payload?.data?.onMessage?.cursor
        if (cursor) values.CURSOR = cursor
      }
      expected = []
    }

    for (const { kind, text } of stepsOf(page)) {
      if (kind === 'receive') {
        expected.push(JSON.parse(text))
        continue
      }
      if (expected.length > 0) await receiveAll()
      if (kind === 'disconnect') {
        socket?.destroy()
        socket = null
      } else if (kind === 'send') {
        socket ??= await openRawSocket(server.socket)
        expect(fill(text, values)).not.toMatch(/TOKEN|CURSOR/)
        socket.send(fill(text, values))
        pasted++
      } else {
        for (const line of text.split('\n').filter(line => line.startsWith('curl '))) {
          const abort = new AbortController()
          const response = await curl(server.url, line, values, abort.signal)
          expect(response.status).toBe(200)
          pasted++
          if (line.startsWith('curl -N')) {
            expect(response.headers.get('content-type')).toContain('text/event-stream')
            abort.abort()
            continue
          }
          const { data, errors } = (await response.json()) as Result
          expect(errors).toBeUndefined()
          if (data.enter) values[values.TOKEN === undefined ? 'TOKEN' : 'TOKEN_MARIA'] = data.enter.token
          if (data.messages) expect(data.messages.nodes.length).toBe(3)
        }
      }
    }
    await receiveAll()
    expect(pasted).toBe(12)
    socket?.destroy()
  })

  test('the console’s lines work on the page that they are for', async () => {
    await using server = await startTestServer()
    const { token } = await enter(server.graphql, 'joao')
    const tab = await browser.newPage()
    const said: string[] = []
    tab.on('console', message => said.push(message.text()))
    await tab.goto(`${server.url}/`)
    const lines = /```js\n([\s\S]*?)\n```/.exec(page)?.[1] ?? ''
    expect(lines).toContain('graphql-transport-ws')
    await tab.evaluate(lines.replaceAll('127.0.0.1:4000', new URL(server.url).host))
    await tab.waitForFunction('ws.readyState === 1')
    const [init = ''] = stepsOf(page).flatMap(({ kind, text }) => (kind === 'send' ? [text] : []))
    await tab.evaluate(`ws.send('${init.replace('TOKEN', token)}')`)
    await until('connection_ack', () => said.includes('{"type":"connection_ack"}'))
    await tab.close()
  })

  test('GraphiQL’s operations work one after the other, by its cookie', async () => {
    await using server = await startTestServer()
    const section = page.slice(page.indexOf('## GraphiQL'))
    const operations = [...section.matchAll(/`((?:mutation |subscription )?\{[^`]*\})`/g)].map(([, text = '']) => text)
    expect(operations).toHaveLength(4)
    let cookie = ''
    const ask = async (query: string, accept = 'application/json'): Promise<Response> => {
      const response = await fetch(server.graphql, {
        method: 'POST',
        headers: { 'content-type': 'application/json', origin: server.url, accept, ...(cookie ? { cookie } : {}) },
        body: JSON.stringify({ query }),
      })
      cookie ||= response.headers.get('set-cookie')?.split(';')[0] ?? ''
      return response
    }
    for (const operation of operations) {
      if (operation.startsWith('subscription')) {
        const response = await ask(operation, 'text/event-stream')
        expect(response.headers.get('content-type')).toContain('text/event-stream')
        await response.body?.cancel()
        continue
      }
      const { data, errors } = (await (await ask(operation)).json()) as Result
      expect(errors, operation).toBeUndefined()
      if (data.messages) expect(data.messages.nodes.map(({ text }: { text: string }) => text)).toHaveLength(1)
    }
  })
})
