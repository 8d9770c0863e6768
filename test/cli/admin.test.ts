// `recado admin` as whoever runs the server uses it: beside a server that runs, on a folder that nobody serves, and over
// Redis; its answers, its exit codes, both languages, and what it asks before it takes something away.
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RedisServer, startRedis } from '../setup/redis.ts'
import { codeOf, type Data, data, enter, request, send } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { until } from '../setup/until.ts'
import { type Ended, type Home, openHome } from '../terminal/program.ts'

let home: Home
let server: TestServer

beforeAll(async () => {
  home = await openHome()
  server = await startTestServer({ REGISTRATION: 'open' })
})
afterAll(async () => {
  await server.close()
  await home.remove()
})

const PASSWORD = 'a good password'
const admin = (...words: string[]): Promise<Ended> => home.done(['admin', ...words, '--data-dir', server.dataDir])
const isIn = async (token: string): Promise<boolean> =>
  codeOf(await request(server.graphql, '{ me { id } }', { token })) === null

describe('beside a server that runs', () => {
  it('makes an administrator, whom the server knows at once, and lists accounts', async () => {
    const { token } = await enter(server.graphql, 'joão', PASSWORD)
    expect(await admin('grant', 'joao')).toMatchObject({ code: 0, stdout: '', stderr: 'joao is an administrator.\n' })
    expect((await data(server.graphql, '{ me { role } }', { token })).me.role).toBe('ADMINISTRATOR')
    expect((await admin('grant', 'joao')).stderr).toBe('It was so already.\n')
    const { stdout } = await admin('list', '--json')
    expect(JSON.parse(stdout)).toEqual([
      expect.objectContaining({
        username: 'joão',
        isAdministrator: true,
        hasPassword: true,
        muted: null,
        banned: null,
      }),
    ])
    expect(stdout).not.toContain('argon2')
    expect((await admin('list', '--lang', 'pt')).stdout).toMatch(/^nome +papel.*\njoão +administrador /)
    // Only its owner can open the socket.
    expect(statSync(join(server.dataDir, 'operator.sock')).mode & 0o777).toBe(0o600)
  })

  it('asks before it takes something away, and does nothing where it can’t ask', async () => {
    const { token } = await enter(server.graphql, 'bia', PASSWORD)
    const refused = await admin('ban', 'bia')
    expect(refused).toMatchObject({ code: 2, stdout: '' })
    expect(refused.stderr).toContain('say --yes')
    expect(await isIn(token)).toBe(true)
    const done = await admin('close', 'bia', '--yes', '--reason', 'left the company', '--days', '2')
    expect(done.stderr).toMatch(/^bia is out until \d{4}-\d\d-\d\d \d\d:\d\dZ\.\n$/)
    expect(done.code).toBe(0)
    expect(await isIn(token)).toBe(false)
    const enterAgain = await request(
      server.graphql,
      `mutation { enter(username: "bia", password: "${PASSWORD}") { token } }`,
    )
    expect(enterAgain.errors?.[0]?.extensions).toMatchObject({ code: 'BANNED', reason: 'left the company' })
    expect((await admin('reopen', 'bia')).code).toBe(0)
    expect((await enter(server.graphql, 'bia', PASSWORD)).username).toBe('bia')
    const log = JSON.parse((await admin('log', '--limit', '2', '--json')).stdout)
    expect(log.map(({ action, by, reason }: Data) => [action, by, reason])).toEqual([
      ['UNBAN', null, ''],
      ['BAN', null, 'left the company'],
    ])
  })

  it('gives a password, ends sessions, and makes named tokens, each shown once and alone on standard output', async () => {
    const caio = await enter(server.graphql, 'caio')
    const given = await admin('password', 'caio', '--yes')
    expect(given.stdout).toMatch(/^[a-z2-9]{5}(?:-[a-z2-9]{5}){3}\n$/)
    expect(await isIn(caio.token)).toBe(false)
    const again = await enter(server.graphql, 'caio', given.stdout.trim())
    expect(again.id).toBe(caio.id)
    const [session] = JSON.parse((await admin('sessions', 'caio', '--json')).stdout)
    expect((await admin('end', 'caio', 'no-such-session', '--yes')).code).toBe(1)
    expect((await admin('end', 'caio', session.id, '--yes')).code).toBe(0)
    expect(await isIn(again.token)).toBe(false)

    const made = await admin('token', 'bot', 'weather')
    expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(/^[\w-]{43}\n$/) })
    expect(made.stderr).toContain('a new account')
    const token = made.stdout.trim()
    expect(await send(server.graphql, token, { text: 'sunny' })).toMatchObject({ text: 'sunny' })
    expect((await admin('token', 'bot', 'weather')).code).toBe(1)
    const tokens = await admin('tokens', 'bot')
    expect(tokens.stdout).toMatch(/weather .* never\n$/)
    expect(tokens.stdout).not.toContain(token)
    expect((await admin('revoke-token', 'bot', 'weather', '--yes')).code).toBe(0)
    expect(await isIn(token)).toBe(false)
    expect((await admin('revoke-token', 'bot', 'weather', '--yes')).code).toBe(1)
  })

  it('exports all that there is of one person, and nothing of others or secret', async () => {
    const [dora, eva] = [await enter(server.graphql, 'dora', PASSWORD), await enter(server.graphql, 'eva', PASSWORD)]
    await send(server.graphql, dora.token, { text: 'dora to all' })
    await send(server.graphql, eva.token, { text: 'eva to all' })
    await send(server.graphql, eva.token, { text: 'eva to dora', to: 'dora' })
    await send(server.graphql, eva.token, { text: 'eva to herself', to: 'eva' })
    await data(server.graphql, 'mutation { block(username: "eva") { id } }', { token: dora.token })
    const file = join(home.folder, 'dora.json')
    expect((await admin('export', 'dora', '--out', file)).stderr).toBe('Exported, with 2 messages.\n')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const text = readFileSync(file, 'utf8')
    const person = JSON.parse(text)
    expect(person).toMatchObject({
      recado: 'person',
      account: { id: dora.id, username: 'dora' },
      blocked: [{ id: eva.id, username: 'eva' }],
      outsideIdentities: [],
    })
    expect(person.messages.map((message: Data) => message.text)).toEqual(['dora to all', 'eva to dora'])
    expect(person.sessions).toHaveLength(1)
    for (const secret of ['argon2', 'tokenHash', dora.token, 'eva to all', 'eva to herself'])
      expect(text).not.toContain(secret)
    expect((await admin('export', 'dora', '--out', file)).code).toBe(1)
    expect(readFileSync(file, 'utf8')).toBe(text)
  })

  it('says in both languages what is wrong, with exit code 2 for what was typed and 1 for what is refused', async () => {
    expect(await admin()).toMatchObject({ code: 2, stderr: expect.stringContaining('What to do?') })
    expect(await admin('dance')).toMatchObject({ code: 2, stderr: expect.stringContaining('There is no act "dance".') })
    expect(await admin('grant')).toMatchObject({ code: 2, stderr: expect.stringContaining('grant needs a name.') })
    expect(await admin('mute', 'eva', '--days', '0')).toMatchObject({ code: 2 })
    const nobody = await admin('grant', 'nobodyatall', '--lang', 'pt')
    expect(nobody).toMatchObject({ code: 1, stderr: 'UNKNOWN_RECIPIENT: ninguém tem esse nome\n' })
    const help = await home.done(['admin', '--help', '--lang', 'pt'])
    expect(help.stdout).toContain('revoke-invitation ID')
    expect(help.stdout).toContain('uma conta')
  })
})

describe('where no server runs', () => {
  it('opens the folder itself, and what it did is there when the server starts', async () => {
    const folder = join(home.folder, 'data')
    const on = (...words: string[]) => home.done(['admin', ...words, '--data-dir', folder])
    expect(await on('list')).toMatchObject({ code: 1, stderr: expect.stringContaining('There is no chat in') })
    expect(existsSync(folder)).toBe(false)
    const first = await startTestServer({}, folder)
    await enter(first.graphql, 'maria', PASSWORD)
    await first.close()
    expect(existsSync(join(folder, 'operator.sock'))).toBe(false)
    expect(await on('grant', 'maria')).toMatchObject({ code: 0 })
    const invited = await on('invite', '--uses', '2')
    expect(invited.stdout).toMatch(/^http:\/\/127\.0\.0\.1:4000\/#convite=[\w-]{22}\n$/)
    const second = await startTestServer({ REGISTRATION: 'invite' }, folder)
    const again = await enter(second.graphql, 'maria', PASSWORD)
    expect((await data(second.graphql, '{ me { role } }', { token: again.token })).me.role).toBe('ADMINISTRATOR')
    // The whole link does, in the terminal too.
    const chat = ['send', '--as', 'rui', '--invitation', invited.stdout.trim(), '--url', second.url, 'oi']
    expect(await home.done(chat)).toMatchObject({ code: 0 })
    const without = await home.done(['send', '--as', 'zeca', '--url', second.url, 'oi'])
    expect(without).toMatchObject({ code: 1, stderr: expect.stringContaining('INVITATION_REQUIRED') })
    await second.close()
  })
})

describe('over Redis', () => {
  let redis: RedisServer
  beforeAll(async () => {
    redis = await startRedis()
  })
  afterAll(() => redis.dispose())

  it('is a node of its own: what it does holds at the nodes that run', async () => {
    const place = ['--redis', redis.url, '--space', 'clicks']
    expect((await home.done(['admin', 'list', ...place])).stderr).toContain('There is no chat in')
    const node = await startTestServer({ REDIS_URL: redis.url, SPACE: 'clicks' })
    const { token } = await enter(node.graphql, 'lia', PASSWORD)
    expect((await home.done(['admin', 'ban', 'lia', '--yes', ...place])).code).toBe(0)
    const again = await request(node.graphql, `mutation { enter(username: "lia", password: "${PASSWORD}") { token } }`)
    expect(codeOf(again)).toBe('BANNED')
    await until('its session has ended', async () => {
      return codeOf(await request(node.graphql, '{ me { id } }', { token })) === 'UNAUTHENTICATED'
    })
    await node.close()
  })
})
