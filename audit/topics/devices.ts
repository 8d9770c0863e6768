// Devices and presence: who is there, on what, and how a second device gets in by a first one's word.
import { randomUUID } from 'node:crypto'
import { must } from '../audit.ts'
import type { Bench } from '../bench.ts'
import { check, codeOf, refused, same } from '../check.ts'
import {
  APPROVE,
  DEVICES,
  END_SESSION,
  ENTER,
  ENTER_WITH_CODE,
  LEAVE,
  ME,
  PAIR,
  PRESENCE,
  REQUEST_DEVICE,
  SESSIONS,
  USERS,
} from '../documents.ts'
import { type Person, randomName } from '../people.ts'
import type { Data } from '../wire/http.ts'
import { enterWithCookie } from './entering.ts'

const pairCode = async (bench: Bench, who: Pick<Person, 'token'>): Promise<string> =>
  (await bench.data(who, PAIR)).pairDevice.code

const sessionsOf = async (bench: Bench, who: Pick<Person, 'token'>): Promise<Data[]> =>
  (await bench.data(who, SESSIONS)).sessions

/** One more session by a code. */
async function enterBy(bench: Bench, code: string, device?: string): Promise<Data> {
  return (await bench.data(null, ENTER_WITH_CODE, { code, device })).enterWithCode
}

const codeInvalid = (bench: Bench, code: string, what: string): Promise<void> =>
  bench.refuses(null, ENTER_WITH_CODE, { code }, 'CODE_INVALID', what)

/** Somebody's presence in the lists that come, once it is as asked. */
async function presenceOf(bench: Bench, watcher: Person, id: string, online: boolean, ms: number): Promise<Data> {
  const feed = (await bench.socket(watcher)).subscribe(PRESENCE)
  const end = performance.now() + ms
  for (;;) {
    const list: Data[] = await feed.next('a list of onPresence', Math.max(1, end - performance.now()))
    const found = list.find(each => each.id === id)
    if (found?.online === online) return found
  }
}

export const devices = [
  must('PRESENCE-1a', 'deliver with onPresence first everyone who is online', async bench => {
    const [ana, bia] = [await bench.person(), await bench.stranger()]
    await bench.socket(bia)
    const first: Data[] = await (await bench.socket(ana)).subscribe(PRESENCE).next('the first list')
    const online = first.filter(each => each.online).map(({ id }) => id)
    check(online.includes(ana.id) && online.includes(bia.id), 'somebody who has a socket is not in the first list')
  }),
  must('PRESENCE-1b', 'deliver with onPresence then who comes', async bench => {
    const [ana, bia] = [await bench.person(), await bench.stranger()]
    const feed = (await bench.socket(ana)).subscribe(PRESENCE)
    const first: Data[] = await feed.next('the first list')
    check(!first.some(({ id }) => id === bia.id), 'somebody who never had a socket is online')
    await bench.socket(bia)
    await feed.until((list: Data[]) => list.some(({ id, online }) => id === bia.id && online), 'that somebody came')
  }),
  must(
    'PRESENCE-2a',
    'show an account as offline some seconds after its last socket went, with `lastSeenAt`',
    async bench => {
      const [ana, bia] = [await bench.person(), await bench.stranger()]
      const before = Date.now()
      const socket = await bench.socket(bia)
      await presenceOf(bench, ana, bia.id, true, bench.ms)
      const feed = (await bench.socket(ana)).subscribe(PRESENCE)
      await feed.next('the first list')
      socket.destroy()
      for (;;) {
        const list: Data[] = await feed.next('that somebody went', bench.long(30_000))
        const gone = list.find(({ id, online }) => id === bia.id && !online)
        if (!gone) continue
        // Clocks of two machines: a day is a lot.
        check(Math.abs(Date.parse(gone.lastSeenAt) - before) < 86_400_000, `lastSeenAt: got ${gone.lastSeenAt}`)
        return
      }
    },
    { slow: true },
  ),
  must('PRESENCE-2b', 'take a stream for presence as a socket', async bench => {
    const [ana, bia] = [await bench.person(), await bench.stranger()]
    const stream = await bench.stream(bia, PRESENCE)
    await stream.next('the first list')
    await presenceOf(bench, ana, bia.id, true, bench.ms)
  }),
  must('PRESENCE-2c', 'say in `User.online` and `users(online:)` what presence says', async bench => {
    const [ana, bia] = [await bench.person(), await bench.stranger()]
    await bench.socket(bia)
    await presenceOf(bench, ana, bia.id, true, bench.ms)
    const after = bia.username.slice(0, -1)
    for (const [online, expected] of [
      [true, true],
      [false, false],
    ] as const) {
      const { users } = await bench.data(ana, USERS, { online, after, limit: 20 })
      const found = users.nodes.some(({ id }: Data) => id === bia.id)
      same(found, expected, `whether somebody online is among users(online: ${online})`)
    }
  }),
  must('DEVICE-1a', "list the account's sessions, the newest first, and mark the one that asks", async bench => {
    const phone = await bench.stranger()
    const code = await pairCode(bench, phone)
    const laptop = await enterBy(bench, code, 'laptop')
    const list = await sessionsOf(bench, phone)
    same(
      list.map(({ current, device }) => [current, device === 'laptop']),
      [
        [false, true],
        [true, false],
      ],
      '`current` and whether it is the newer one',
    )
    const ofLaptop = await sessionsOf(bench, laptop)
    same(
      ofLaptop.map(({ current }) => current),
      [true, false],
      '`current` as the other one sees it',
    )
  }),
  must('DEVICE-1b', "list sessions of the token's account alone, with nothing of a token in it", async bench => {
    const [ana, bia] = [await bench.stranger(), await bench.stranger()]
    const [ofAna, ofBia] = [await sessionsOf(bench, ana), await sessionsOf(bench, bia)]
    same([ofAna.length, ofBia.length], [1, 1], 'sessions of two strangers')
    check(ofAna[0].id !== ofBia[0].id, 'two accounts have one session')
    check(!JSON.stringify(ofAna).includes(ana.token), 'the token is in the list')
  }),
  must('DEVICE-1c', 'say in `online` whether a session has a socket', async bench => {
    const ana = await bench.stranger()
    same((await sessionsOf(bench, ana))[0].online, false, '`online` without a socket')
    await bench.socket(ana)
    same((await sessionsOf(bench, ana))[0].online, true, '`online` with a socket')
  }),
  must(
    'DEVICE-2a',
    'refuse a description that is too long or could hide with BAD_USER_INPUT, before anything is done',
    async bench => {
      for (const device of ['x'.repeat(65), 'a\u202eb', 'a\u0000b', '\u200b', ' ']) {
        const variables = { username: randomName(), device }
        await bench.refuses(
          null,
          ENTER,
          variables,
          'BAD_USER_INPUT',
          `the device ${JSON.stringify(device.slice(0, 9))}`,
        )
      }
      const username = randomName()
      await bench.refuses(null, ENTER, { username, device: 'a\u202eb' }, 'BAD_USER_INPUT', 'such a device')
      await bench.stranger({ username })
    },
  ),
  must(
    'DEVICE-2b',
    'show a device as it described itself, spaces at its ends taken off, and never as nothing',
    async bench => {
      const username = randomName()
      const { enter } = await bench.data(null, ENTER, { username, device: ' máquina de escrever ' })
      bench.remember({ id: enter.me.id, username, token: enter.token, password: null })
      same((await sessionsOf(bench, enter))[0].device, 'máquina de escrever', 'the description')
      const plain = await bench.stranger()
      check((await sessionsOf(bench, plain))[0].device.length > 0, 'a device is described by nothing')
    },
  ),
  must(
    'DEVICE-3',
    'deliver with onSessions the whole list, and again when a session was made or has ended',
    async bench => {
      const ana = await bench.stranger()
      const feed = (await bench.socket(ana)).subscribe(DEVICES)
      same((await feed.next('the list')).length, 1, 'sessions in the first list')
      const other = await enterBy(bench, await pairCode(bench, ana))
      await feed.until((list: Data[]) => list.length === 2, 'the list with the new session')
      await bench.data(other, LEAVE, {})
      await feed.until((list: Data[]) => list.length === 1, 'the list without the session that has ended')
    },
  ),
  must('DEVICE-4a', 'end a session of the account by `endSession` as `leave` does', async bench => {
    const ana = await bench.stranger()
    const other = await enterBy(bench, await pairCode(bench, ana))
    const id = (await sessionsOf(bench, ana)).find(({ current }) => !current)?.id
    const socket = await bench.socket(other)
    same(await bench.data(ana, END_SESSION, { id }), { endSession: true }, 'endSession')
    same((await socket.ended()).code, 4403, 'the close code')
    refused((await bench.post(ME, { token: other.token })).result, 'UNAUTHENTICATED', 'its token')
  }),
  must('DEVICE-4b', 'answer `endSession` with false for any other id, and end nothing', async bench => {
    const [ana, bia] = await bench.pair()
    const [{ id }] = await sessionsOf(bench, bia)
    for (const each of [id, randomUUID()]) {
      same(await bench.data(ana, END_SESSION, { id: each }), { endSession: false }, 'endSession')
    }
    same((await bench.data(bia, ME)).me?.id, bia.id, '`me` of the other account')
  }),
  must(
    'DEVICE-6a',
    'give codes of eight characters out of 31, in two groups of four, good for two minutes',
    async bench => {
      const { code, expiresAt } = (await bench.data(await bench.person(), PAIR)).pairDevice
      check(/^[2-9A-HJKMNP-Z]{4}-[2-9A-HJKMNP-Z]{4}$/.test(code), `the code is ${code}`)
      const left = Date.parse(expiresAt) - Date.now()
      check(left > 30_000 && left < 240_000, `it is good for ${left} ms`)
    },
  ),
  must('DEVICE-6b', 'take a code in any case, with or without white space and the dash', async bench => {
    const ana = await bench.stranger()
    const spellings = [
      (code: string) => ` ${code.toLowerCase().replace('-', ' ')} `,
      (code: string) => code.replace('-', ''),
    ]
    for (const spell of spellings) {
      const entered = await enterBy(bench, spell(await pairCode(bench, ana)))
      same(entered.me.id, ana.id, 'the account')
    }
  }),
  must('DEVICE-6c', 'let one in by a code, of those who enter with it at the same time', async bench => {
    const ana = await bench.stranger()
    const code = await pairCode(bench, ana)
    const results = await Promise.all(Array.from({ length: 3 }, () => bench.ask(null, ENTER_WITH_CODE, { code })))
    same(
      results.map(result => codeOf(result) ?? 'in').toSorted(),
      ['CODE_INVALID', 'CODE_INVALID', 'in'],
      'three who enter with one code',
    )
    same((await sessionsOf(bench, ana)).length, 2, 'sessions afterwards')
  }),
  must('DEVICE-6d', 'refuse a code that is wrong or was used with CODE_INVALID', async bench => {
    const ana = await bench.stranger()
    const code = await pairCode(bench, ana)
    await enterBy(bench, code)
    await codeInvalid(bench, code, 'a used code')
    await codeInvalid(bench, '2222-2222', 'a wrong code')
  }),
  must('DEVICE-7', 'open by `enterWithCode` one more session of the account that asked for the code', async bench => {
    const ana = await bench.stranger()
    const entered = await enterBy(bench, await pairCode(bench, ana), 'phone')
    same(entered.me.id, ana.id, 'the account')
    check(entered.token !== ana.token, 'both sessions have one token')
    same((await bench.data(entered, ME)).me?.id, ana.id, '`me` with the new token')
  }),
  must('DEVICE-8a', 'keep a device that asks waiting with CODE_PENDING and `retryAfterMs`', async bench => {
    const ana = await bench.stranger()
    const { requestDevice } = await bench.data(null, REQUEST_DEVICE, { username: ana.username })
    const result = await bench.ask(null, ENTER_WITH_CODE, { code: requestDevice.deviceCode })
    refused(result, 'CODE_PENDING', 'a device that was not approved')
    const wait = Number(result.errors?.[0]?.extensions?.retryAfterMs)
    check(wait > 0, `retryAfterMs: got ${wait}`)
  }),
  must('DEVICE-8b', 'let a device in, once, after a session of that very account has approved it', async bench => {
    const ana = await bench.stranger()
    const variables = { username: ana.username.toUpperCase(), device: 'terminal' }
    const { userCode, deviceCode } = (await bench.data(null, REQUEST_DEVICE, variables)).requestDevice
    same(await bench.data(ana, APPROVE, { userCode }), { approveDevice: 'terminal' }, 'approveDevice')
    const entered = await enterBy(bench, deviceCode, 'something else')
    same(entered.me.id, ana.id, 'the account')
    check(
      (await sessionsOf(bench, ana)).some(({ device }) => device === 'terminal'),
      'it is described otherwise',
    )
    await codeInvalid(bench, deviceCode, 'the secret, a second time')
  }),
  must('DEVICE-8c', "refuse another account's approval with CODE_INVALID, and keep the code good", async bench => {
    const [ana, bia] = [await bench.stranger(), await bench.stranger()]
    const { userCode } = (await bench.data(null, REQUEST_DEVICE, { username: ana.username })).requestDevice
    await bench.refuses(bia, APPROVE, { userCode }, 'CODE_INVALID', "another account's approval")
    same(await bench.codeOf(ana, APPROVE, { userCode }), null, "the account's own approval")
  }),
  must('DEVICE-8d', 'answer `requestDevice` alike whether or not anybody has the name', async bench => {
    const ana = await bench.stranger()
    const shapes = new Set<string>()
    for (const username of [ana.username, randomName()]) {
      const { requestDevice: request } = await bench.data(null, REQUEST_DEVICE, { username })
      const code = await bench.codeOf(null, ENTER_WITH_CODE, { code: request.deviceCode })
      shapes.add(JSON.stringify([request.userCode.length, request.deviceCode.length, code]))
    }
    same(shapes.size, 1, `different answers (${[...shapes].join(' and ')})`)
  }),
  must('DEVICE-9a', 'refuse a code whose session has ended', async bench => {
    const ana = await bench.stranger()
    const phone = await enterBy(bench, await pairCode(bench, ana))
    const code = await pairCode(bench, phone)
    await bench.data(phone, LEAVE, {})
    await codeInvalid(bench, code, 'a code of a session that has ended')
  }),
  must('DEVICE-9b', 'refuse a device that was approved by a session that has ended', async bench => {
    const ana = await bench.stranger()
    const phone = await enterBy(bench, await pairCode(bench, ana))
    const { userCode, deviceCode } = (await bench.data(null, REQUEST_DEVICE, { username: ana.username })).requestDevice
    await bench.data(phone, APPROVE, { userCode })
    await bench.data(phone, LEAVE, {})
    await codeInvalid(bench, deviceCode, 'the secret of the device')
  }),
  must(
    'DEVICE-10',
    'refuse more than 10 codes a minute for an account with RATE_LIMITED and `retryAfterMs`',
    async bench => {
      const ana = await bench.stranger()
      for (let n = 0; n < 30; n++) {
        const { result } = await bench.post(PAIR, { token: ana.token, impatient: true })
        if (codeOf(result) === null) continue
        refused(result, 'RATE_LIMITED', 'one code too many')
        check(Number(result.errors?.[0]?.extensions?.retryAfterMs) > 0, 'there is no retryAfterMs')
        check(n >= 10, `the code number ${n + 1} was refused`)
        return
      }
      check(false, 'thirty codes in a row were given')
    },
  ),
  must(
    'DEVICE-11a',
    'refuse `enterWithCode` in a browser that is somebody with ALREADY_ENTERED, and use up no code',
    async bench => {
      const ana = await bench.stranger()
      const { cookie } = await enterWithCookie(bench, randomName())
      const code = await pairCode(bench, ana)
      const headers = { origin: bench.origin, cookie }
      refused(
        (await bench.post(ENTER_WITH_CODE, { variables: { code }, headers })).result,
        'ALREADY_ENTERED',
        'the browser',
      )
      same((await enterBy(bench, code)).me.id, ana.id, 'the account of the code afterwards')
    },
  ),
  must('DEVICE-11b', 'set the cookie by `enterWithCode` as `enter` does', async bench => {
    const ana = await bench.stranger()
    const variables = { code: await pairCode(bench, ana) }
    const { headers } = await bench.post(ENTER_WITH_CODE, { variables, headers: { origin: bench.origin } })
    const setCookie = headers.get('set-cookie') ?? ''
    check(/=\S+;.*httponly/i.test(setCookie), 'no HttpOnly cookie was set')
    const cookie = setCookie.split(';')[0] ?? ''
    const { result } = await bench.post(ME, { headers: { origin: bench.origin, cookie } })
    same(result.data?.me?.id, ana.id, '`me` with the cookie')
  }),
]
