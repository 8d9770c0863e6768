// Entering: names, passwords, leaving, deleting.
import { must, should } from '../audit.ts'
import type { Bench } from '../bench.ts'
import { check, codeOf, refused, same, skip } from '../check.ts'
import { DELETE_ACCOUNT, ENTER, LEAVE, ME, PAGE, SEND, SESSIONS, USERS } from '../documents.ts'
import { randomName } from '../people.ts'
import type { Result } from '../wire/http.ts'

const PASSWORD = 'a good password'

/** All of these names are refused as no names at all. */
async function invalid(bench: Bench, names: readonly string[]): Promise<void> {
  for (const username of names) {
    await bench.refuses(null, ENTER, { username }, 'USERNAME_INVALID', `enter(${JSON.stringify(username)})`)
  }
}

/** What a browser gets: `Set-Cookie` of `enter`, as it is sent back. */
export async function enterWithCookie(bench: Bench, username: string, password?: string) {
  const answer = await bench.post(ENTER, { variables: { username, password }, headers: { origin: bench.origin } })
  const { enter } = answer.result.data ?? {}
  check(enter, `enter from the server's own origin: got status ${answer.status} ${answer.text.slice(0, 120)}`)
  const person = { id: enter.me.id, username, token: enter.token as string, password: password ?? null }
  bench.remember(person)
  const setCookie = answer.headers.get('set-cookie') ?? ''
  return { person, setCookie, cookie: setCookie.split(';')[0] ?? '' }
}

async function isRefused(bench: Bench, token: string): Promise<void> {
  const { result } = await bench.post(ME, { token })
  refused(result, 'UNAUTHENTICATED', 'a token whose session has ended')
}

async function suggestionsOf(bench: Bench, username: string): Promise<void> {
  const { errors } = await bench.ask(null, ENTER, { username })
  const suggestions = errors?.[0]?.extensions?.suggestions
  if (suggestions === undefined) skip('the server gives out no names')
  check(Array.isArray(suggestions) && suggestions.length <= 5, `suggestions: got ${JSON.stringify(suggestions)}`)
  const [first] = suggestions
  if (first === undefined) skip('the server found no name near it')
  const person = await bench.stranger({ username: String(first) })
  same(person.username, first, 'the name that was suggested')
}

export const entering = [
  must(
    'ENTER-1a',
    'let a free name be claimed without a password: a token, its expiry and the account',
    async bench => {
      const username = randomName()
      const { enter } = await bench.data(null, ENTER, { username })
      bench.remember({ id: enter.me.id, username, token: enter.token, password: null })
      same(enter.me.username, username, 'the name')
      check(typeof enter.token === 'string' && enter.token.length >= 16, 'the token is short')
      check(Date.parse(enter.expiresAt) > Date.now(), `expiresAt has passed: ${enter.expiresAt}`)
      same(await bench.data(enter, ME), { me: { id: enter.me.id, username } }, '`me` with the token')
    },
  ),
  must('ENTER-1b', 'open one more session of the account for the name with its password', async bench => {
    const first = await bench.stranger({ password: PASSWORD })
    const second = await bench.again(first)
    same(second.id, first.id, 'the account of the second session')
    check(second.token !== first.token, 'both sessions have one token')
    for (const { token } of [first, second]) {
      same((await bench.data({ token }, ME)).me.id, first.id, '`me` with each token')
    }
  }),
  must('ENTER-2a', 'refuse a taken name without its password with USERNAME_TAKEN', async bench => {
    const { username } = await bench.stranger({ password: PASSWORD })
    await bench.refuses(null, ENTER, { username }, 'USERNAME_TAKEN', 'enter without the password')
  }),
  must('ENTER-2b', 'refuse a taken name with a wrong password with USERNAME_TAKEN', async bench => {
    const { username } = await bench.stranger({ password: PASSWORD })
    const variables = { username, password: 'not this password' }
    await bench.refuses(null, ENTER, variables, 'USERNAME_TAKEN', 'enter with a wrong password')
  }),
  must('ENTER-2c', 'answer alike whether or not the account has a password', async bench => {
    const people = [await bench.stranger({ password: PASSWORD }), await bench.stranger()]
    const answers = new Set<string>()
    for (const { username } of people) {
      const { errors } = await bench.ask(null, ENTER, { username, password: 'not this password' })
      const [error] = errors ?? []
      answers.add(JSON.stringify([error?.message, error?.extensions?.code, Object.keys(error?.extensions ?? {})]))
    }
    same(answers.size, 1, `different refusals (${[...answers].join(' and ')})`)
  }),
  must('ENTER-3a', 'refuse white space in a name with USERNAME_INVALID', bench =>
    invalid(bench, [' ', 'au dit', 'audit ', 'au\u00a0dit', 'au\ndit']),
  ),
  must('ENTER-3b', 'refuse control, zero-width and bidirectional characters in a name', bench =>
    invalid(bench, ['au\u0000dit', 'au\u200bdit', 'au\u200ddit', 'au\u202edit', '\u2066audit\u2069', 'au\u00addit']),
  ),
  must('ENTER-3c', 'refuse a name of mixed scripts', bench => invalid(bench, ['\u0430udit', 'audit\u03bf'])),
  must('ENTER-3d', 'refuse a name of no or of 33 characters', bench => invalid(bench, ['', 'x'.repeat(33)])),
  must('ENTER-3e', 'refuse a name with other signs than `_`, `-` and `.`', bench =>
    invalid(bench, ['au/dit', '@audit', 'audit!', 'audit\u{1F600}']),
  ),
  must(
    'ENTER-3f',
    'take letters of one script, digits, `_`, `-` and `.`, and keep the name as it was written',
    async bench => {
      for (const username of [`${randomName('A_é-', 6)}.1`, `Ольга${Math.random().toString().slice(2, 12)}`]) {
        same((await bench.stranger({ username })).username, username, 'the name')
      }
    },
  ),
  must('ENTER-4a', 'take a name in other case or with other accents for the same name', async bench => {
    const name = randomName('audi', 8)
    await bench.stranger({ username: `${name}é` })
    for (const username of [`${name}e`, `${name.toUpperCase()}É`, `${name}e\u0301`]) {
      await bench.refuses(null, ENTER, { username }, 'USERNAME_TAKEN', `the twin ${username}`)
    }
  }),
  must('ENTER-4b', 'take a full-width or look-alike twin for the same name', async bench => {
    const name = randomName('audi', 8)
    await bench.stranger({ username: `${name}o` })
    const wide = [...name].map(letter => String.fromCodePoint((letter.codePointAt(0) ?? 0) + 0xfee0)).join('')
    for (const username of [`${wide}ｏ`, `${name}0`]) {
      await bench.refuses(null, ENTER, { username }, 'USERNAME_TAKEN', `the twin ${username}`)
    }
  }),
  must('ENTER-4c', 'address an account by its name in other case and without accents', async bench => {
    const name = randomName('audi', 8)
    const [ana, zoe] = [await bench.person(), await bench.stranger({ username: `${name}ã` })]
    for (const to of [`${name}a`, `${name.toUpperCase()}Ã`]) {
      const { sendMessage } = await bench.data(ana, SEND, { text: bench.word(), to })
      same(sendMessage.to?.id, zoe.id, `the recipient of a message to ${to}`)
    }
  }),
  must('ENTER-5', 'refuse a password of 7 or of 257 characters with PASSWORD_INVALID', async bench => {
    for (const password of ['1234567', 'x'.repeat(257)]) {
      const variables = { username: randomName(), password }
      await bench.refuses(null, ENTER, variables, 'PASSWORD_INVALID', `a password of ${password.length} characters`)
    }
  }),
  must('ENTER-6a', 'free the name by deleteAccount: whoever claims it next is another account', async bench => {
    const before = await bench.stranger()
    same(await bench.data(before, DELETE_ACCOUNT, {}), { deleteAccount: true }, 'deleteAccount')
    bench.forget(before)
    const after = await bench.stranger({ username: before.username })
    check(after.id !== before.id, 'the next owner of the name has the same User.id')
  }),
  must('ENTER-6b', 'show the next owner of a name nothing of the former account', async bench => {
    const [ana, before] = [await bench.person(), await bench.stranger()]
    await bench.send(ana, bench.word(), before)
    await bench.send(before, bench.word(), ana)
    await bench.data(before, DELETE_ACCOUNT, {})
    bench.forget(before)
    const after = await bench.stranger({ username: before.username })
    same((await bench.page(after, { scope: 'PRIVATE' })).nodes, [], "the next owner's private messages")
  }),
  must('ENTER-7a', 'answer `leave`, refuse its token from then on, and leave other sessions alone', async bench => {
    const phone = await bench.stranger({ password: PASSWORD })
    const laptop = await bench.again(phone)
    bench.remember(laptop)
    same(await bench.data(phone, LEAVE, {}), { leave: true }, 'leave')
    await isRefused(bench, phone.token)
    same((await bench.data(laptop, ME)).me?.id, phone.id, '`me` of the other session')
  }),
  must('ENTER-7b', 'answer `leave` on the socket that it ends, and then close it with 4403', async bench => {
    const person = await bench.stranger({ password: PASSWORD })
    const socket = await bench.socket(person)
    same((await socket.run(LEAVE, {})).data, { leave: true }, 'leave')
    same((await socket.ended()).code, 4403, 'the close code')
  }),
  must('ENTER-7c', 'end every session of the account with `leave(everywhere: true)`', async bench => {
    const phone = await bench.stranger({ password: PASSWORD })
    const laptop = await bench.again(phone)
    const socket = await bench.socket(laptop)
    await bench.data(phone, LEAVE, { everywhere: true })
    same((await socket.ended()).code, 4403, "the close code of the other session's socket")
    await isRefused(bench, laptop.token)
    await isRefused(bench, phone.token)
  }),
  must('ENTER-7d', 'end every session with `deleteAccount`', async bench => {
    const phone = await bench.stranger({ password: PASSWORD })
    const laptop = await bench.again(phone)
    const socket = await bench.socket(laptop)
    await bench.data(phone, DELETE_ACCOUNT, { password: PASSWORD })
    bench.forget(phone)
    same((await socket.ended()).code, 4403, "the close code of the other session's socket")
    await isRefused(bench, laptop.token)
  }),
  must('ENTER-8a', 'refuse `enter` with a cookie of another account with ALREADY_ENTERED', async bench => {
    const { cookie } = await enterWithCookie(bench, randomName())
    const headers = { origin: bench.origin, cookie }
    const { result } = await bench.post(ENTER, { variables: { username: randomName() }, headers })
    refused(result, 'ALREADY_ENTERED', 'another name')
  }),
  must('ENTER-8b', "open one more session for the cookie's own name", async bench => {
    const username = randomName()
    const { cookie, person } = await enterWithCookie(bench, username)
    const headers = { origin: bench.origin, cookie }
    const { result } = await bench.post(ENTER, { variables: { username }, headers })
    same([codeOf(result), result.data?.enter?.me.id], [null, person.id], "the cookie's own name")
  }),
  must('ENTER-8c', 'let a token in place of the cookie enter under any name, and set no cookie', async bench => {
    const { cookie, person } = await enterWithCookie(bench, randomName())
    const username = randomName()
    const headers = { origin: bench.origin, cookie }
    const { result, headers: answered } = await bench.post(ENTER, {
      variables: { username },
      token: person.token,
      headers,
    })
    const { enter } = result.data ?? {}
    check(enter, `another name with a token: got ${codeOf(result)}`)
    bench.remember({ id: enter.me.id, username, token: enter.token, password: null })
    same(answered.get('set-cookie'), null, 'Set-Cookie')
  }),
  must('ENTER-9a', 'answer `me` with null and `server` to whoever has no account', async bench => {
    same(await bench.data(null, '{ me { id } }'), { me: null }, '`me`')
    check((await bench.data(null, '{ server { protocol } }')).server.protocol, '`server` is empty')
  }),
  must('ENTER-9b', 'refuse everything else over HTTP without an account with UNAUTHENTICATED', async bench => {
    for (const [query, variables] of [
      [PAGE, {}],
      [USERS, {}],
      [SESSIONS, {}],
      [SEND, { text: 'x', plain: true }],
      [LEAVE, {}],
      [DELETE_ACCOUNT, {}],
      ['mutation ($p: String!) { setPassword(password: $p) }', { p: PASSWORD }],
    ] as const) {
      await bench.refuses(null, query, variables, 'UNAUTHENTICATED', query.slice(0, 60))
    }
  }),
  must('ENTER-9c', 'refuse everything else on a socket without an account, and keep the socket open', async bench => {
    const socket = await bench.socket(null)
    const results: Result[] = [await socket.run(PAGE, {}), await socket.run(SEND, { text: 'x', plain: true })]
    for (const result of results) refused(result, 'UNAUTHENTICATED', 'an operation on a socket of nobody')
    for (const field of ['onMessage { id }', 'onEvent { __typename }', 'onPresence { id }']) {
      const code = await socket.subscribe(`subscription { ${field} }`).refusal('a subscription of nobody')
      same(code, 'UNAUTHENTICATED', `subscription { ${field} }`)
    }
    same((await socket.run('{ me { id } }')).data, { me: null }, '`me` afterwards')
  }),
  must(
    'ENTER-10',
    'refuse more than one of enter, setPassword and deleteAccount in an operation, before any runs',
    async bench => {
      const [a, b] = [randomName(), randomName()]
      const query = `mutation ($a: String!, $b: String!) {
      enter(username: $a) { token } second: enter(username: $b) { token }
    }`
      await bench.refuses(null, query, { a, b }, 'BAD_USER_INPUT', 'two `enter` in one operation')
      // The name is still free.
      await bench.stranger({ username: a })
    },
  ),
  should('ENTER-11a', 'give up to five free names with USERNAME_TAKEN', async bench => {
    await suggestionsOf(bench, (await bench.stranger()).username)
  }),
  should('ENTER-11b', 'give up to five free names with USERNAME_INVALID', async bench => {
    await suggestionsOf(bench, `${randomName()} ${randomName('x', 4)}`)
  }),
]
