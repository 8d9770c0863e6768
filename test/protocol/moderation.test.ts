// Administrators, mutings, bans and blocks over the wire: what each does, and that nobody else can.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { operatorOf } from '../setup/operators.ts'
import { codeOf, type Data, data, type Entered, enter, type Result, request, send, trySend } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { live, type StockClient, stockClient } from '../setup/stock.ts'
import { until } from '../setup/until.ts'

let server: TestServer
let admin: Entered
const clients: StockClient[] = []
let people = 0

beforeAll(async () => {
  server = await startTestServer()
  admin = await enter(server.graphql, 'admin', PASSWORD)
  await (await operatorOf(server)).call('grant', { username: 'admin' })
})
afterEach(async () => {
  await Promise.all(clients.splice(0).map(client => client.dispose()))
})
afterAll(() => server.close())

const PASSWORD = 'a good password'
const HOUR_MS = 3_600_000
const EVENTS =
  'subscription { onEvent { __typename ... on LogEvent { cursor } ... on MessageAdded { message { id text } } ... on MessageEdited { message { id text } } ... on MessageDeleted { message { id text deletedAt } } } }'

const person = (): Promise<Entered> => enter(server.graphql, `person${people++}`, PASSWORD)

function ask(query: string, { token }: { token?: string }, variables: Record<string, unknown> = {}): Promise<Result> {
  return request(server.graphql, query, { token, variables })
}

async function act(field: string, by: Entered, whom: Entered, rest = ''): Promise<Data> {
  const document = `mutation ($u: String!) { ${field}(username: $u${rest}) { user { id role } muted { until reason } banned { until reason } } }`
  return (await data(server.graphql, document, { token: by.token, variables: { u: whom.username } }))[field]
}

const lift = (field: string, whom: Entered) => act(field, admin, whom)

function connect({ token }: Entered): { client: StockClient; closed: Promise<number> } {
  const client = stockClient(server.socket, token, { retryAttempts: 0 })
  clients.push(client)
  const closed = new Promise<number>(resolve => {
    client.client.on('closed', event => resolve((event as { code: number }).code))
  })
  return { client, closed }
}

const newest = async (): Promise<Data> =>
  (
    await data(
      server.graphql,
      '{ auditLog(limit: 1) { id at by { username } action whom { username } what reason until } }',
      { token: admin.token },
    )
  ).auditLog[0]

const block = (by: Entered, whom: Entered) =>
  data(server.graphql, 'mutation ($u: String!) { block(username: $u) { id } }', {
    token: by.token,
    variables: { u: whom.username },
  })
const unblock = async (by: Entered, whom: Entered): Promise<boolean> =>
  (
    await data(server.graphql, 'mutation ($u: String!) { unblock(username: $u) }', {
      token: by.token,
      variables: { u: whom.username },
    })
  ).unblock

describe('who may', () => {
  /** Each field that is new, with arguments that are right. */
  const forAdministrators: readonly (readonly [field: string, document: string])[] = [
    ['standing', '{ standing(username: "admin") { user { id } } }'],
    ['restricted', '{ restricted { user { id } } }'],
    ['invitations', '{ invitations { id } }'],
    ['auditLog', '{ auditLog { id } }'],
    ['inspection', '{ inspection { at } }'],
    ['mute', 'mutation { mute(username: "victim") { user { id } } }'],
    ['unmute', 'mutation { unmute(username: "victim") { user { id } } }'],
    ['ban', 'mutation { ban(username: "victim") { user { id } } }'],
    ['unban', 'mutation { unban(username: "victim") { user { id } } }'],
    ['removeMessage', 'mutation { removeMessage(id: "MESSAGE") { id } }'],
    ['createInvitation', 'mutation { createInvitation { token } }'],
    ['revokeInvitation', 'mutation { revokeInvitation(id: "0123456789abcdef") }'],
  ]
  const forAccounts: readonly (readonly [field: string, document: string])[] = [
    ['blocked', '{ blocked { id } }'],
    ['block', 'mutation { block(username: "admin") { id } }'],
    ['unblock', 'mutation { unblock(username: "admin") }'],
  ]

  test('ADMIN-1 every field of administrators is refused to nobody, to an ended session and to anybody else, and does nothing', async () => {
    const victim = await enter(server.graphql, 'victim', PASSWORD)
    const { id } = await send(server.graphql, victim.token, { text: 'still here' })
    const [stranger, ended] = [await person(), await person()]
    await ask('mutation { leave }', ended)
    const log = await newest()
    for (const [field, document] of forAdministrators) {
      const query = document.replace('MESSAGE', id)
      expect([field, codeOf(await ask(query, {}))]).toEqual([field, 'UNAUTHENTICATED'])
      expect([field, codeOf(await ask(query, ended))]).toEqual([field, 'UNAUTHENTICATED'])
      expect([field, codeOf(await ask(query, { token: 'x'.repeat(43) }))]).toEqual([field, 'UNAUTHENTICATED'])
      expect([field, codeOf(await ask(query, stranger))]).toEqual([field, 'NOT_ADMINISTRATOR'])
    }
    expect(await newest()).toEqual(log)
    expect(codeOf(await trySend(server.graphql, victim.token, { text: 'still well' }))).toBeNull()
    const { message } = await data(server.graphql, `{ message(id: "${id}") { text } }`, { token: stranger.token })
    expect(message).toEqual({ text: 'still here' })
    // And the administrator gets an answer to each: the documents are right.
    for (const [field, document] of forAdministrators) {
      if (/^(?:ban|mute)$/.test(field)) continue
      expect([field, codeOf(await ask(document.replace('MESSAGE', id), admin))]).toEqual([field, null])
    }
  })

  test('ADMIN-1 BLOCK-4 blocks are of the token’s account alone, and need one', async () => {
    const [ana, ended] = [await person(), await person()]
    await ask('mutation { leave }', ended)
    for (const [field, document] of forAccounts) {
      expect([field, codeOf(await ask(document, {}))]).toEqual([field, 'UNAUTHENTICATED'])
      expect([field, codeOf(await ask(document, ended))]).toEqual([field, 'UNAUTHENTICATED'])
      expect([field, codeOf(await ask(document, ana))]).toEqual([field, null])
    }
    const joao = await person()
    await block(ana, joao)
    expect((await data(server.graphql, '{ blocked { id } }', { token: ana.token })).blocked).toEqual([{ id: joao.id }])
    for (const other of [joao, admin]) {
      expect((await data(server.graphql, '{ blocked { id } }', { token: other.token })).blocked).toEqual([])
    }
    expect(await unblock(joao, ana)).toBe(false)
    expect((await data(server.graphql, '{ blocked { id } }', { token: ana.token })).blocked).toHaveLength(1)
  })

  test('ADMIN-1 everybody sees who administrates, and whoever has lost the role has lost it at once', async () => {
    const [ana, other] = [await person(), await person()]
    const roles = async () => (await data(server.graphql, '{ me { role } }', { token: ana.token })).me.role
    expect(await roles()).toBe('USER')
    const operator = await operatorOf(server)
    expect(await operator.call('grant', { username: ana.username })).toBe(true)
    expect(await operator.call('grant', { username: ana.username })).toBe(false)
    expect(await roles()).toBe('ADMINISTRATOR')
    await act('mute', ana, other, ', forMs: 60000')
    await operator.call('revoke', { username: ana.username })
    expect(await roles()).toBe('USER')
    expect(codeOf(await ask(`mutation { unmute(username: "${other.username}") { user { id } } }`, ana))).toBe(
      'NOT_ADMINISTRATOR',
    )
  })

  test('ADMIN-5 administrators are out of each other’s reach, and so is whoever acts', async () => {
    for (const field of ['mute', 'ban']) {
      const result = await ask(`mutation { ${field}(username: "admin") { user { id } } }`, admin)
      expect([field, codeOf(result)]).toEqual([field, 'BAD_USER_INPUT'])
    }
    expect(codeOf(await ask('{ me { id } }', admin))).toBeNull()
    const ana = await person()
    const until = new Date(Date.now() - 1_000).toISOString()
    for (const rest of [`until: "${until}"`, 'until: "tomorrow"', 'forMs: -5', `until: "${until}", forMs: 5`]) {
      const result = await ask(`mutation { mute(username: "${ana.username}", ${rest}) { user { id } } }`, admin)
      expect([rest, codeOf(result)]).toEqual([rest, 'BAD_USER_INPUT'])
    }
    const reason = 'x'.repeat(501)
    const long = await ask(`mutation { ban(username: "${ana.username}", reason: "${reason}") { user { id } } }`, admin)
    expect(codeOf(long)).toBe('BAD_USER_INPUT')
    expect(codeOf(await ask('mutation { ban(username: "nobodyatall") { user { id } } }', admin))).toBe(
      'UNKNOWN_RECIPIENT',
    )
  })
})

describe('what administrators do', () => {
  test('ADMIN-2 a public message is removed for everybody, live and afterwards, as its author’s deletion', async () => {
    const [ana, joao] = [await person(), await person()]
    const running = connect(joao).client.subscribe(EVENTS)
    await live(running)
    const { id } = await send(server.graphql, ana.token, { text: 'rude words' })
    const removed = await data(
      server.graphql,
      `mutation { removeMessage(id: "${id}", reason: "rude") { id text deletedAt } }`,
      {
        token: admin.token,
      },
    )
    expect(removed.removeMessage).toEqual({ id, text: '', deletedAt: expect.any(String) })
    const event = await until('the deletion', () =>
      running.items.find(({ onEvent }) => onEvent.__typename === 'MessageDeleted' && onEvent.message.id === id),
    )
    expect(event.onEvent.message.text).toBe('')
    const page = await data(
      server.graphql,
      '{ messages(limit: 5) { nodes { id text } } search(text: "rude words") { nodes { id } } }',
      {
        token: joao.token,
      },
    )
    expect(page.messages.nodes.find((node: Data) => node.id === id).text).toBe('')
    expect(page.search.nodes).toEqual([])
    expect(await newest()).toMatchObject({
      action: 'REMOVE_MESSAGE',
      whom: { username: ana.username },
      what: id,
      reason: 'rude',
    })
  })

  test('ADMIN-3 PROMISE-4 a private message is as if there were none, in the words of one that there is not', async () => {
    const [ana, joao] = [await person(), await person()]
    const { id } = await send(server.graphql, ana.token, { text: 'between us', to: joao.username })
    const mine = await send(server.graphql, ana.token, { text: 'to the admin', to: 'admin' })
    const remove = (message: string) =>
      ask('mutation ($id: ID!) { removeMessage(id: $id) { text } }', admin, { id: message })
    const log = await newest()
    const [hidden, none] = [await remove(id), await remove('AAAAAAAAAAAAAAAAAAAAAA')]
    expect(codeOf(hidden)).toBe('UNKNOWN_MESSAGE')
    expect(hidden.errors?.[0]).toEqual(none.errors?.[0])
    expect(codeOf(await remove(mine.id))).toBe('NOT_AUTHOR')
    expect(await newest()).toEqual(log)
    const { message } = await data(server.graphql, `{ message(id: "${id}") { text } }`, { token: joao.token })
    expect(message.text).toBe('between us')
    const seen = await data(
      server.graphql,
      `{ message(id: "${id}") { text } messages { nodes { id } } search(text: "between us") { nodes { id } } }`,
      {
        token: admin.token,
      },
    )
    expect(seen.message).toBeNull()
    expect(seen.search.nodes).toEqual([])
    expect(seen.messages.nodes.map((node: Data) => node.id)).not.toContain(id)
  })

  test('ADMIN-4 each act is in the log when it is acknowledged, with who, whom, why and until when; page by page', async () => {
    const ana = await person()
    const until = new Date(Date.now() + HOUR_MS).toISOString()
    await act('mute', admin, ana, `, until: "${until}", reason: "  flooding  "`)
    expect(await newest()).toEqual({
      id: expect.any(String),
      at: expect.any(String),
      by: { username: 'admin' },
      action: 'MUTE',
      whom: { username: ana.username },
      what: null,
      reason: 'flooding',
      until,
    })
    await lift('unmute', ana)
    await act('ban', admin, ana)
    await lift('unban', ana)
    const log: Data[] = []
    for (let before: string | null = null; log.length < 4; before = log.at(-1).id) {
      const page = await data(
        server.graphql,
        'query ($b: ID) { auditLog(before: $b, limit: 1) { id action by { username } } }',
        {
          token: admin.token,
          variables: { b: before },
        },
      )
      log.push(...page.auditLog)
    }
    expect(log.map(({ action }) => action)).toEqual(['UNBAN', 'BAN', 'UNMUTE', 'MUTE'])
    // What changes nothing is no act.
    await lift('unban', ana)
    expect((await newest()).id).toBe(log[0].id)
    await (await operatorOf(server)).call('mute', { username: ana.username, days: 1 })
    expect(await newest()).toMatchObject({ by: null, action: 'MUTE' })
    await lift('unmute', ana)
  })
})

describe('muted', () => {
  test('MUTE-1 what is public is refused, edits too, with until when and why; then not any more', async () => {
    const ana = await person()
    const before = await send(server.graphql, ana.token, { text: 'before', nonce: 'n1' })
    const standing = await act('mute', admin, ana, `, forMs: ${HOUR_MS}, reason: "calm down"`)
    expect(standing.muted.reason).toBe('calm down')
    const edit = (text: string) => ask(`mutation { editMessage(id: "${before.id}", text: "${text}") { id } }`, ana)
    for (const [what, result] of [
      ['plain', await trySend(server.graphql, ana.token, { text: 'after', plain: true })],
      ['typed', await trySend(server.graphql, ana.token, { text: 'after' })],
      ['edit', await edit('changed')],
    ] as const) {
      expect([what, codeOf(result)]).toEqual([what, 'MUTED'])
      const { until, retryAfterMs, reason } = result.errors?.[0]?.extensions ?? {}
      expect(until).toBe(standing.muted.until)
      expect(Number(retryAfterMs)).toBeGreaterThan(HOUR_MS - 60_000)
      expect(Number(retryAfterMs)).toBeLessThanOrEqual(HOUR_MS)
      expect(reason).toBe('calm down')
    }
    // What was acknowledged once is acknowledged again.
    expect(await send(server.graphql, ana.token, { text: 'before', nonce: 'n1' })).toEqual(before)
    await lift('unmute', ana)
    expect(codeOf(await edit('changed'))).toBeNull()
    expect(codeOf(await trySend(server.graphql, ana.token, { text: 'after' }))).toBeNull()
  })

  test('MUTE-1 a muting for good has no end to wait for, and one that is over is none', async () => {
    const ana = await person()
    await act('mute', admin, ana)
    const result = await trySend(server.graphql, ana.token, { text: 'x' })
    expect(result.errors?.[0]?.extensions).toEqual({ code: 'MUTED', until: null })
    await act('mute', admin, ana, ', forMs: 50')
    await until('it is over', async () => codeOf(await trySend(server.graphql, ana.token, { text: 'again' })) === null)
    const standing = await data(server.graphql, `{ standing(username: "${ana.username}") { muted { until } } }`, {
      token: admin.token,
    })
    expect(standing.standing.muted).toBeNull()
  })

  test('MUTE-2 private words, one’s own deletions and reading go on; that one writes is told to nobody', async () => {
    const [ana, joao] = [await person(), await person()]
    const said = await send(server.graphql, ana.token, { text: 'public' })
    await act('mute', admin, ana)
    const watching = connect(joao).client.subscribe('subscription { onTyping { from { id } private } }')
    await live(connect(joao).client.subscribe(EVENTS))
    expect((await data(server.graphql, 'mutation { setTyping }', { token: ana.token })).setTyping).toBe(true)
    await send(server.graphql, ana.token, { text: 'psst', to: joao.username })
    await data(server.graphql, `mutation { deleteMessage(id: "${said.id}") { id } }`, { token: ana.token })
    const { messages } = await data(server.graphql, '{ messages(limit: 1) { nodes { text } } }', { token: ana.token })
    expect(messages.nodes).toHaveLength(1)
    // Somebody else's word comes through: so that of the muted would have.
    const maria = await person()
    await until('another one writes', async () => {
      await data(server.graphql, 'mutation { setTyping }', { token: maria.token })
      return watching.items.some(({ onTyping }) => onTyping.some((typing: Data) => typing.from.id === maria.id))
    })
    expect(
      watching.items.flatMap(({ onTyping }) => onTyping).filter((typing: Data) => typing.from.id === ana.id),
    ).toEqual([])
    await lift('unmute', ana)
  })
})

describe('banned', () => {
  test('BAN-1 every session ends at once with its sockets, named tokens too, and private words are refused; messages stay', async () => {
    const [ana, joao] = [await person(), await person()]
    const again = await enter(server.graphql, ana.username, PASSWORD)
    const bot = (await (await operatorOf(server)).call('createToken', { username: ana.username, name: 'bot' })) as Data
    const said = await send(server.graphql, ana.token, { text: 'what I said' })
    const closed = [ana, again].map(session => {
      const { client, closed } = connect(session)
      client.subscribe(EVENTS)
      return closed
    })
    await until('both are there', async () => {
      const { sessions } = await data(server.graphql, '{ sessions { online } }', { token: ana.token })
      return sessions.filter((session: Data) => session.online).length === 2
    })
    await act('ban', admin, ana, ', reason: "spam"')
    expect(await Promise.all(closed)).toEqual([4403, 4403])
    for (const token of [ana.token, again.token, bot.token]) {
      expect(codeOf(await ask('{ me { id } }', { token }))).toBe('UNAUTHENTICATED')
    }
    const refused = await trySend(server.graphql, joao.token, { text: 'hello?', to: ana.username })
    expect(codeOf(refused)).toBe('RECIPIENT_UNAVAILABLE')
    const { message } = await data(server.graphql, `{ message(id: "${said.id}") { text } }`, { token: joao.token })
    expect(message.text).toBe('what I said')
    const { restricted } = await data(server.graphql, '{ restricted { user { id } banned { reason until } } }', {
      token: admin.token,
    })
    expect(restricted).toContainEqual({ user: { id: ana.id }, banned: { reason: 'spam', until: null } })
  })

  test('BAN-2 nobody enters as a banned account; whoever has the password is told, strangers are not', async () => {
    const ana = await person()
    const { pairDevice } = await data(server.graphql, 'mutation { pairDevice { code } }', { token: ana.token })
    const { banned } = await act('ban', admin, ana, `, forMs: ${HOUR_MS}, reason: "spam"`)
    const tryEnter = (password: string | null) =>
      ask(
        'mutation ($u: String!, $p: String) { enter(username: $u, password: $p) { token } }',
        {},
        { u: ana.username, p: password },
      )
    const told = await tryEnter(PASSWORD)
    expect(told.errors?.[0]?.extensions).toEqual({ code: 'BANNED', until: banned.until, reason: 'spam' })
    expect(codeOf(await tryEnter('another password'))).toBe('USERNAME_TAKEN')
    expect(codeOf(await tryEnter(null))).toBe('USERNAME_TAKEN')
    expect(codeOf(await ask(`mutation { enterWithCode(code: "${pairDevice.code}") { token } }`, {}))).toBe(
      'CODE_INVALID',
    )
    await lift('unban', ana)
  })

  test('BAN-3 after the end that was set, or once it is lifted, the account enters again, and the old sessions stay ended', async () => {
    const ana = await person()
    await act('ban', admin, ana, ', forMs: 100')
    const again = await until('it is over', () => enter(server.graphql, ana.username, PASSWORD).catch(() => null))
    expect(again.id).toBe(ana.id)
    expect(codeOf(await ask('{ me { id } }', ana))).toBe('UNAUTHENTICATED')
    await act('ban', admin, ana)
    await lift('unban', ana)
    expect((await enter(server.graphql, ana.username, PASSWORD)).id).toBe(ana.id)
  })

  test('BAN-2 an enter that is under way when the ban comes does not get in', async () => {
    const ana = await person()
    for (let round = 0; round < 6; round++) {
      const tries = Array.from({ length: 4 }, () =>
        request(server.graphql, 'mutation ($u: String!, $p: String) { enter(username: $u, password: $p) { token } }', {
          variables: { u: ana.username, p: PASSWORD },
        }),
      )
      const [results] = await Promise.all([Promise.all(tries), act('ban', admin, ana)])
      for (const { data: entered } of results) {
        const token = entered?.enter?.token
        if (token) expect(codeOf(await ask('{ me { id } }', { token }))).toBe('UNAUTHENTICATED')
      }
      await lift('unban', ana)
    }
  })
})

describe('blocked', () => {
  test('BLOCK-1 BLOCK-2 private messages and edits are refused as to an account that is closed, and a word of typing is kept', async () => {
    const [ana, joao, closed] = [await person(), await person(), await person()]
    const early = await send(server.graphql, ana.token, { text: 'early', to: joao.username, nonce: 'n1' })
    await block(joao, ana)
    await act('ban', admin, closed)
    const refused = await trySend(server.graphql, ana.token, { text: 'late', to: joao.username })
    const typed = await trySend(server.graphql, ana.token, { text: `/msg ${joao.username} late` })
    const banned = await trySend(server.graphql, ana.token, { text: 'late', to: closed.username })
    expect(codeOf(refused)).toBe('RECIPIENT_UNAVAILABLE')
    expect(refused.errors?.[0]).toEqual(banned.errors?.[0])
    expect(typed.errors?.[0]).toEqual(banned.errors?.[0])
    const edit = await ask(`mutation { editMessage(id: "${early.id}", text: "changed") { id } }`, ana)
    expect(codeOf(edit)).toBe('RECIPIENT_UNAVAILABLE')
    const watching = connect(joao).client.subscribe('subscription { onTyping { from { id } private } }')
    await live(connect(joao).client.subscribe(EVENTS))
    const typing = await data(server.graphql, 'mutation ($u: String!) { setTyping(to: $u) }', {
      token: ana.token,
      variables: { u: joao.username },
    })
    expect(typing.setTyping).toBe(true)
    const maria = await person()
    await until('another one writes', async () => {
      await data(server.graphql, 'mutation ($u: String!) { setTyping(to: $u) }', {
        token: maria.token,
        variables: { u: joao.username },
      })
      return watching.items.some(({ onTyping }) => onTyping.some((word: Data) => word.from.id === maria.id))
    })
    expect(watching.items.flatMap(({ onTyping }) => onTyping).filter((word: Data) => word.from.id === ana.id)).toEqual(
      [],
    )
    // What was there stays; what was acknowledged is acknowledged; what is public goes on; the past may be deleted.
    expect(await send(server.graphql, ana.token, { text: 'early', to: joao.username, nonce: 'n1' })).toEqual(early)
    await send(server.graphql, ana.token, { text: 'for everyone' })
    const page = await data(server.graphql, `{ messages(with: "${ana.username}") { nodes { text } } }`, {
      token: joao.token,
    })
    expect(page.messages.nodes).toEqual([{ text: 'early' }])
    await data(server.graphql, `mutation { deleteMessage(id: "${early.id}") { id } }`, { token: ana.token })
    expect(await unblock(joao, ana)).toBe(true)
    await send(server.graphql, ana.token, { text: 'again', to: joao.username })
  })

  test('BLOCK-3 whoever blocks can’t write to them either, and is told that it is by themselves', async () => {
    const [ana, joao] = [await person(), await person()]
    await block(joao, ana)
    const result = await trySend(server.graphql, joao.token, { text: 'ha', to: ana.username })
    expect(result.errors?.[0]?.extensions).toEqual({ code: 'RECIPIENT_UNAVAILABLE', byYou: true })
    expect(codeOf(await ask(`mutation { block(username: "${joao.username}") { id } }`, joao))).toBe('BAD_USER_INPUT')
    await send(server.graphql, joao.token, { text: 'a note', to: joao.username })
    expect(await unblock(joao, ana)).toBe(true)
    expect(await unblock(joao, ana)).toBe(false)
    await send(server.graphql, joao.token, { text: 'hello', to: ana.username })
  })

  test('BLOCK-4 an account that is deleted leaves the list, and what it had blocked goes with it', async () => {
    const [ana, joao] = [await person(), await person()]
    await block(joao, ana)
    await data(server.graphql, `mutation { deleteAccount(password: "${PASSWORD}") }`, { token: ana.token })
    expect((await data(server.graphql, '{ blocked { id } }', { token: joao.token })).blocked).toEqual([])
    const again = await enter(server.graphql, ana.username, PASSWORD)
    await send(server.graphql, again.token, { text: 'another one', to: joao.username })
  })
})
