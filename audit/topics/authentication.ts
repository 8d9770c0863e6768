// Authentication: where the token stands, what decides when there are several, and what a bad one gets.
import { must } from '../audit.ts'
import { check, codeOf, refused, same } from '../check.ts'
import { ENTER, LEAVE, ME, PAGE, SEND } from '../documents.ts'
import { randomName } from '../people.ts'
import { enterWithCookie } from './entering.ts'

const BAD = 'nobody-ever-had-this-token-0123456789abcdef'

export const authentication = [
  must('AUTH-1a', 'take the token from the header `Authorization: Bearer`', async bench => {
    const ana = await bench.person()
    same((await bench.data(ana, ME)).me?.id, ana.id, '`me`')
  }),
  must(
    'AUTH-1b',
    'set a cookie in a browser that no script reads: HttpOnly, SameSite=Lax, behind TLS Secure',
    async bench => {
      const { setCookie } = await enterWithCookie(bench, randomName())
      check(/;\s*httponly/i.test(setCookie), `the cookie is not HttpOnly: ${setCookie.replace(/=[^;]*/, '=…')}`)
      check(/;\s*samesite=lax/i.test(setCookie), 'the cookie is not SameSite=Lax')
      if (bench.endpoint.protocol !== 'https:') return
      check(/;\s*secure/i.test(setCookie) && setCookie.startsWith('__Host-'), 'the cookie is not Secure with __Host-')
    },
  ),
  must('AUTH-1c', 'take the cookie over HTTP', async bench => {
    const { person, cookie } = await enterWithCookie(bench, randomName())
    const { result } = await bench.post(ME, { headers: { origin: bench.origin, cookie } })
    same(result.data?.me?.id, person.id, '`me` with the cookie')
  }),
  must('AUTH-1d', 'take the token for a stream', async bench => {
    const ana = await bench.person()
    const stream = await bench.stream(ana, ME)
    same((await stream.next()).value.id, ana.id, '`me` in a stream')
  }),
  must('AUTH-2a', 'take `authorization` of connection_init, with and without `Bearer `', async bench => {
    const ana = await bench.person()
    for (const authorization of [`Bearer ${ana.token}`, ana.token]) {
      const socket = await bench.connect()
      await socket.initialise({ authorization })
      same((await socket.run(ME)).data?.me?.id, ana.id, '`me` on the socket')
    }
  }),
  must('AUTH-2b', "take the header of a socket's upgrade", async bench => {
    const ana = await bench.person()
    const socket = await bench.connect({ headers: { Authorization: `Bearer ${ana.token}` } })
    await socket.initialise()
    same((await socket.run(ME)).data?.me?.id, ana.id, '`me` on the socket')
  }),
  must('AUTH-2c', "take the cookie of a socket's upgrade", async bench => {
    const { person, cookie } = await enterWithCookie(bench, randomName())
    const socket = await bench.connect({ headers: { Origin: bench.origin, Cookie: cookie } })
    await socket.initialise()
    same((await socket.run(ME)).data?.me?.id, person.id, '`me` on the socket')
  }),
  must('AUTH-3a', 'refuse a bad header although the cookie is good', async bench => {
    const { cookie } = await enterWithCookie(bench, randomName())
    const { result } = await bench.post(ME, { token: BAD, headers: { origin: bench.origin, cookie } })
    refused(result, 'UNAUTHENTICATED', 'a bad header beside a good cookie')
  }),
  must('AUTH-3b', 'refuse a bad token of connection_init although the header is good', async bench => {
    const ana = await bench.person()
    const socket = await bench.connect({ headers: { Authorization: `Bearer ${ana.token}` } })
    socket.send({ type: 'connection_init', payload: { authorization: BAD } })
    same((await socket.ended()).code, 4403, 'the close code')
  }),
  must('AUTH-3c', 'let connection_init decide before the header, and the header before the cookie', async bench => {
    const [ana, bia] = await bench.pair()
    const socket = await bench.connect({ headers: { Authorization: `Bearer ${bia.token}` } })
    await socket.initialise({ authorization: ana.token })
    same((await socket.run(ME)).data?.me?.id, ana.id, '`me` on the socket')
    const { cookie } = await enterWithCookie(bench, randomName())
    const { result } = await bench.post(ME, { token: ana.token, headers: { origin: bench.origin, cookie } })
    same(result.data?.me?.id, ana.id, '`me` with a header beside a cookie')
  }),
  must('AUTH-4a', 'refuse a bad token over HTTP with UNAUTHENTICATED', async bench => {
    for (const query of [ME, PAGE, '{ __typename }']) {
      refused((await bench.post(query, { token: BAD })).result, 'UNAUTHENTICATED', 'a bad token')
    }
  }),
  must('AUTH-4b', 'close a socket with a bad token with 4403', async bench => {
    const socket = await bench.connect()
    socket.send({ type: 'connection_init', payload: { authorization: `Bearer ${BAD}` } })
    same((await socket.ended()).code, 4403, 'the close code')
  }),
  must('AUTH-4c', 'refuse a token that was revoked, over HTTP and on a new socket', async bench => {
    const person = await bench.stranger({ password: 'a good password' })
    await bench.data(person, LEAVE, {})
    refused((await bench.post(ME, { token: person.token })).result, 'UNAUTHENTICATED', 'a revoked token')
    const socket = await bench.connect()
    socket.send({ type: 'connection_init', payload: { authorization: person.token } })
    same((await socket.ended()).code, 4403, 'the close code')
  }),
  must('AUTH-5a', "clear a dead cookie, and take that request for nobody's", async bench => {
    const { person, cookie } = await enterWithCookie(bench, randomName(), 'a good password')
    await bench.data(person, LEAVE, {})
    const { result, headers } = await bench.post(ME, { headers: { origin: bench.origin, cookie } })
    same([codeOf(result), result.data?.me], [null, null], '`me` with a dead cookie')
    const cleared = headers.get('set-cookie') ?? ''
    check(/max-age=0|expires=thu, 01 jan 1970/i.test(cleared), 'the dead cookie was not cleared')
  }),
  must('AUTH-5b', 'close a socket with a dead cookie, and nothing higher, with 4403', async bench => {
    const { person, cookie } = await enterWithCookie(bench, randomName(), 'a good password')
    await bench.data(person, LEAVE, {})
    const socket = await bench.connect({ headers: { Origin: bench.origin, Cookie: cookie } })
    socket.send({ type: 'connection_init' })
    same((await socket.ended()).code, 4403, 'the close code')
  }),
  must('AUTH-6', "keep a socket's account as it was acknowledged, also after `enter` on it", async bench => {
    const socket = await bench.socket(null)
    const username = randomName()
    const { enter } = (await socket.run(ENTER, { username })).data ?? {}
    check(enter, '`enter` on a socket of nobody was refused')
    bench.remember({ id: enter.me.id, username, token: enter.token, password: null })
    same((await socket.run(ME)).data, { me: null }, '`me` on the same socket')
    refused(await socket.run(PAGE, {}), 'UNAUTHENTICATED', 'a page on the same socket')
  }),
  must('AUTH-7a', 'refuse a request with a token in its URL with status 400', async bench => {
    const { token } = await bench.person()
    const body = JSON.stringify({ query: ME })
    for (const name of ['token', 'authorization', 'access_token']) {
      const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body }
      same((await bench.request(init, `?${name}=${token}`)).status, 400, `the status of a POST with ?${name}=`)
    }
  }),
  must('AUTH-7b', 'refuse an upgrade with a token in its URL with status 400', async bench => {
    const { token } = await bench.person()
    same((await bench.upgrade({ query: `?token=${token}` })).status, 400, 'the status of the upgrade')
  }),
  must(
    'AUTH-9a',
    'refuse a request that is meant to be of another account than its session, and run nothing',
    async bench => {
      const [ana, bia] = await bench.pair()
      const word = bench.word()
      const meant = (id: string, query = ME, variables = {}) =>
        bench.post(query, { token: ana.token, variables, headers: { 'recado-account': id } })
      same((await meant(ana.id)).result.data?.me?.id, ana.id, '`me` of whom it is meant to be')
      refused((await meant(bia.id)).result, 'UNAUTHENTICATED', 'a request that was to be of somebody else')
      refused((await meant(bia.id, SEND, { text: word, plain: true })).result, 'UNAUTHENTICATED', 'a message likewise')
      const nobody = await bench.post(ME, { headers: { 'recado-account': ana.id } })
      refused(nobody.result, 'UNAUTHENTICATED', 'a request of nobody')
      const page = await bench.data(ana, PAGE, {})
      same(JSON.stringify(page).includes(word), false, 'what was refused in the log')
    },
  ),
]
