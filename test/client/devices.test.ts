// The library's functions about devices against the real server: pairing in both directions, waiting, the list, the end.
import { describe, expect, test } from 'vitest'
import { RecadoError } from '../../client/core/errors.ts'
import { OnSessionsDocument } from '../../client/core/generated/graphql.ts'
import {
  approveDevice,
  endSession,
  enter,
  enterHere,
  enterHereWithCode,
  enterWithCode,
  pairDevice,
  requestDevice,
  sessions,
  whenApproved,
  whoAmI,
} from '../../client/core/session.ts'
import { startTestServer } from '../setup/server.ts'
import { until } from '../setup/until.ts'
import { client, closing } from './harness.ts'

async function codeOf(answer: Promise<unknown>): Promise<string> {
  const error: unknown = await answer.then(
    () => null,
    thrown => thrown,
  )
  if (!(error instanceof RecadoError)) throw new Error(`not refused: ${String(error)}`)
  return error.code
}

async function entered() {
  const { url } = closing(await startTestServer())
  const { token, me } = await enter({ url, username: 'joao', device: 'the first one' })
  return { url, token, me }
}

describe('another device', () => {
  test('enters with a code, once, is listed, told of, and ended', async () => {
    const { url, token, me } = await entered()
    const recado = client({ url }, { token, account: me.id })
    const told: string[][] = []
    const { unsubscribe } = recado.client
      .subscription(OnSessionsDocument, {})
      .subscribe(({ data }) => data && told.push(data.onSessions.map(({ device }) => device)))
    await until('the list', () => told.length === 1)
    const { code } = await pairDevice({ url, token })
    const radio = await enterWithCode({ url, code, device: 'kitchen radio' })
    expect((await whoAmI({ url, token: radio.token }))?.id).toBe(me.id)
    expect(await codeOf(enterWithCode({ url, code }))).toBe('CODE_INVALID')
    await until('the news', () => told.length === 2)
    expect(told.at(-1)).toEqual(['kitchen radio', 'the first one'])
    const [newest, first] = await sessions({ url, token })
    expect([newest?.device, newest?.current, first?.current]).toEqual(['kitchen radio', false, true])
    expect(await endSession({ url, token, id: newest?.id ?? '' })).toBe(true)
    expect(await endSession({ url, token, id: newest?.id ?? '' })).toBe(false)
    expect(await codeOf(sessions({ url, token: radio.token }))).toBe('UNAUTHENTICATED')
    unsubscribe()
  })

  test('asks, waits in the server’s own time, and is in once it was approved', async () => {
    const { url, token, me } = await entered()
    const { userCode, deviceCode } = await requestDevice({ url, username: 'joao', device: 'terminal' })
    let tries = 0
    const waiting = whenApproved(() => {
      tries++
      return enterWithCode({ url, code: deviceCode })
    })
    await until('a try', () => tries > 0)
    expect(await approveDevice({ url, token, userCode })).toBe('terminal')
    expect((await waiting).me.id).toBe(me.id)
    expect(tries).toBeLessThan(4)
    expect(await codeOf(whenApproved(() => enterWithCode({ url, code: deviceCode })))).toBe('CODE_INVALID')
  })

  test('stops waiting when it is told to', async () => {
    const { url } = await entered()
    const { deviceCode } = await requestDevice({ url, username: 'joao' })
    const stop = new AbortController()
    const waiting = whenApproved(() => enterWithCode({ url, code: deviceCode }), stop.signal)
    stop.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
  })

  test('in a browser gets no token to keep', async () => {
    const { url, token } = await entered()
    const { code } = await pairDevice({ url, token })
    const cookies: (string | null)[] = []
    const session = await enterHereWithCode({
      url,
      code,
      fetch: async (input, init) => {
        const response = await fetch(input, { ...init, headers: { ...init?.headers, origin: url } })
        cookies.push(response.headers.get('set-cookie'))
        return response
      },
    })
    expect(session.me.username).toBe('joao')
    expect(session).not.toHaveProperty('token')
    expect(cookies[0]).toMatch(/^recado=/)
  })
})

test('a name that can’t be had comes with free ones', async () => {
  const { url } = await entered()
  const attempts = [enter({ url, username: 'joao' }), enterHere({ url, username: 'jo ao', fetch })]
  for (const error of await Promise.all(attempts.map(attempt => attempt.catch((thrown: RecadoError) => thrown)))) {
    expect((error as RecadoError).suggestions).toHaveLength(5)
  }
  expect(new RecadoError('NETWORK').suggestions).toEqual([])
})
