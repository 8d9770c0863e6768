// What browsers are told about every answer: exactly which headers, on answers of every kind, and exactly which cookie.
import { existsSync, readdirSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { data, type Entered, enter } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'

const PAGE = new URL('../../client/web/dist/', import.meta.url).pathname

let server: TestServer
let behindTls: TestServer
let ana: Entered
beforeAll(async () => {
  if (!existsSync(PAGE)) throw new Error('The page is not built: npm run build.')
  server = await startTestServer({ ALLOWED_ORIGINS: 'https://friend.example' })
  behindTls = await startTestServer({ PUBLIC_URL: 'https://chat.example.org' })
  ana = await enter(server.graphql, 'ana', 'a good password')
})
afterAll(async () => {
  await server?.close()
  await behindTls?.close()
})

const JSON_TYPE = { 'content-type': 'application/json' }
const post = (url: string, query: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${url}/graphql`, { method: 'POST', headers: { ...JSON_TYPE, ...headers }, body: JSON.stringify({ query }) })

const asset = (): string => `/assets/${readdirSync(`${PAGE}assets`).find(name => name.endsWith('.js'))}`

/** A policy as its directives. */
const directives = (response: Response): Record<string, string> =>
  Object.fromEntries(
    (response.headers.get('content-security-policy') ?? '').split('; ').map(directive => {
      const [name = '', ...sources] = directive.split(' ')
      return [name, sources.join(' ')]
    }),
  )

/** One answer of every kind. */
const ANSWERS: readonly [what: string, status: number, ask: (url: string) => Promise<Response>][] = [
  ['the page', 200, url => fetch(`${url}/`)],
  ['a script', 200, url => fetch(`${url}${asset()}`)],
  ['the service worker', 200, url => fetch(`${url}/service-worker.js`)],
  ['the manifest', 200, url => fetch(`${url}/manifest.webmanifest`)],
  ['an image', 200, url => fetch(`${url}/icons/192.png`)],
  ['nothing', 404, url => fetch(`${url}/nothing`)],
  ['a result', 200, url => post(url, '{ server { version } }')],
  ['a refusal of the document', 200, url => post(url, '{')],
  ['a foreign page', 403, url => post(url, '{ me { id } }', { origin: 'https://evil.example' })],
  ['a bad token', 401, url => post(url, '{ me { id } }', { authorization: 'x' })],
  ['a token in the URL', 400, url => fetch(`${url}/graphql?token=x`)],
  ['a form', 415, url => fetch(`${url}/graphql`, { method: 'POST', body: new URLSearchParams({ query: '{ me }' }) })],
  ['a query by GET', 405, url => fetch(`${url}/graphql?query={__typename}`)],
  ['GraphiQL', 200, url => fetch(`${url}/graphql`, { headers: { accept: 'text/html' } })],
  ['liveness', 200, url => fetch(`${url}/health/live`)],
  ['readiness', 200, url => fetch(`${url}/health/ready`)],
  ['metrics', 200, url => fetch(`${url}/metrics`)],
]

describe('every answer', () => {
  test.each(ANSWERS)('ORIGIN-4 keeps others out: %s', async (what, status, ask) => {
    const response = await ask(server.url)
    await response.arrayBuffer()
    expect(response.status).toBe(status)
    const { headers } = response
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('x-frame-options')).toBe('DENY')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(headers.get('cross-origin-resource-policy')).toBe('same-origin')
    const forWindows = ['cross-origin-opener-policy', 'origin-agent-cluster', 'permissions-policy']
    const [opener, cluster, permissions] = forWindows.map(name => headers.get(name))
    if (['the page', 'nothing', 'GraphiQL'].includes(what)) {
      expect([opener, cluster]).toEqual(['same-origin', '?1'])
      expect(permissions).toMatch(/^(?:[a-z-]+=\(\)(?:, |$))+$/)
      expect(permissions).toMatch(/camera=\(\).*geolocation=\(\).*microphone=\(\)/)
    } else expect([opener, cluster, permissions]).toEqual([null, null, null])
    expect(headers.get('access-control-allow-origin')).toBeNull()
    expect(headers.get('server')).toBeNull()
    expect(headers.get('x-powered-by')).toBeNull()
    // Plain HTTP: a browser would ignore it, and a server that only one machine reaches has no other way.
    expect(headers.get('strict-transport-security')).toBeNull()

    const policy = directives(response)
    expect(policy).toMatchObject({
      'default-src': "'none'",
      'base-uri': "'none'",
      'form-action': "'none'",
      'frame-ancestors': "'none'",
      'object-src': "'none'",
    })
    const { 'script-src': scripts = '', 'style-src': styles = '', 'connect-src': connections = '' } = policy
    expect(scripts).not.toMatch(/unsafe|\*|data:|blob:|https?:/)
    expect(connections).not.toMatch(/\*|(?:^| )(?:wss?|https?):(?: |$)/)
    if (what !== 'GraphiQL') expect(styles).not.toContain('unsafe')
  })

  test('behind TLS asks browsers to stay there, for this host alone', async () => {
    for (const [what, , ask] of ANSWERS) {
      const response = await ask(behindTls.url)
      await response.arrayBuffer()
      expect([what, response.headers.get('strict-transport-security')]).toEqual([what, 'max-age=31536000'])
    }
  })
})

describe('the policy', () => {
  test('of the page lets in its own files and its own server, and no text becomes a script', async () => {
    for (const path of ['/', asset(), '/service-worker.js']) {
      expect(directives(await fetch(server.url + path))).toEqual({
        'default-src': "'none'",
        'script-src': "'self'",
        'style-src': "'self'",
        'img-src': "'self' data:",
        'manifest-src': "'self'",
        'worker-src': "'self'",
        'connect-src': `'self' ${server.url.replace('http', 'ws')} ${server.url.replace('http', 'wss')}`,
        'base-uri': "'none'",
        'form-action': "'none'",
        'frame-ancestors': "'none'",
        'object-src': "'none'",
        'require-trusted-types-for': "'script'",
        'trusted-types': 'recado',
      })
    }
    expect(directives(await fetch(behindTls.url))['connect-src']).toBe("'self' wss://chat.example.org")
  })

  test('of data runs and loads nothing', async () => {
    expect(Object.keys(directives(await post(server.url, '{ __typename }')))).toEqual([
      'default-src',
      'base-uri',
      'form-action',
      'frame-ancestors',
      'object-src',
    ])
  })

  test('of GraphiQL names the one script in its page by its hash', async () => {
    const { 'script-src': scripts, 'worker-src': workers } = directives(
      await fetch(server.graphql, { headers: { accept: 'text/html' } }),
    )
    expect(scripts).toMatch(/^'sha256-[A-Za-z0-9+/]{43}='$/)
    expect(workers).toBe('blob:')
  })

  test('has nothing in it that a request could put there', async () => {
    for (const host of ['evil.example;script-src *', "x 'unsafe-inline'", '*', '*.example', 'a,b', 'x/', 'é.example']) {
      const policy = await policyFor(host)
      expect([host, policy]).toEqual([host, "'self'"])
    }
    expect(await policyFor('chat.example:4000')).toBe("'self' ws://chat.example:4000 wss://chat.example:4000")
    expect(await policyFor('[::1]:4000')).toBe("'self' ws://[::1]:4000 wss://[::1]:4000")
  })
})

/** `connect-src` of the page for a request with this Host. */
async function policyFor(host: string): Promise<string | undefined> {
  const answer = await ask(server.url, { headers: { host: Buffer.from(host).toString('latin1') } })
  return /connect-src ([^;]*)/.exec(String(answer.headers['content-security-policy']))?.[1]
}

interface Asking {
  readonly path?: string
  readonly method?: string
  readonly headers: Record<string, string>
  readonly body?: string
}

/** A request with exactly these headers, which `fetch` would have its own ideas about. The body is not read. */
function ask(url: string, { path, method, headers, body }: Asking): Promise<IncomingMessage> {
  const { hostname, port } = new URL(url)
  const target = path ?? (method === 'POST' ? '/graphql' : '/')
  return new Promise((resolve, reject) => {
    const asking = request({ hostname, port, path: target, method: method ?? 'GET', headers, agent: false }, answer => {
      resolve(answer)
      answer.destroy()
    })
    asking.on('error', reject)
    asking.end(body)
  })
}

describe('how long it is kept', () => {
  test('data is not kept at all, with or without a cookie; nor is what is refused', async () => {
    for (const headers of [{}, { cookie: `recado=${ana.token}` }, { authorization: ana.token }] as const) {
      const response = await post(server.url, '{ messages { nodes { id } } }', headers as Record<string, string>)
      expect(response.headers.get('cache-control')).toBe('no-store')
    }
    for (const [what, status, ask] of ANSWERS) {
      const { headers } = await ask(server.url)
      if (status !== 200) expect([what, headers.get('cache-control')]).toEqual([what, 'no-store'])
    }
  })

  test('a stream of events neither', async () => {
    const response = await fetch(server.graphql, {
      method: 'POST',
      headers: { ...JSON_TYPE, accept: 'text/event-stream', authorization: ana.token },
      body: JSON.stringify({ query: 'subscription { onMessage { id } }' }),
    })
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/)
    expect(response.headers.get('cache-control')).toBe('no-store, no-cache, no-transform')
    await response.body?.cancel()
  })

  test('the page is asked for anew each time, its files with a hash in their name never', async () => {
    for (const path of ['/', '/service-worker.js', '/manifest.webmanifest']) {
      expect([path, (await fetch(server.url + path)).headers.get('cache-control')]).toEqual([path, 'no-cache'])
    }
    const { headers } = await fetch(server.url + asset())
    expect(headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
  })

  test('GraphiQL’s page is asked for anew, and sent again only when it is another one', async () => {
    const first = await fetch(server.graphql, { headers: { accept: 'text/html' } })
    expect(await first.text()).toContain('YogaGraphiQL')
    expect(first.headers.get('cache-control')).toBe('no-cache')
    const etag = first.headers.get('etag') ?? ''
    const again = await fetch(server.graphql, { headers: { accept: 'text/html', 'if-none-match': etag } })
    expect([again.status, await again.text()]).toEqual([304, ''])
    const plain = await fetch(server.graphql, { headers: { accept: 'text/html', 'accept-encoding': 'identity' } })
    expect(plain.headers.get('content-encoding')).toBeNull()
    expect((await plain.text()).trimEnd()).toMatch(/<\/html>$/)
  })
})

describe('the cookie', () => {
  const ENTER = 'mutation { enter(username: "NAME") { token expiresAt } }'

  test('AUTH-1 is HttpOnly and SameSite=Lax, for the whole host, until the session ends', async () => {
    const response = await post(server.url, ENTER.replace('NAME', 'bia'))
    const { enter: entered } = (await response.json()).data
    const expires = new Date(entered.expiresAt).toUTCString()
    expect(response.headers.getSetCookie()).toEqual([
      `recado=${entered.token}; Expires=${expires}; Path=/; HttpOnly; SameSite=Lax`,
    ])
    expect(response.headers.get('cache-control')).toBe('no-store')
  })

  test('AUTH-1 behind TLS is Secure too, and has the prefix by which no neighbour can set it', async () => {
    const response = await post(behindTls.url, ENTER.replace('NAME', 'bia'))
    const { enter: entered } = (await response.json()).data
    const expires = new Date(entered.expiresAt).toUTCString()
    expect(response.headers.getSetCookie()).toEqual([
      `__Host-recado=${entered.token}; Expires=${expires}; Path=/; HttpOnly; SameSite=Lax; Secure`,
    ])
    // The name without the prefix, which a neighbour could set, is nobody's there.
    const me = await post(behindTls.url, '{ me { username } }', { cookie: `recado=${entered.token}` })
    expect(await me.json()).toEqual({ data: { me: null } })
    const own = await post(behindTls.url, '{ me { username } }', { cookie: `__Host-recado=${entered.token}` })
    expect(await own.json()).toEqual({ data: { me: { username: 'bia' } } })
  })

  test('ENTER-7 AUTH-5 is cleared with the same attributes by `leave`, and when it is dead', async () => {
    for (const [{ url }, name, end] of [
      [server, 'recado', ''],
      [behindTls, '__Host-recado', '; Secure'],
    ] as const) {
      const cleared = [`${name}=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax${end}`]
      const { token } = await enter(`${url}/graphql`, 'cleo')
      const left = await post(url, 'mutation { leave }', { cookie: `${name}=${token}` })
      expect(left.headers.getSetCookie()).toEqual(cleared)
      expect((await post(url, '{ me { id } }', { cookie: `${name}=${token}` })).headers.getSetCookie()).toEqual(cleared)
    }
  })

  test('is set and cleared for nobody else: with a token, by a foreign page, by what is refused', async () => {
    const foreign = await post(server.url, ENTER.replace('NAME', 'dora'), { origin: 'https://evil.example' })
    const token = await post(server.url, '{ me { id } }', { authorization: 'x', cookie: 'recado=dead' })
    const taken = await post(server.url, ENTER.replace('NAME', 'ana'))
    const second = await post(server.url, ENTER.replace('NAME', 'edu'), { authorization: ana.token })
    for (const response of [foreign, token, taken, second]) expect(response.headers.getSetCookie()).toEqual([])
    // What the foreign page wanted did not happen either.
    expect((await data(server.graphql, ENTER.replace('NAME', 'dora'))).enter.token).toBeTruthy()
  })
})

describe('a page of another origin', () => {
  const GET = 'query=subscription{onMessage{text}}'
  const asked = async (headers: Record<string, string>): Promise<number | undefined> =>
    (await ask(server.url, { path: `/graphql?${GET}`, headers: { cookie: `recado=${ana.token}`, ...headers } }))
      .statusCode

  test('ORIGIN-4 gets nothing as an image, a script or a frame, though the browser adds no Origin', async () => {
    for (const site of ['cross-site', 'same-site']) {
      for (const [mode, dest] of [
        ['no-cors', 'image'],
        ['no-cors', 'script'],
        ['navigate', 'iframe'],
        ['no-cors', 'empty'],
      ] as const) {
        const status = await asked({ 'sec-fetch-site': site, 'sec-fetch-mode': mode, 'sec-fetch-dest': dest })
        expect([site, mode, dest, status]).toEqual([site, mode, dest, 403])
      }
    }
  })

  test('ORIGIN-1 whose name was pointed here (DNS rebinding) is not ours where PUBLIC_URL says what is', async () => {
    const answers = []
    for (const { url } of [behindTls, server]) {
      const answer = await ask(url, {
        method: 'POST',
        headers: { ...JSON_TYPE, host: 'evil.example', origin: 'http://evil.example' },
        body: JSON.stringify({ query: '{ __typename }' }),
      })
      answers.push(answer.statusCode)
    }
    // Without it, any host that leads here is: docs/security.md says so.
    expect(answers).toEqual([403, 200])
  })

  test('ORIGIN-4 may link here, and what is our own or no page goes on', async () => {
    const link = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }
    expect(await asked({ ...link, accept: 'text/html' })).toBe(200)
    for (const site of ['same-origin', 'none']) {
      expect([site, await asked({ 'sec-fetch-site': site, accept: 'text/event-stream' })]).toEqual([site, 200])
    }
    const listed = { 'sec-fetch-site': 'cross-site', origin: 'https://friend.example', accept: 'text/event-stream' }
    expect(await asked(listed)).toBe(200)
  })
})
