// Who may claim a name, over the wire: with invitations, and where nobody may.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { operatorOf } from '../setup/operators.ts'
import { codeOf, type Data, data, enter, type Result, request } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'

let server: TestServer
let admin: string
let names = 0

const PASSWORD = 'a good password'
const ENTER =
  'mutation ($u: String!, $p: String, $i: String) { enter(username: $u, password: $p, invitation: $i) { token me { id } } }'

beforeAll(async () => {
  server = await startTestServer({ REGISTRATION: 'invite' })
  const operator = await operatorOf(server)
  const { token } = (await operator.call('invite', {})) as Data
  admin = (await data(server.graphql, ENTER, { variables: { u: 'admin', p: PASSWORD, i: token } })).enter.token
  await operator.call('grant', { username: 'admin' })
})
afterAll(() => server.close())

const fresh = (): string => `guest${names++}`
const tryEnter = (u: string, p: string | null, i: string | null, to = server): Promise<Result> =>
  request(to.graphql, ENTER, { variables: { u, p, i } })

async function invite(rest = ''): Promise<Data> {
  const document = `mutation { createInvitation${rest} { token invitation { id uses used expiresAt revokedAt by { username } } } }`
  return (await data(server.graphql, document, { token: admin })).createInvitation
}

const usedOf = async (id: string): Promise<number> => {
  const { invitations } = await data(server.graphql, '{ invitations { id used } }', { token: admin })
  return invitations.find((invitation: Data) => invitation.id === id).used
}

describe('by invitation', () => {
  test('INVITE-1 the server says so; an invitation lets one person in, who then enters as anybody', async () => {
    expect((await data(server.graphql, '{ server { registration } }')).server.registration).toBe('INVITE')
    const { token, invitation } = await invite()
    expect(invitation).toMatchObject({ uses: 1, used: 0, revokedAt: null, by: { username: 'admin' } })
    const days = (Date.parse(invitation.expiresAt) - Date.now()) / 86_400_000
    expect(days).toBeGreaterThan(6.9)
    expect(days).toBeLessThan(7.1)
    const name = fresh()
    expect(codeOf(await tryEnter(name, PASSWORD, token))).toBeNull()
    expect(codeOf(await tryEnter(name, PASSWORD, null))).toBeNull()
    expect(await usedOf(invitation.id)).toBe(1)
    expect(codeOf(await tryEnter(fresh(), null, token))).toBe('INVITATION_INVALID')
  })

  test('INVITE-2 without a good one the answer is the same whether or not somebody has the name', async () => {
    const { token } = await invite()
    const taken = fresh()
    await tryEnter(taken, PASSWORD, token)
    for (const [invitation, code] of [
      [null, 'INVITATION_REQUIRED'],
      ['', 'INVITATION_REQUIRED'],
      [token, 'INVITATION_INVALID'],
      ['A'.repeat(22), 'INVITATION_INVALID'],
      ['not one at all', 'INVITATION_INVALID'],
    ] as const) {
      for (const password of [null, 'another password']) {
        const [free, owned] = [
          await tryEnter(fresh(), password, invitation),
          await tryEnter(taken, password, invitation),
        ]
        expect([invitation, password, codeOf(free)]).toEqual([invitation, password, code])
        expect(owned.errors?.[0]).toEqual(free.errors?.[0])
      }
    }
    // A good one: as where anybody may claim a name, with free names that are near it.
    const good = await invite()
    const refused = await tryEnter(taken, null, good.token)
    expect(codeOf(refused)).toBe('USERNAME_TAKEN')
    expect(refused.errors?.[0]?.extensions?.suggestions).not.toEqual([])
    expect(await usedOf(good.invitation.id)).toBe(0)
  })

  test('INVITE-3 of those who claim with one at the same time no more get in than it is good for', async () => {
    const { token, invitation } = await invite('(uses: 3, days: 1)')
    const results = await Promise.all(Array.from({ length: 9 }, () => tryEnter(fresh(), null, token)))
    const codes = results.map(codeOf)
    expect(codes.filter(code => code === null)).toHaveLength(3)
    expect(codes.filter(code => code !== null)).toEqual(Array(6).fill('INVITATION_INVALID'))
    expect(await usedOf(invitation.id)).toBe(3)
  })

  test('INVITE-3 those who want one name at the same time use it once, and the other use stays', async () => {
    const { token, invitation } = await invite('(uses: 2)')
    const name = fresh()
    const codes = (await Promise.all([1, 2, 3].map(n => tryEnter(name, `password number ${n}`, token)))).map(codeOf)
    expect(codes.filter(code => code === null)).toHaveLength(1)
    expect(await usedOf(invitation.id)).toBe(1)
    expect(codeOf(await tryEnter(fresh(), null, token))).toBeNull()
  })

  test('INVITE-3 one that is revoked is no good, nor is one of a bad name; only administrators and the operator make any', async () => {
    const { token, invitation } = await invite()
    expect(codeOf(await tryEnter('not a name', null, token))).toBe('USERNAME_INVALID')
    expect(codeOf(await tryEnter(fresh(), 'short', token))).toBe('PASSWORD_INVALID')
    const revoke = () => data(server.graphql, `mutation { revokeInvitation(id: "${invitation.id}") }`, { token: admin })
    expect((await revoke()).revokeInvitation).toBe(true)
    expect((await revoke()).revokeInvitation).toBe(false)
    expect(codeOf(await tryEnter(fresh(), null, token))).toBe('INVITATION_INVALID')
    for (const rest of ['(uses: 0)', '(uses: 1001)', '(days: 0)', '(days: 366)']) {
      const result = await request(server.graphql, `mutation { createInvitation${rest} { token } }`, { token: admin })
      expect([rest, codeOf(result)]).toEqual([rest, 'BAD_USER_INPUT'])
    }
    const listed = JSON.stringify(
      await data(server.graphql, '{ invitations { id by { username } } auditLog { what } }', { token: admin }),
    )
    expect(listed).not.toContain(token)
  })
})

test('INVITE-1 INVITE-2 where registration is closed nobody claims a name, invitation or not; where it is open none is needed', async () => {
  const closed = await startTestServer({ REGISTRATION: 'closed' })
  const { token } = (await (await operatorOf(closed)).call('invite', {})) as Data
  expect((await data(closed.graphql, '{ server { registration } }')).server.registration).toBe('CLOSED')
  expect(codeOf(await tryEnter('maria', null, token, closed))).toBe('USERNAME_TAKEN')
  await closed.close()
  const open = await startTestServer()
  expect((await data(open.graphql, '{ server { registration } }')).server.registration).toBe('OPEN')
  expect(codeOf(await tryEnter('maria', null, 'nonsense', open))).toBeNull()
  expect((await enter(open.graphql, 'joao')).username).toBe('joao')
  await open.close()
})
