// What people type, by slip or on purpose: commands in disguise never go out as public texts, names that would be
// mistaken for another are taken, texts and cursors are what they should be or are refused.
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

async function isTaken(username: string): Promise<string | null> {
  return codeOf(
    await request(server.graphql, 'mutation ($n: String!) { enter(username: $n) { token } }', {
      variables: { n: username },
    }),
  )
}

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

  const REFUSED: readonly [typed: string, code: string][] = [
    ['/masg joao secret', 'UNKNOWN_COMMAND'],
    ['/', 'UNKNOWN_COMMAND'],
    ['/ msg joao secret', 'UNKNOWN_COMMAND'],
    ['/msgjoao secret', 'UNKNOWN_COMMAND'],
    ['\u200b／help', 'UNKNOWN_COMMAND'],
    ['/__proto__ x', 'UNKNOWN_COMMAND'],
    ['/msg', 'BAD_USER_INPUT'],
    ['/msg ', 'BAD_USER_INPUT'],
    ['/msg \u200b', 'BAD_USER_INPUT'],
    ['/msg joao', 'TEXT_EMPTY'],
    ['/msg joao   ', 'TEXT_EMPTY'],
    ['/msg joao \u200b\u00a0', 'TEXT_EMPTY'],
    ['/msg nobody-has-this-name secret', 'UNKNOWN_RECIPIENT'],
    ['/msg "joao" secret', 'UNKNOWN_RECIPIENT'],
  ]
  for (const [typed, code] of REFUSED) {
    test(`COMMAND-4 COMMAND-2 SEND-8 ${JSON.stringify(typed)} is ${code}, and reaches nobody`, async () => {
      expect(codeOf(await trySend(server.graphql, maria.token, { text: typed }))).toBe(code)
      await witness.isUnharmed()
      expect(witness.texts().filter(text => !text.startsWith('still here'))).toEqual([])
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
  const TWINS = [
    'joao',
    'JOAO',
    'joão',
    'JOÃO',
    'jóão',
    'Joa\u0303o',
    'ｊｏａｏ',
    'j0ao',
    'maria',
    'MARIA',
    'María',
    'maría',
    'rnaria',
  ]
  for (const name of TWINS) {
    test(`ENTER-4 ENTER-2 ${JSON.stringify(name)} is USERNAME_TAKEN`, async () => {
      expect(await isTaken(name)).toBe('USERNAME_TAKEN')
    })
  }

  const INVALID: readonly [what: string, name: string][] = [
    ['empty', ''],
    ['white space', ' '],
    ['a space inside', 'jo ao'],
    ['a space at the end', 'pedro '],
    ['a bidi override', 'ped\u202ero'],
    ['a bidi isolate', '\u2066pedro\u2069'],
    ['a zero-width space', 'ped\u200bro'],
    ['a zero-width joiner', 'ped\u200dro'],
    ['a soft hyphen', 'ped\u00adro'],
    ['a NUL', 'ped\u0000ro'],
    ['a line feed', 'ped\nro'],
    ['a lone surrogate', 'ped\ud800ro'],
    ['Cyrillic letters among Latin ones', 'p\u0435dro'],
    ['Greek letters among Latin ones', 'pedr\u03bf'],
    ['33 characters', 'x'.repeat(33)],
    ['a slash', 'pe/dro'],
    ['an at sign', '@pedro'],
    ['an emoji', 'pedro\u{1F600}'],
    ['a 60 KiB name', 'x'.repeat(60 * 1024)],
  ]
  for (const [what, name] of INVALID) {
    test(`ENTER-3 a name with ${what} is USERNAME_INVALID`, async () => {
      expect(await isTaken(name)).toBe('USERNAME_INVALID')
      await witness.isUnharmed()
    })
  }

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

describe('TEXT-1 TEXT-2 TEXT-3 texts', () => {
  const REFUSED: readonly [what: string, text: string, code: string][] = [
    ['TEXT-3 nothing', '', 'TEXT_EMPTY'],
    ['TEXT-3 white space', ' \n\t\u00a0\u3000', 'TEXT_EMPTY'],
    ['TEXT-3 only invisible characters', '\u200b\u200d\ufeff\u2060\u00ad\u2800\u3164', 'TEXT_EMPTY'],
    ['TEXT-1 4,001 code points', 'é'.repeat(4_001), 'TEXT_TOO_LONG'],
    ['TEXT-1 4,001 code points outside the BMP', '\u{1F600}'.repeat(4_001), 'TEXT_TOO_LONG'],
    ['TEXT-2 a NUL', 'a\u0000b', 'TEXT_INVALID'],
    ['TEXT-2 a lone high surrogate', 'a\ud83d', 'TEXT_INVALID'],
    ['TEXT-2 a lone low surrogate', '\ude00a', 'TEXT_INVALID'],
  ]
  for (const [what, text, code] of REFUSED) {
    test(`${what} is ${code}, with and without plain`, async () => {
      expect(codeOf(await trySend(server.graphql, maria.token, { text }))).toBe(code)
      expect(codeOf(await trySend(server.graphql, maria.token, { text, plain: true }))).toBe(code)
      expect(codeOf(await trySend(server.graphql, maria.token, { text, to: 'joao' }))).toBe(code)
      await witness.isUnharmed()
    })
  }

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
  test('PAGE-1 a limit out of range, and since together with before, are BAD_USER_INPUT', async () => {
    const { messages } = await data(server.graphql, '{ messages { pageInfo { endCursor } } }', { token: maria.token })
    const cursor = messages.pageInfo.endCursor
    const bad = [
      'limit: 0',
      'limit: -1',
      'limit: 101',
      'limit: 2147483647',
      'limit: 99999999999',
      'limit: 1.5',
      `since: "${cursor}", before: "${cursor}"`,
      'with: "joao", scope: PUBLIC',
    ]
    for (const args of bad) {
      const result = await request(server.graphql, `{ messages(${args}) { nodes { id } } }`, { token: maria.token })
      expect([args, ['BAD_USER_INPUT', 'GRAPHQL_VALIDATION_FAILED'].includes(codeOf(result) ?? '')]).toEqual([
        args,
        true,
      ])
      if (!args.includes('99999999999') && !args.includes('1.5')) expect(codeOf(result)).toBe('BAD_USER_INPUT')
    }
    const users = await request(server.graphql, '{ users(limit: 101) { nodes { id } } }', { token: maria.token })
    expect(codeOf(users)).toBe('BAD_USER_INPUT')
    const nobody = await request(server.graphql, '{ messages(with: "nobody") { nodes { id } } }', {
      token: maria.token,
    })
    expect(codeOf(nobody)).toBe('UNKNOWN_RECIPIENT')
  })

  test('SEND-3 a nonce that is empty, too long, or has control characters is BAD_USER_INPUT, and sends nothing', async () => {
    for (const nonce of ['', 'x'.repeat(129), 'a\u0000b', 'a\nb', '\ud800']) {
      expect(codeOf(await trySend(server.graphql, maria.token, { text: 'unsent', plain: true, nonce }))).toBe(
        'BAD_USER_INPUT',
      )
    }
    const fine = await send(server.graphql, maria.token, { text: '/msg joao fine', nonce: 'é'.repeat(128) })
    expect(fine.text).toBe('fine')
    await witness.isUnharmed()
    expect(witness.texts()).not.toContain('unsent')
  })
})
