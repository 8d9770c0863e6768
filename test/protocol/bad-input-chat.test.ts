// What people type, by slip or on purpose: commands in disguise never go out as public texts, and what is odd but fine is
// taken as it is. What is refused is in test/hostile/rows/chat.ts.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { codeOf, data, type Entered, enter, request, send, trySend } from '../setup/request.ts'
import { startTestServer, type TestServer } from '../setup/server.ts'
import { callWitness, type Witness } from '../setup/witness.ts'

let server: TestServer
let witness: Witness
let maria: Entered
let joao: Entered

beforeAll(async () => {
  server = await startTestServer()
  witness = await callWitness(server)
  maria = await enter(server.graphql, 'maria')
  joao = await enter(server.graphql, 'João')
})

afterAll(async () => {
  await witness.dispose()
  await server.close()
})

async function privateTextsOf(account: Entered): Promise<string[]> {
  const { messages } = await data(server.graphql, '{ messages(scope: PRIVATE, limit: 100) { nodes { text } } }', {
    token: account.token,
  })
  return messages.nodes.map(({ text }: { text: string }) => text)
}

describe('commands', () => {
  const PRIVATE: readonly [what: string, typed: string][] = [
    ['as it should be', '/msg joao secret 0'],
    ['a space before it', ' /msg joao secret 1'],
    ['the full-width slash', '／msg joao secret 2'],
    ['a zero-width space before it', '\u200b/msg joao secret 3'],
    ['a byte order mark before it', '\ufeff/msg joao secret 4'],
    ['a no-break space before it', '\u00a0/msg joao secret 5'],
    ['no-break spaces in between', '/msg\u00a0joao\u00a0secret 6'],
    ['capital letters', '/MSG joao secret 7'],
    ['another name of the command', '/W joao secret 8'],
    ['a third one', '/dm JOÃO secret 9'],
    ['line feeds before and in between', '\n\n/msg\njoao\nsecret 10'],
    ['a right-to-left mark before it', '\u200f/msg joao secret 11'],
    ['a soft hyphen in the command', '/m\u00adsg joao secret 12'],
    ['a full-width command', '/ｍｓｇ joao secret 13'],
    ['an ideographic space before it', '\u3000/msg joao secret 14'],
  ]
  for (const [i, [what, typed]] of PRIVATE.entries()) {
    test(`COMMAND-1 COMMAND-2 ${what}: ${JSON.stringify(typed)} is private`, async () => {
      const sent = await send(server.graphql, maria.token, { text: typed })
      expect(sent.text).toBe(`secret ${i}`)
      expect(await privateTextsOf(joao)).toContain(`secret ${i}`)
      await witness.isUnharmed()
      expect(witness.texts().filter(text => text.includes('secret'))).toEqual([])
    })
  }

  test('SEND-8 a message to oneself is a note: nobody else has it', async () => {
    await send(server.graphql, maria.token, { text: '/msg maria remember' })
    const { messages } = await data(server.graphql, '{ messages(with: "maria") { nodes { text to { username } } } }', {
      token: maria.token,
    })
    expect(messages.nodes).toEqual([{ text: 'remember', to: { username: 'maria' } }])
    await witness.isUnharmed()
    expect(witness.texts()).not.toContain('remember')
  })

  test('COMMAND-3 `//` sends a text that starts with a slash', async () => {
    const local = await startTestServer()
    const { token } = await enter(local.graphql, 'ana')
    expect((await send(local.graphql, token, { text: '//shrug' })).text).toBe('/shrug')
    expect((await send(local.graphql, token, { text: '///' })).text).toBe('//')
    await local.close()
  })

  test('COMMAND-5 with `to` or `plain` the text is taken as it is', async () => {
    const local = await startTestServer()
    const { token } = await enter(local.graphql, 'ana')
    await enter(local.graphql, 'bia')
    expect((await send(local.graphql, token, { text: '/msg bia oi', plain: true })).text).toBe('/msg bia oi')
    expect((await send(local.graphql, token, { text: '/nonsense', to: 'BIA' })).text).toBe('/nonsense')
    const both = await data(
      local.graphql,
      'mutation { sendMessage(text: "x", to: "bia", plain: true) { to { username } } }',
      { token },
    )
    expect(both.sendMessage.to).toEqual({ username: 'bia' })
    for (const to of ['', ' ', 'nobody', '\u0000']) {
      expect(codeOf(await trySend(local.graphql, token, { text: 'x', to }))).toBe('UNKNOWN_RECIPIENT')
    }
    await local.close()
  })
})

describe('names', () => {
  test('ENTER-3 letters of one script, digits, and _ - . are fine, and kept as they were written', async () => {
    for (const name of ['Pedro_1', 'ana-clara', 'a.b', 'Ольга', '太郎', 'x'.repeat(32), 'Çelik']) {
      expect((await enter(server.graphql, name)).username).toBe(name)
    }
  })

  test('ENTER-5 a password of 7 or 257 characters, and one of 60 KiB, is PASSWORD_INVALID before any costly work', async () => {
    for (const password of ['1234567', 'x'.repeat(257), 'x'.repeat(60 * 1024)]) {
      const started = performance.now()
      const result = await request(
        server.graphql,
        'mutation ($p: String!) { enter(username: "newcomer", password: $p) { token } }',
        { variables: { p: password } },
      )
      expect(codeOf(result)).toBe('PASSWORD_INVALID')
      expect(performance.now() - started).toBeLessThan(1_000)
    }
    await witness.isUnharmed()
  })
})

describe('TEXT-4 texts', () => {
  test('TEXT-1 TEXT-4 4,000 code points of four bytes, and bidi controls, come through as they were sent', async () => {
    const local = await startTestServer()
    const { token } = await enter(local.graphql, 'ana')
    for (const text of [
      '\u{1F600}'.repeat(4_000),
      'a\u202eb\u2066c',
      '<script>alert(1)</script>',
      ' a ',
      'e\u0301',
      '\u200ba',
    ]) {
      expect((await send(local.graphql, token, { text })).text).toBe(text)
      const { messages } = await data(local.graphql, '{ messages(limit: 1) { nodes { text } } }', { token })
      expect(messages.nodes).toEqual([{ text }])
    }
    await local.close()
  })
})

describe('other arguments', () => {
  test('SEND-3 a nonce of 128 characters outside ASCII is taken', async () => {
    const fine = await send(server.graphql, maria.token, { text: '/msg joao fine', nonce: 'é'.repeat(128) })
    expect(fine.text).toBe('fine')
    await witness.isUnharmed()
  })
})
