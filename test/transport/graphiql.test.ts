// The tabs that GraphiQL opens with: each is an operation of this schema, and the first works for whoever comes.
import { readFileSync } from 'node:fs'
import { buildSchema, parse, validate } from 'graphql'
import { describe, expect, test } from 'vitest'
import { graphiqlTabs } from '../../server/transport/graphiql.ts'
import { type Result, request } from '../setup/request.ts'
import { startTestServer } from '../setup/server.ts'

const schema = buildSchema(readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8'))
const queries = graphiqlTabs.map(({ query }) => query)
const [first = '', second = ''] = queries

describe('the tabs of GraphiQL', () => {
  test.each(queries)('%s', query => {
    expect(validate(schema, parse(query))).toEqual([])
  })

  test('the first asks who one is, also of a browser that has entered in the chat', async () => {
    await using server = await startTestServer()
    expect(await request(server.graphql, first)).toMatchObject({ data: { me: null } })
    const headers = { 'content-type': 'application/json', origin: server.url }
    const body = JSON.stringify({ query: 'mutation { enter(username: "lia") { me { id } } }' })
    const entered = await fetch(server.graphql, { method: 'POST', headers, body })
    const cookie = entered.headers.get('set-cookie')?.split(';')[0] ?? ''
    const response = await fetch(server.graphql, {
      method: 'POST',
      headers: { ...headers, cookie },
      body: JSON.stringify({ query: first }),
    })
    expect((await response.json()) as Result).toEqual({
      data: { me: { id: expect.any(String), username: 'lia' }, server: { version: expect.any(String) } },
    })
  })

  test('the second enters, again as the same person', async () => {
    await using server = await startTestServer()
    for (const _ of [1, 2]) expect((await request(server.graphql, second)).errors).toBeUndefined()
  })
})
