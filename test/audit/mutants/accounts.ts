// Accounts, tokens, cookies and devices that are not what they should be.
import type { HttpRequest, Json } from '../mutant-proxy.ts'
import { errorOf, field, type Mutant, mutant, variables } from './mutant.ts'

const json = (result: Json) => ({
  status: 200,
  headers: { 'content-type': 'application/json; charset=utf-8' },
  body: JSON.stringify(result),
})

const asks = ({ body }: HttpRequest, name: string): boolean => body.includes(`${name}(`) || body.includes(`{ ${name} `)

export const accounts: readonly Mutant[] = [
  mutant('a session is over before it begins', 'ENTER-1a', () =>
    field('enter', session => ({ ...session, expiresAt: '2000-01-01T00:00:00.000Z' })),
  ),
  mutant('all sessions of an account have one token', 'ENTER-1b DEVICE-7', () => {
    const tokens = new Map<string, string>()
    const same = (session: Json): Json => {
      if (!tokens.has(session.me.id)) tokens.set(session.me.id, session.token)
      return { ...session, token: tokens.get(session.me.id) }
    }
    return {
      result(result) {
        for (const name of ['enter', 'enterWithCode'])
          if (result.data?.[name]) result.data[name] = same(result.data[name])
        return result
      },
    }
  }),
  mutant('a name is kept in lower case', 'ENTER-3f', () =>
    field('enter', session => ({ ...session, me: { ...session.me, username: session.me.username.toLowerCase() } })),
  ),
  mutant('a name is addressed exactly as it is written', 'ENTER-4c', () => {
    const names = new Set<string>()
    return {
      ...field('enter', session => {
        names.add(session.me.username)
        return session
      }),
      operation({ variables }) {
        if (variables.to && !names.has(variables.to)) variables.to = 'nobody-has-this-name'
      },
    }
  }),
  mutant('a look-alike name is another name', 'ENTER-4b ENTER-4a', () => ({
    operation({ query, variables }) {
      if (/\benter\(/.test(query) && /[^a-z]$/.test(variables.username ?? '')) variables.username += 'xq'
    },
  })),
  mutant('any password is taken', 'ENTER-5', () =>
    variables('enter', given => {
      if (typeof given.password === 'string') given.password = given.password.padEnd(8, '0').slice(0, 256)
    }),
  ),
  mutant('an account is its name', 'ENTER-6a', () =>
    field('enter', session => ({ ...session, me: { ...session.me, id: `id-of-${session.me.username}` } })),
  ),
  mutant('leave ends nothing', 'ENTER-7a ENTER-7c SSE-6b DEVICE-9a DEVICE-9b DEVICE-3', () => ({
    request: request => (asks(request, 'leave') ? json({ data: { leave: true } }) : undefined),
  })),
  mutant('leave ends every session', 'ENTER-7a', () =>
    variables('leave', given => Object.assign(given, { everywhere: true })),
  ),
  mutant('leave is not answered', 'ENTER-7b', () => ({
    fromServer(message, wire) {
      if (message.payload?.data?.leave !== true) return [message]
      wire.close(4403)
      return []
    },
  })),
  mutant('deleteAccount does nothing', 'ENTER-7d ENTER-6a', () => ({
    request: request => (asks(request, 'deleteAccount') ? json({ data: { deleteAccount: true } }) : undefined),
  })),
  mutant('whoever is somebody can not enter again', 'ENTER-8b ENTER-8c', () => ({
    request: request =>
      asks(request, 'enter') && (request.headers.cookie || request.headers.authorization)
        ? json(errorOf('ALREADY_ENTERED'))
        : undefined,
  })),
  mutant('a cookie is set for a token too', 'ENTER-8c', () => ({
    answer(answer, { headers }) {
      if (headers.authorization) answer.headers['set-cookie'] = 'recado=x; HttpOnly'
    },
  })),
  mutant('a cookie does not stand in the way of another name', 'ENTER-8a DEVICE-11a', () => ({
    request(request) {
      if (asks(request, 'enter') || asks(request, 'enterWithCode')) delete request.headers.cookie
      return undefined
    },
  })),
  mutant('`me` needs an account', 'ENTER-9a', () => ({
    result: (result, { query }) => (/^\{ me \{ id \} \}$/.test(query) ? errorOf('UNAUTHENTICATED') : result),
  })),
  mutant('what an account is needed for is answered with nothing', 'ENTER-9b HTTP-5c', () => ({
    json: text => text.replace(/^\{"errors":\[\{"message":"[^"]*".*"UNAUTHENTICATED".*$/s, '{"data":null}'),
  })),
  mutant('several may enter in one operation', 'ENTER-10', () => ({
    operation(operation) {
      if (operation.query.includes('second:'))
        operation.query = 'mutation ($a: String!) { enter(username: $a) { token } }'
    },
  })),
  mutant('taken names are suggested', 'ENTER-11a ENTER-11b', () => ({
    json: text => text.replaceAll(/"suggestions":\[[^\]]*\]/g, '"suggestions":["1","2","3","4","5","6"]'),
  })),
  mutant('the header is not read', 'AUTH-1a AUTH-1d AUTH-2b', () => ({
    request(request) {
      delete request.headers.authorization
      return undefined
    },
    upgrade(head) {
      delete head.headers.authorization
      return undefined
    },
  })),
  mutant('the cookie is not read', 'AUTH-1c AUTH-2c DEVICE-11b', () => ({
    request(request) {
      delete request.headers.cookie
      return undefined
    },
    upgrade(head) {
      delete head.headers.cookie
      return undefined
    },
  })),
  mutant('scripts can read the cookie', 'AUTH-1b DEVICE-11b', () => ({
    answer(answer) {
      answer.headers['set-cookie'] = String(answer.headers['set-cookie'] ?? '').replace(/; HttpOnly/i, '')
    },
  })),
  mutant('what connection_init says is not read', 'AUTH-2a AUTH-3b AUTH-4b AUTH-4c', () => ({
    fromClient: message => [message.type === 'connection_init' ? { type: 'connection_init' } : message],
  })),
  mutant('the header decides before connection_init', 'AUTH-3c AUTH-3b', () => {
    const headed = new Set<number>()
    let count = 0
    return {
      upgrade({ headers }) {
        if (headers.authorization) headed.add(count)
        count++
        return undefined
      },
      fromClient: (message, { number }) =>
        message.type === 'connection_init' && headed.has(number) ? [{ type: 'connection_init' }] : [message],
    }
  }),
  mutant('a bad token is nobody', 'AUTH-4a AUTH-3a ENTER-7a', () => ({
    answer(answer) {
      if (answer.status === 401) Object.assign(answer, json({ data: { me: null } }))
    },
  })),
  mutant('a dead cookie is kept', 'AUTH-5a', () => ({
    answer(answer) {
      if (/Max-Age=0/i.test(String(answer.headers['set-cookie']))) delete answer.headers['set-cookie']
    },
  })),
  mutant('a socket becomes somebody by `enter`', 'AUTH-6', () => ({
    fromServer(message, wire) {
      const entered = message.payload?.data?.enter
      if (entered) wire.kept.set('me', entered.me)
      const me = wire.kept.get('me')
      return [me && message.payload?.data?.me === null ? { ...message, payload: { data: { me } } } : message]
    },
  })),
  mutant('whose a request is meant to be is not looked at', 'AUTH-9a', () => ({
    request(request) {
      delete request.headers['recado-account']
      return undefined
    },
  })),
  mutant('a token may stand in the URL', 'AUTH-7a AUTH-7b', () => ({
    request(request) {
      request.url = request.url.replace(/\?.*/, '')
      return undefined
    },
    upgrade(head) {
      head.url = head.url.replace(/\?.*/, '')
      return undefined
    },
  })),
  mutant('nobody is there at first', 'PRESENCE-1a', () => {
    const seen = new WeakSet()
    return {
      fromServer(message, wire) {
        if (!message.payload?.data?.onPresence || seen.has(wire)) return [message]
        seen.add(wire)
        return [{ ...message, payload: { data: { onPresence: [] } } }]
      },
    }
  }),
  mutant('nobody ever comes', 'PRESENCE-1b PRESENCE-2b PRESENCE-2c', () => field('onPresence', () => [])),
  mutant('nobody knows when somebody went', 'PRESENCE-2a', () =>
    field('onPresence', list => list.map((each: Json) => ({ ...each, lastSeenAt: null }))),
  ),
  mutant('`users(online:)` lists everybody', 'PRESENCE-2c', () =>
    variables('users', given => void delete given.online),
  ),
  mutant('sessions are listed the oldest first', 'DEVICE-1a', () => field('sessions', list => list.toReversed())),
  mutant("others' sessions are listed", 'DEVICE-1b', () => {
    const seen = new Map<string, Json>()
    return field('sessions', list => {
      for (const each of list) seen.set(each.id, each)
      return [...seen.values()]
    })
  }),
  mutant('no session is ever online', 'DEVICE-1c', () =>
    field('sessions', list => list.map((each: Json) => ({ ...each, online: false }))),
  ),
  mutant('a device is described as it pleases the server', 'DEVICE-2b DEVICE-8b DEVICE-1a', () =>
    field('sessions', list => list.map((each: Json) => ({ ...each, device: 'device' }))),
  ),
  mutant('a device may hide behind its description', 'DEVICE-2a', () => ({
    operation({ query, variables }) {
      if (/\benter\(/.test(query) && variables.device) variables.device = 'device'
    },
  })),
  mutant('onSessions delivers the first list alone, again and again', 'DEVICE-3', () => {
    let first: Json = null
    return field('onSessions', list => {
      first ??= list
      return first
    })
  }),
  mutant('endSession is always true', 'DEVICE-4b', () => ({
    result: result => (result.data?.endSession === false ? { data: { endSession: true } } : result),
  })),
  mutant('endSession ends nothing', 'DEVICE-4a CLOSE-2a', () => ({
    request: request => (asks(request, 'endSession') ? json({ data: { endSession: true } }) : undefined),
  })),
  mutant('codes have letters that are taken for each other', 'DEVICE-6a', () =>
    field('pairDevice', given => ({ ...given, code: given.code.replace(/^./, 'O') })),
  ),
  mutant('a code is good for a day', 'DEVICE-6a', () =>
    field('pairDevice', given => ({ ...given, expiresAt: new Date(Date.now() + 86_400_000).toISOString() })),
  ),
  mutant('a code has to be typed exactly', 'DEVICE-6b', () =>
    variables('enterWithCode', given => {
      if (!/^[A-Z0-9]{4}-[A-Z0-9]{4}$/.test(given.code)) given.code = 'x'
    }),
  ),
  mutant('a code lets in as often as one likes', 'DEVICE-6d', () => {
    const entered = new Map<string, Json>()
    return {
      result(result, { variables }) {
        if (result.data?.enterWithCode) entered.set(variables.code, result)
        const isUsed = result.errors?.[0]?.extensions?.code === 'CODE_INVALID'
        return isUsed ? (entered.get(variables.code) ?? result) : result
      },
    }
  }),
  mutant('codes are of another account', 'DEVICE-7 DEVICE-11a DEVICE-6b DEVICE-8b', () =>
    field('enterWithCode', session => ({ ...session, me: { ...session.me, id: 'somebody-else' } })),
  ),
  mutant('whoever asks waits for no approval', 'DEVICE-8a', () => ({
    json: text => (text.includes('"CODE_PENDING"') ? '{"data":{"enterWithCode":null}}' : text),
  })),
  mutant('a request tells whether the name exists', 'DEVICE-8d', () => {
    const names = new Set<string>()
    return {
      result(result, { variables }) {
        if (result.data?.enter) names.add(result.data.enter.me.username)
        const request = result.data?.requestDevice
        if (request && !names.has(variables.username)) request.userCode = ''
        return result
      },
    }
  }),
  mutant('anybody can approve', 'DEVICE-8c', () => ({
    result: (result, { query }) =>
      query.includes('approveDevice') && result.errors ? { data: { approveDevice: 'device' } } : result,
  })),
  mutant('`enterWithCode` sets no cookie', 'DEVICE-11b', () => ({
    answer(answer, { body }) {
      if (body.includes('enterWithCode')) delete answer.headers['set-cookie']
    },
  })),
]
