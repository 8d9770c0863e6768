// Administration over two nodes that share a Redis: what is done at one holds at the other, also when every notice of it is
// lost; and the operator's command is one more node.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Operator } from '../../server/operator/operator.ts'
import { type Issuer, startIssuer } from '../setup/issuer.ts'
import { redisOperator } from '../setup/operators.ts'
import { codeOf, type Data, data, type Entered, enter, request, send, trySend } from '../setup/request.ts'
import type { TestServer } from '../setup/server.ts'
import { EVENTS, live, type StockClient, stockClient } from '../setup/stock.ts'
import { until } from '../setup/until.ts'
import { type Rig, startRig } from './rig.ts'

let rig: Rig
let first: TestServer
let second: TestServer
let issuer: Issuer
let operator: Operator & { close(): Promise<void> }
let admin: Entered
const clients: StockClient[] = []

const PASSWORD = 'a good password'
const SPACE = 'moderation'

beforeAll(async () => {
  issuer = await startIssuer()
  rig = await startRig({ SPACE, REGISTRATION: 'open', JWT_ISSUER: issuer.url, JWT_AUDIENCE: 'recado' })
  ;[first, second] = rig.nodes
  operator = await redisOperator(rig.redis.url, SPACE)
  admin = await enter(first.graphql, 'admin', PASSWORD)
  await operator.call('grant', { username: 'admin' })
})
afterEach(async () => {
  rig.heal()
  await Promise.all(clients.splice(0).map(client => client.dispose()))
})
afterAll(async () => {
  await operator.close()
  await rig.close()
  await issuer.close()
})

function connect(node: TestServer, token: string): { client: StockClient; closed: Promise<number> } {
  const client = stockClient(node.socket, token, { retryAttempts: 0 })
  clients.push(client)
  const closed = new Promise<number>(resolve => {
    client.client.on('closed', event => resolve((event as { code: number }).code))
  })
  return { client, closed }
}

const act = (node: TestServer, document: string, token = admin.token) => data(node.graphql, document, { token })
const loseAll = () => {
  rig.judge(() => 'lose')
}

test.each(['told of it', 'not told of it'])(
  'BAN-1 BAN-2 a ban at one node ends the sessions at the other, which was %s',
  async how => {
    const name = how === 'told of it' ? 'ana' : 'bia'
    const person = await enter(second.graphql, name, PASSWORD)
    const { client, closed } = connect(second, person.token)
    await live(client.subscribe(EVENTS))
    if (how !== 'told of it') loseAll()
    await act(first, `mutation { ban(username: "${name}", reason: "spam") { user { id } } }`)
    expect(await closed).toBe(4403)
    for (const node of [first, second]) {
      expect(codeOf(await request(node.graphql, '{ me { id } }', { token: person.token }))).toBe('UNAUTHENTICATED')
      const again = await request(
        node.graphql,
        `mutation { enter(username: "${name}", password: "${PASSWORD}") { token } }`,
      )
      expect(codeOf(again)).toBe('BANNED')
    }
    await operator.call('unban', { username: name })
    expect((await enter(second.graphql, name, PASSWORD)).id).toBe(person.id)
  },
)

test.each(['told of it', 'not told of it'])(
  'MUTE-1 BLOCK-1 ADMIN-1 what one node changes holds at the other within two seconds, which was %s',
  async how => {
    const suffix = how === 'told of it' ? '1' : '2'
    const [joao, maria] = [await enter(second.graphql, `joao${suffix}`), await enter(first.graphql, `maria${suffix}`)]
    // Known at the second node as they are now.
    await send(second.graphql, joao.token, { text: 'public' })
    await send(second.graphql, joao.token, { text: 'private', to: maria.username })
    if (how !== 'told of it') loseAll()
    await act(first, `mutation { mute(username: "${joao.username}", forMs: 600000) { user { id } } }`)
    await act(first, `mutation { block(username: "${joao.username}") { id } }`, maria.token)
    await until(
      'it is muted',
      async () => codeOf(await trySend(second.graphql, joao.token, { text: 'x' })) === 'MUTED',
      4_000,
    )
    const refused = () => trySend(second.graphql, joao.token, { text: 'x', to: maria.username })
    await until('it is blocked', async () => codeOf(await refused()) === 'RECIPIENT_UNAVAILABLE', 4_000)
    await operator.call('grant', { username: maria.username })
    expect(codeOf(await request(second.graphql, '{ auditLog { id } }', { token: maria.token }))).toBeNull()
    await operator.call('revoke', { username: maria.username })
    expect(codeOf(await request(second.graphql, '{ auditLog { id } }', { token: maria.token }))).toBe(
      'NOT_ADMINISTRATOR',
    )
  },
)

test('ADMIN-2 ADMIN-4 a public message of somebody who is gone is removed at the other node, and both have one log', async () => {
  const gone = await enter(second.graphql, 'gone')
  const { id } = await send(second.graphql, gone.token, { text: 'left behind' })
  const running = connect(second, (await enter(second.graphql, 'reader')).token).client.subscribe(EVENTS)
  await live(running)
  await data(second.graphql, 'mutation { deleteAccount }', { token: gone.token })
  await act(first, `mutation { removeMessage(id: "${id}", reason: "old") { id } }`)
  await until('the deletion', () => running.items.some(({ onEvent }) => onEvent.__typename === 'MessageDeleted'))
  const log = (node: TestServer) => act(node, '{ auditLog(limit: 3) { id action what by { username } } }')
  const { auditLog } = await log(second)
  expect(auditLog[0]).toMatchObject({ action: 'REMOVE_MESSAGE', what: id, by: { username: 'admin' } })
  expect((await log(first)).auditLog).toEqual(auditLog)
})

test('TOKEN-1 TOKEN-4 a token of others that comes to both nodes at once is one account and one session, and ends at both', async () => {
  const token = await issuer.sign({ sub: 'shared', preferred_username: 'shared' })
  const me = (node: TestServer) => request(node.graphql, '{ me { id } }', { token })
  const answers = await Promise.all([first, second, first, second].map(me))
  expect(new Set(answers.map(({ data: found }) => found?.me.id)).size).toBe(1)
  const { sessions } = await data(first.graphql, '{ sessions { id } }', { token })
  expect(sessions).toHaveLength(1)
  const { client, closed } = connect(second, token)
  await live(client.subscribe(EVENTS))
  await data(first.graphql, 'mutation { leave }', { token })
  expect(await closed).toBe(4403)
  for (const node of [first, second]) expect(codeOf(await me(node))).toBe('UNAUTHENTICATED')
})

test('INVITE-3 an invitation is used once whichever nodes it comes to', async () => {
  const invited = await Promise.all([0, 1].map(node => rig.start(node, { REGISTRATION: 'invite' })))
  const { token } = (await operator.call('invite', { uses: 2 })) as Data
  const tries = Array.from({ length: 8 }, (_, n) =>
    request(
      (invited[n % 2] as TestServer).graphql,
      'mutation ($u: String!, $i: String) { enter(username: $u, invitation: $i) { token } }',
      { variables: { u: `guest${n}`, i: token } },
    ),
  )
  const codes = (await Promise.all(tries)).map(codeOf)
  expect(codes.filter(code => code === null)).toHaveLength(2)
  expect(new Set(codes.filter(code => code !== null))).toEqual(new Set(['INVITATION_INVALID']))
  await Promise.all(invited.map(node => node.close()))
})
