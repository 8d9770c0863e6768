// Search, over the wire.
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { codeOf, type Data, type Entered, enter, type Result, request, type Sent, send } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { until } from '../setup/until.ts'

const SEARCH = `query ($text: String!, $before: Cursor, $scope: Scope, $with: String, $limit: Int) {
  search(text: $text, before: $before, scope: $scope, with: $with, limit: $limit) {
    nodes { id cursor text from { username } to { username } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`

let server: TestServer
let ana: Entered
let bia: Entered
let cleo: Entered

const ask = (who: Entered | null, variables: Record<string, unknown>, on = server): Promise<Result> =>
  request(on.graphql, SEARCH, { token: who?.token, variables })

async function page(who: Entered, variables: Record<string, unknown>): Promise<Data> {
  const { data: found, errors } = await ask(who, variables)
  if (errors) throw new Error(JSON.stringify(errors))
  return found.search
}

const textsOf = async (who: Entered, text: string, more: Record<string, unknown> = {}): Promise<string[]> =>
  (await page(who, { text, ...more })).nodes.map((node: { text: string }) => node.text)

const say = (who: Entered, text: string, to?: Entered): Promise<Sent> =>
  send(server.graphql, who.token, { text, ...(to ? { to: to.username } : { plain: true }) })

/** Right after a start the index may still be opened. */
const ready = (who: Entered, on = server): Promise<unknown> =>
  until('the index', async () => codeOf(await ask(who, { text: 'ready' }, on)) === null)

beforeAll(async () => {
  server = await startTestServer({ SEARCHES_PER_SECOND: '0' })
  ana = await enter(server.graphql, 'ana')
  bia = await enter(server.graphql, 'bia')
  cleo = await enter(server.graphql, 'cleo')
  await ready(ana)
})

afterAll(() => server.close())

describe('search', () => {
  test('SEARCH-1 SEARCH-5 finds messages that have all the words, whatever their case and accents, at once', async () => {
    await say(ana, 'Reunião AMANHÃ às 10h, na praça')
    expect(await textsOf(bia, 'amanha PRAÇA reuniao')).toEqual(['Reunião AMANHÃ às 10h, na praça'])
    expect(await textsOf(bia, 'reunião ontem')).toEqual([])
  })

  test('SEARCH-2 the last word may be the beginning of one; words in quotes stand together', async () => {
    await say(ana, 'o guarda-chuva azul ficou no ônibus')
    const found = ['o guarda-chuva azul ficou no ônibus']
    expect(await textsOf(bia, 'azul onib')).toEqual(found)
    expect(await textsOf(bia, 'onib azul')).toEqual([])
    expect(await textsOf(bia, '"chuva azul" guarda')).toEqual(found)
    expect(await textsOf(bia, '"azul chuva"')).toEqual([])
    expect(await textsOf(bia, 'guarda-chuva')).toEqual(found)
  })

  test('SEARCH-2 nothing in it is an operator', async () => {
    await say(ana, 'fogo OR agua NOT terra NEAR ar')
    for (const text of [
      'fogo OR xyz',
      'fogo NOT terrestre',
      '"fogo',
      'words:fogo',
      'fogo*',
      'fogo ^agua',
      '(fogo',
      '-fogo',
    ]) {
      const { errors } = await ask(bia, { text })
      expect([text, errors]).toEqual([text, undefined])
    }
    expect(await textsOf(bia, 'fogo OR xyz')).toEqual([])
    expect(await textsOf(bia, 'fogo NOT te')).toEqual(['fogo OR agua NOT terra NEAR ar'])
    expect(await textsOf(bia, `fogo' OR '1'='1`)).toEqual([])
  })

  test('SEARCH-3 comes in pages: the newest first, each oldest first', async () => {
    for (let n = 0; n < 7; n++) await say(ana, `página ${n}`)
    const newest = await page(bia, { text: 'pagina', limit: 3 })
    expect(newest.nodes.map(({ text }: Sent) => text)).toEqual(['página 4', 'página 5', 'página 6'])
    expect(newest.pageInfo).toMatchObject({ hasPreviousPage: true, hasNextPage: false })
    expect(newest.pageInfo.startCursor).toBe(newest.nodes[0].cursor)
    expect(newest.pageInfo.endCursor).toBe(newest.nodes[2].cursor)
    const middle = await page(bia, { text: 'pagina', limit: 3, before: newest.pageInfo.startCursor })
    expect(middle.nodes.map(({ text }: Sent) => text)).toEqual(['página 1', 'página 2', 'página 3'])
    expect(middle.pageInfo).toMatchObject({ hasPreviousPage: true, hasNextPage: true })
    const oldest = await page(bia, { text: 'pagina', limit: 3, before: middle.pageInfo.startCursor })
    expect(oldest.nodes.map(({ text }: Sent) => text)).toEqual(['página 0'])
    expect(oldest.pageInfo).toMatchObject({ hasPreviousPage: false, hasNextPage: true })
    const none = await page(bia, { text: 'inexistente' })
    expect(none.nodes).toEqual([])
    expect(none.pageInfo).toMatchObject({ hasPreviousPage: false, hasNextPage: false, startCursor: null })
    expect(none.pageInfo.endCursor).toEqual(expect.any(String))
  })

  test('SEARCH-4 private messages are found by their two accounts alone', async () => {
    await say(ana, 'a senha secreta é 42', bia)
    await say(cleo, 'que senha?')
    expect(await textsOf(ana, 'senha')).toEqual(['a senha secreta é 42', 'que senha?'])
    expect(await textsOf(bia, 'senha', { scope: 'PRIVATE' })).toEqual(['a senha secreta é 42'])
    expect(await textsOf(bia, 'senha', { scope: 'PUBLIC' })).toEqual(['que senha?'])
    expect(await textsOf(bia, 'senha', { with: 'ana' })).toEqual(['a senha secreta é 42'])
    expect(await textsOf(ana, 'senha', { with: 'cleo' })).toEqual([])
    const { nodes, pageInfo } = await page(cleo, { text: 'senha', limit: 1 })
    expect(nodes.map(({ text }: Sent) => text)).toEqual(['que senha?'])
    expect(pageInfo).toMatchObject({ hasPreviousPage: false, hasNextPage: false })
    for (const text of ['secreta', 's', '"senha secreta"', '42', '1', '\u0080', '"\u00801\u0081senha"']) {
      const found = await ask(cleo, { text, scope: 'PRIVATE' })
      expect(found.data?.search.nodes ?? []).toEqual([])
    }
  })

  test('SEARCH-6 refuses what can not be searched for', async () => {
    const codes = async (variables: Record<string, unknown>): Promise<string | null> =>
      codeOf(await ask(ana, variables))
    expect(await codes({ text: ' !? "" ' })).toBe('BAD_USER_INPUT')
    expect(await codes({ text: 'a '.repeat(17) })).toBe('BAD_USER_INPUT')
    expect(await codes({ text: 'x'.repeat(257) })).toBe('BAD_USER_INPUT')
    expect(await codes({ text: 'oi', limit: 0 })).toBe('BAD_USER_INPUT')
    expect(await codes({ text: 'oi', limit: 101 })).toBe('BAD_USER_INPUT')
    expect(await codes({ text: 'oi', with: 'bia', scope: 'PUBLIC' })).toBe('BAD_USER_INPUT')
    expect(await codes({ text: 'oi', with: 'nobody' })).toBe('UNKNOWN_RECIPIENT')
    expect(await codes({ text: 'oi', before: 'damaged' })).toBe('CURSOR_INVALID')
    expect(codeOf(await ask(null, { text: 'oi' }))).toBe('UNAUTHENTICATED')
    const { cursor } = await say(ana, 'só para bia', bia)
    expect(codeOf(await ask(cleo, { text: 'oi', before: cursor }))).toBe('HISTORY_RESET')
  })

  test('SEARCH-6 an account may search so often, and no more', async () => {
    await using limited = await startTestServer({ SEARCHES_PER_SECOND: '1' })
    const joao = await enter(limited.graphql, 'joao')
    const maria = await enter(limited.graphql, 'maria')
    const results = await Promise.all(Array.from({ length: 20 }, () => ask(joao, { text: 'oi' }, limited)))
    const refused = results.filter(result => codeOf(result) === 'RATE_LIMITED')
    expect(refused.length).toBeGreaterThan(5)
    expect(refused.length).toBeLessThanOrEqual(17)
    expect(refused[0]?.errors?.[0]?.extensions?.retryAfterMs).toEqual(expect.any(Number))
    expect(codeOf(await ask(maria, { text: 'oi' }, limited))).not.toBe('RATE_LIMITED')
  })

  test('SEARCH-6 says so where it is switched off', async () => {
    await using off = await startTestServer({ SEARCH: 'off' })
    const joao = await enter(off.graphql, 'joao')
    const result = await ask(joao, { text: 'oi' }, off)
    expect(codeOf(result)).toBe('BAD_USER_INPUT')
    expect(result.errors?.[0]?.message).toContain('SEARCH')
  })

  test('SEARCH-5 what was found before a restart is found after it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'recado-search-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const first = await startTestServer({ SEARCHES_PER_SECOND: '0' }, folder)
    const joao = await enter(first.graphql, 'joao')
    await send(first.graphql, joao.token, { text: 'uma', plain: true })
    await ready(joao, first)
    await first.close()
    await using again = await startTestServer({ SEARCHES_PER_SECOND: '0' }, folder)
    await send(again.graphql, joao.token, { text: 'uma outra', plain: true })
    await ready(joao, again)
    const { data: found } = await ask(joao, { text: 'uma' }, again)
    expect(found.search.nodes.map(({ text }: Sent) => text)).toEqual(['uma', 'uma outra'])
    expect(await readdir(folder)).toContain('search.db')
  })
})
