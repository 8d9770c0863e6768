// The client's table of codes against the schema and the server's table, and what each kind of failure turns into.
import { readFileSync } from 'node:fs'
import { CombinedError } from '@urql/core'
import { buildSchema, GraphQLEnumType } from 'graphql'
import { describe, expect, test } from 'vitest'
import { httpUrlOf, webSocketUrlOf } from '../../client/core/endpoint.ts'
import {
  asRecadoError,
  ERROR_CODES,
  errorFromCombined,
  errorFromResult,
  RecadoError,
} from '../../client/core/errors.ts'
import { isNewer } from '../../client/core/feed.ts'
import { randomNonce } from '../../client/core/nonce.ts'
import { enter, leave, whoAmI } from '../../client/core/session.ts'
import { ERRORS } from '../../server/domain/errors.ts'
import { fakeServer } from './harness.ts'

const schema = buildSchema(readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8'))

describe('codes', () => {
  test('are the schema’s, and four of the client’s own', () => {
    const type = schema.getType('ErrorCode')
    const inSchema = type instanceof GraphQLEnumType ? type.getValues().map(({ name }) => name) : []
    const own = ['NETWORK', 'CLOSED', 'OUTBOX_FULL', 'DISCARDED']
    expect(Object.keys(ERROR_CODES).sort()).toEqual([...inSchema, ...own].sort())
  })

  test('are retryable where the server says so', () => {
    for (const [code, { retryable }] of Object.entries(ERRORS))
      expect([code, new RecadoError(code).retryable]).toEqual([code, retryable])
    expect(new RecadoError('NETWORK').retryable).toBe(true)
    expect(new RecadoError('OF_A_LATER_SERVER').retryable).toBe(false)
  })
})

describe('a failure', () => {
  test('of the server keeps its code, message and wait', () => {
    const error = errorFromResult([{ message: 'slow down', extensions: { code: 'RATE_LIMITED', retryAfterMs: 700 } }])
    expect(error).toMatchObject({ code: 'RATE_LIMITED', message: 'slow down', retryable: true, retryAfterMs: 700 })
    expect(error).toBeInstanceOf(RecadoError)
    expect(
      errorFromResult([{ message: 'm', extensions: { code: 'RATE_LIMITED', retryAfterMs: 'soon' } }]).retryAfterMs,
    ).toBeUndefined()
  })

  test('that is not GraphQL is the network’s', () => {
    for (const errors of [undefined, 'no', [], [null], ['text'], {}])
      expect(errorFromResult(errors).code).toBe('NETWORK')
    expect(asRecadoError('thrown text')).toMatchObject({ code: 'NETWORK', message: 'thrown text' })
    const own = new RecadoError('CLOSED')
    expect(asRecadoError(own)).toBe(own)
  })

  test('of urql turns into the same', () => {
    const refused = new CombinedError({ graphQLErrors: [{ message: 'no', extensions: { code: 'TEXT_EMPTY' } }] })
    expect(errorFromCombined(refused)).toMatchObject({ code: 'TEXT_EMPTY', retryable: false })
    const lost = new CombinedError({ networkError: new Error('ECONNREFUSED') })
    expect(errorFromCombined(lost)).toMatchObject({ code: 'NETWORK', retryable: true })
  })
})

describe('a session', () => {
  test('is entered, told and left with single requests', async () => {
    const server = await fakeServer()
    const { token, me } = await enter({ url: server.url, username: 'maria' })
    expect(me).toMatchObject({ id: 'id-maria', username: 'maria' })
    expect(await whoAmI({ url: server.url, token })).toMatchObject({ username: 'maria' })
    expect(await whoAmI({ url: server.url })).toBeNull()
    await leave({ url: server.url, token })
  })

  test('without a server is a NETWORK error', async () => {
    const server = await fakeServer()
    await server.close()
    await expect(enter({ url: server.url, username: 'maria' })).rejects.toMatchObject({ code: 'NETWORK' })
  })

  test('before something that is no GraphQL server is a NETWORK error, whatever it answers', async () => {
    for (const [status, body] of [
      [200, '<html>log in to this network</html>'],
      [502, 'bad gateway'],
      [200, '{"hello":"world"}'],
      [404, ''],
    ] as const) {
      const portal: typeof fetch = async () => new Response(body, { status })
      await expect(whoAmI({ url: 'http://x', fetch: portal })).rejects.toMatchObject({ code: 'NETWORK' })
    }
    const limited: typeof fetch = async () => new Response('', { status: 429, headers: { 'retry-after': '2' } })
    await expect(whoAmI({ url: 'http://x', fetch: limited })).rejects.toMatchObject({ retryAfterMs: 2_000 })
  })
})

describe('small things', () => {
  test('addresses', () => {
    expect(httpUrlOf('http://127.0.0.1:4000')).toBe('http://127.0.0.1:4000/graphql')
    expect(httpUrlOf('https://chat.example/')).toBe('https://chat.example/graphql')
    expect(httpUrlOf('https://example.org/chat/api#x')).toBe('https://example.org/chat/api')
    expect(webSocketUrlOf('https://chat.example/graphql')).toBe('wss://chat.example/graphql')
    expect(webSocketUrlOf('http://http.example/graphql')).toBe('ws://http.example/graphql')
    expect(() => httpUrlOf('ftp://x')).toThrow('Expected an http: or https: URL, got "ftp://x".')
  })

  test('cursors of one epoch compare as strings, those of another are new', () => {
    expect(isNewer('aa-02', 'aa-01')).toBe(true)
    expect(isNewer('aa-01', 'aa-01')).toBe(false)
    expect(isNewer('aa-01', 'aa-02')).toBe(false)
    expect(isNewer('ab-01', 'zz-02')).toBe(true)
  })

  test('nonces are random UUIDs of version 4', () => {
    const nonces = Array.from({ length: 1_000 }, randomNonce)
    for (const nonce of nonces)
      expect(nonce).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(new Set(nonces).size).toBe(1_000)
  })
})
