// The tokens of another system over the wire, with a real issuer that publishes its keys: which are taken, whose account
// they are, and how they end.
import { createHmac } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Issuer, startIssuer } from '../setup/issuer.ts'
import { operatorOf } from '../setup/operators.ts'
import { codeOf, type Data, data, enter, request, send } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { EVENTS, live, type StockClient, stockClient, textsOf } from '../setup/stock.ts'
import { until } from '../setup/until.ts'

let issuer: Issuer
let server: TestServer
const clients: StockClient[] = []
let people = 0

beforeAll(async () => {
  issuer = await startIssuer()
  server = await startTestServer({ JWT_ISSUER: issuer.url, JWT_AUDIENCE: 'recado', REGISTRATION: 'closed' })
})
afterEach(async () => {
  await Promise.all(clients.splice(0).map(client => client.dispose()))
})
afterAll(async () => {
  await server.close()
  await issuer.close()
})

const subject = (): string => `subject-${people++}`
const ME = '{ me { id username } }'
const EXCHANGE = 'mutation ($t: String!) { enterWithToken(token: $t) { token expiresAt me { id username } } }'

/** The account of a token as the bearer; null: it was refused. */
async function meOf(token: string, to = server): Promise<Data> {
  const result = await request(to.graphql, ME, { token })
  if (codeOf(result) === null) return result.data.me
  expect(codeOf(result)).toBe('UNAUTHENTICATED')
  return null
}

function connect(token: string, to = server): { client: StockClient; closed: Promise<number> } {
  const client = stockClient(to.socket, token, { retryAttempts: 0 })
  clients.push(client)
  const closed = new Promise<number>(resolve => {
    client.client.on('closed', event => resolve((event as { code: number }).code))
  })
  return { client, closed }
}

const exchange = (t: string, to = server) => request(to.graphql, EXCHANGE, { variables: { t } })

/** Where (r, s) is a signature of ECDSA, (r, n - s) is one too. */
function otherSignature(token: string): string {
  const n = 0xffff_ffff_0000_0000_ffff_ffff_ffff_ffff_bce6_faad_a717_9e84_f3b9_cac2_fc63_2551n
  const dot = token.lastIndexOf('.') + 1
  const signature = Buffer.from(token.slice(dot), 'base64url')
  const s = n - BigInt(`0x${signature.subarray(32).toString('hex')}`)
  signature.write(s.toString(16).padStart(64, '0'), 32, 'hex')
  return token.slice(0, dot) + signature.toString('base64url')
}

describe('an account of somebody else’s', () => {
  test('TOKEN-1 TOKEN-6 is the subject’s, whatever its name becomes, over HTTP and on a socket, though names are closed', async () => {
    const sub = subject()
    const first = await meOf(await issuer.sign({ sub, preferred_username: 'Ana' }))
    expect(first.username).toBe('Ana')
    const later = await issuer.sign({ sub, preferred_username: 'Another' })
    expect(await meOf(later)).toEqual(first)
    const { client } = connect(later)
    const running = client.subscribe(EVENTS)
    await live(running)
    await send(server.graphql, later, { text: 'from outside' })
    await until('it arrives', () => textsOf(running).includes('from outside'))
    expect(codeOf(await request(server.graphql, 'mutation { enter(username: "neu") { token } }'))).toBe(
      'USERNAME_TAKEN',
    )
  })

  test('TOKEN-6 a name that somebody has, or nobody can have, or that is missing, becomes one near it', async () => {
    const taken = await meOf(await issuer.sign({ sub: subject(), preferred_username: 'maria' }))
    const near = await meOf(await issuer.sign({ sub: subject(), preferred_username: 'MARÍA' }))
    expect(near.id).not.toBe(taken.id)
    expect(near.username).toMatch(/^mar[ií]a/i)
    expect((await meOf(await issuer.sign({ sub: subject(), preferred_username: 'João da Silva' }))).username).toMatch(
      /^João/,
    )
    for (const preferred_username of [undefined, '', 42, '\u200b', '💥']) {
      expect((await meOf(await issuer.sign({ sub: subject(), preferred_username }))).username).toMatch(/^user/)
    }
  })

  test('TOKEN-1 many first tokens of one subject at the same time make one account', async () => {
    const sub = subject()
    const tokens = await Promise.all(
      Array.from({ length: 8 }, (_, n) => issuer.sign({ sub, preferred_username: 'rush', n })),
    )
    const same = tokens[0] as string
    const all = await Promise.all([...tokens, same, same, same].map(token => meOf(token)))
    expect(new Set(all.map(({ id }) => id)).size).toBe(1)
    const listed = (await (await operatorOf(server)).call('accounts', {})) as Data
    expect(listed.accounts.filter(({ username }: Data) => username.startsWith('rush'))).toHaveLength(1)
  })

  test('TOKEN-1 deleting it frees the name and unbinds the subject: the next token makes another account', async () => {
    const sub = subject()
    const token = await issuer.sign({ sub, preferred_username: 'leaver' })
    const before = await meOf(token)
    await data(server.graphql, 'mutation { deleteAccount }', { token })
    expect(await meOf(token)).toBeNull()
    const after = await meOf(await issuer.sign({ sub, preferred_username: 'leaver', again: true }))
    expect(after.username).toBe('leaver')
    expect(after.id).not.toBe(before.id)
  })
})

describe('a token that is not good', () => {
  test('TOKEN-2 is refused over HTTP, by the exchange and on a socket, whatever is wrong with it', async () => {
    const now = Math.floor(Date.now() / 1000)
    const sub = subject()
    const good = await issuer.sign({ sub })
    const [header = '', payload = '', signature = ''] = good.split('.')
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const claims = { iss: issuer.url, aud: 'recado', sub, exp: now + 300 }
    const published = await (await fetch(`${issuer.url}/keys`)).text()
    const confused = `${part({ alg: 'HS256' })}.${part(claims)}`
    const bad: Record<string, string> = {
      expired: await issuer.sign({ sub }, { expiresIn: -1 }),
      'not yet': await issuer.sign({ sub, nbf: now + 60 }),
      'another audience': await issuer.sign({ sub, aud: 'somebody-else' }),
      'no audience': await issuer.sign({ sub, aud: undefined }),
      'another issuer': await issuer.sign({ sub, iss: 'http://127.0.0.1:9' }),
      'no subject': await issuer.sign({}),
      'an empty subject': await issuer.sign({ sub: '' }),
      'too long a subject': await issuer.sign({ sub: 'x'.repeat(256) }),
      'no end': await issuer.sign({ sub }, { expiresIn: null }),
      'a strange key': await issuer.sign({ sub }, { key: issuer.stranger }),
      'an unknown key': await issuer.sign({ sub }, { key: issuer.stranger, kid: 'nobody' }),
      unsigned: `${part({ alg: 'none' })}.${part(claims)}.`,
      'a changed claim': `${header}.${part({ ...claims, sub: 'another' })}.${signature}`,
      'a changed signature': `${header}.${payload}.${signature.replace(/^./, first => (first === 'A' ? 'B' : 'A'))}`,
      'signed by the public key as a secret': `${confused}.${createHmac('sha256', published).update(confused).digest('base64url')}`,
      'no token': 'a.b.c',
      'too long': await issuer.sign({ sub, more: 'x'.repeat(9_000) }),
    }
    for (const [what, token] of Object.entries(bad)) {
      expect([what, await meOf(token)]).toEqual([what, null])
      expect([what, codeOf(await exchange(token))]).toEqual([what, 'TOKEN_INVALID'])
    }
    const { client, closed } = connect(bad.expired as string)
    client.subscribe(EVENTS)
    expect(await closed).toBe(4403)
    expect((await meOf(good)).id).toEqual(expect.any(String))
  })

  test('TOKEN-2 TOKEN-5 where no issuer is set none is taken', async () => {
    const plain = await startTestServer()
    const token = await issuer.sign({ sub: subject() })
    expect(await meOf(token, plain)).toBeNull()
    expect(codeOf(await exchange(token, plain))).toBe('TOKEN_INVALID')
    await plain.close()
  })

  test('TOKEN-2 a shared secret: taken by HS256, and by no other kind of key', async () => {
    const secret = 'thirty-two bytes of shared secret'
    const shared = await startTestServer({ JWT_ISSUER: 'my-app', JWT_SECRET: secret, JWT_NAME_CLAIM: 'nick' })
    const key = new TextEncoder().encode(secret)
    const sub = subject()
    const me = await meOf(await issuer.sign({ sub, iss: 'my-app', nick: 'nicky' }, { key, alg: 'HS256' }), shared)
    expect(me.username).toBe('nicky')
    expect(await meOf(await issuer.sign({ sub, iss: 'my-app' }), shared)).toBeNull()
    const other = new TextEncoder().encode(`${secret}!`)
    expect(await meOf(await issuer.sign({ sub, iss: 'my-app' }, { key: other, alg: 'HS256' }), shared)).toBeNull()
    await shared.close()
  })
})

describe('the end of a token', () => {
  test('TOKEN-3 its sockets are closed with 4403 when it expires, and those of the next one are not', async () => {
    const sub = subject()
    const token = await issuer.sign({ sub }, { expiresIn: 2 })
    const { client, closed } = connect(token)
    await live(client.subscribe(EVENTS))
    const next = connect(await issuer.sign({ sub, next: true }))
    const running = next.client.subscribe(EVENTS)
    await live(running)
    expect(await closed).toBe(4403)
    expect(await meOf(token)).toBeNull()
    await send(server.graphql, await issuer.sign({ sub, last: true }), { text: `after ${sub}` })
    await until('the next one goes on', () => textsOf(running).includes(`after ${sub}`))
  })

  test('TOKEN-4 it is one session of the account, and once that has ended it stays refused', async () => {
    const sub = subject()
    const [token, other] = [await issuer.sign({ sub }), await issuer.sign({ sub, other: true })]
    for (const each of [token, token, other]) await meOf(each)
    const { sessions } = await data(server.graphql, '{ sessions { id current } }', { token })
    expect(sessions).toHaveLength(2)
    await data(server.graphql, 'mutation { leave }', { token })
    for (let n = 0; n < 2; n++) {
      expect(await meOf(token)).toBeNull()
      expect(codeOf(await exchange(token))).toBe('TOKEN_INVALID')
    }
    expect(await meOf(other)).not.toBeNull()
    await data(server.graphql, 'mutation { leave(everywhere: true) }', { token: other })
    expect(await meOf(other)).toBeNull()
    // Another token of the same person is another entrance.
    expect(await meOf(await issuer.sign({ sub, third: true }))).not.toBeNull()
  })

  test('TOKEN-4 TOKEN-5 with the other signature that ES256 has for it, it is the same session', async () => {
    const sub = subject()
    const token = await issuer.sign({ sub })
    const twin = otherSignature(token)
    const me = await meOf(token)
    expect(await meOf(twin)).toEqual(me)
    expect((await data(server.graphql, '{ sessions { id } }', { token: twin })).sessions).toHaveLength(1)
    await data(server.graphql, 'mutation { leave }', { token })
    for (const each of [token, twin]) {
      expect(await meOf(each)).toBeNull()
      expect(codeOf(await exchange(each))).toBe('TOKEN_INVALID')
    }
    const { client, closed } = connect(twin)
    client.subscribe(EVENTS)
    expect(await closed).toBe(4403)
  })

  test('TOKEN-4 TOKEN-3 also over a restart of the server', async () => {
    const env = { JWT_ISSUER: issuer.url, JWT_AUDIENCE: 'recado' }
    const sub = subject()
    const [left, kept] = [await issuer.sign({ sub }), await issuer.sign({ sub, kept: true })]
    const folder = await mkdtemp(join(tmpdir(), 'recado-tokens-'))
    const before = await startTestServer(env, folder)
    const me = await meOf(kept, before)
    await meOf(left, before)
    await data(before.graphql, 'mutation { leave }', { token: left })
    await before.close()
    const after = await startTestServer(env, folder)
    expect(await meOf(left, after)).toBeNull()
    expect(await meOf(kept, after)).toEqual(me)
    await after.close()
    await rm(folder, { recursive: true })
  })

  test('TOKEN-4 BAN-2 a ban refuses every token of the account, and says so where one is exchanged', async () => {
    const sub = subject()
    const token = await issuer.sign({ sub, preferred_username: `banned${people}` })
    const { username } = await meOf(token)
    const operator = await operatorOf(server)
    await operator.call('ban', { username })
    expect(await meOf(token)).toBeNull()
    const next = await issuer.sign({ sub, next: true })
    expect(codeOf(await exchange(next))).toBe('BANNED')
    expect(await meOf(next)).toBeNull()
    await operator.call('unban', { username })
    expect((await meOf(await issuer.sign({ sub, third: true }))).username).toBe(username)
  })

  test('TOKEN-5 it can be exchanged for a session of its own, which outlives it', async () => {
    const sub = subject()
    const token = await issuer.sign({ sub }, { expiresIn: 2 })
    const { enterWithToken } = await data(server.graphql, EXCHANGE, { variables: { t: token } })
    expect(enterWithToken.token).toMatch(/^[\w-]{43}$/)
    expect(Date.parse(enterWithToken.expiresAt) - Date.now()).toBeGreaterThan(100 * 86_400_000)
    await until('it has expired', async () => (await meOf(token)) === null)
    expect(await meOf(enterWithToken.token)).toEqual(enterWithToken.me)
    // In a browser it is a cookie, unless it is somebody already.
    const response = await fetch(server.graphql, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: EXCHANGE, variables: { t: await issuer.sign({ sub, web: true }) } }),
    })
    const cookie = response.headers.get('set-cookie')?.split(';')[0] ?? ''
    expect(cookie).not.toBe('')
    const again = await request(server.graphql, EXCHANGE, {
      variables: { t: await issuer.sign({ sub, again: true }) },
      headers: { cookie },
    })
    expect(codeOf(again)).toBe('ALREADY_ENTERED')
  })
})

describe('the issuer’s keys', () => {
  test('TOKEN-7 a key that it has added is found, one that nobody has is not asked for again and again', async () => {
    const own = await startIssuer()
    const rotating = await startTestServer({ JWT_ISSUER: own.url, JWT_AUDIENCE: 'recado' })
    const sub = subject()
    const me = await meOf(await own.sign({ sub }), rotating)
    expect(own.reads).toBe(1)
    await meOf(await own.sign({ sub, second: true }), rotating)
    expect(own.reads).toBe(1)
    for (let n = 0; n < 20; n++) await meOf(await own.sign({ sub, n }, { key: own.stranger, kid: 'nobody' }), rotating)
    expect(own.reads).toBeLessThanOrEqual(2)
    await own.rotate()
    const rotated = await own.sign({ sub, rotated: true })
    await until('the new key is known', async () => (await meOf(rotated, rotating))?.id === me.id)
    await rotating.close()
    await own.close()
  })

  test('TOKEN-7 while they can’t be read the answer is to come again, and those who are in stay in', async () => {
    const own = await startIssuer()
    own.isUp = false
    const waiting = await startTestServer({ JWT_ISSUER: own.url, JWT_AUDIENCE: 'recado' })
    const token = await own.sign({ sub: subject() })
    const answer = await fetch(waiting.graphql, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query: ME }),
    })
    expect([answer.status, codeOf((await answer.json()) as Data)]).toEqual([503, 'STORAGE_UNAVAILABLE'])
    const { client, closed } = connect(token, waiting)
    client.subscribe(EVENTS)
    expect(await closed).toBe(1013)
    expect((await enter(waiting.graphql, 'joao')).username).toBe('joao')
    own.isUp = true
    await until('they can be read', async () => {
      const result = await request(waiting.graphql, ME, { token })
      return codeOf(result) === null && result.data.me
    })
    own.isUp = false
    expect(await meOf(token, waiting)).not.toBeNull()
    await waiting.close()
    await own.close()
  })
})
