// The outbox against a server that loses answers, refuses and goes away: once each, in order, and nothing forgotten.
import { describe, expect, test, vi } from 'vitest'
import { MeDocument } from '../../client/core/generated/graphql.ts'
import { createMemoryStorage } from '../../client/core/memory-storage.ts'
import type { OutboxStorage, Recado } from '../../client/core/types.ts'
import { until, within } from '../setup/until.ts'
import { client, closing, cookieClient, fakeServer, record, texts } from './harness.ts'

/** The code that a promise is refused with. */
async function refusalOf(sent: Promise<unknown>): Promise<string> {
  return within(
    'a refusal',
    sent.then(
      () => 'acknowledged',
      error => String(error.code),
    ),
  )
}

const waiting = (recado: Recado) => recado.outbox.entries.map(entry => `${entry.state} ${entry.text}`)

describe('the outbox', () => {
  test('sendPublic is plain, sendTo is addressed, say is neither', async () => {
    const server = await fakeServer()
    const recado = client(server)
    const message = await recado.sendPublic('/msg is only text here')
    await recado.sendTo('maria', 'oi')
    await recado.say('/msg maria oi')
    expect(message.text).toBe('/msg is only text here')
    expect(server.attempts.map(({ text, to, plain }) => ({ text, to, plain }))).toEqual([
      { text: '/msg is only text here', to: null, plain: true },
      { text: 'oi', to: 'maria', plain: false },
      { text: '/msg maria oi', to: null, plain: false },
    ])
    expect(new Set(server.attempts.map(attempt => attempt.nonce)).size).toBe(3)
    expect(recado.outbox.entries).toEqual([])
  })

  test('goes over the socket while one is open, and by HTTP otherwise', async () => {
    const server = await fakeServer()
    const recado = client(server)
    await recado.sendPublic('no socket yet')
    record(recado)
    await until('live', () => recado.state === 'live')
    await recado.sendPublic('by socket')
    await recado.sendPublic('x'.repeat(20_000))
    expect(server.attempts.map(attempt => attempt.over)).toEqual(['http', 'websocket', 'http'])
    expect(server.upgrades).toBe(1)
  })

  test.each(['websocket', 'http'])('an answer lost after the commit (%s) does not double the message', async over => {
    const server = await fakeServer()
    const recado = client(server)
    const seen = over === 'websocket' ? record(recado) : []
    if (over === 'websocket') await until('live', () => recado.state === 'live')
    server.faults.sends.push(null, null)
    const message = await within('the answer', recado.sendPublic('once'))
    expect(server.attempts[0]?.over).toBe(over)
    expect(server.attempts).toHaveLength(3)
    expect(new Set(server.attempts.map(attempt => attempt.nonce)).size).toBe(1)
    expect(server.messages.map(({ id }) => id)).toEqual([message.id])
    if (over === 'websocket') {
      await until('live again', () => recado.state === 'live')
      expect(texts(seen)).toEqual(['once'])
    }
  })

  test('keeps the order of public and private ones through failures', async () => {
    const server = await fakeServer()
    server.faults.sends.push('STORAGE_UNAVAILABLE', null, 'DRAINING', 'INTERNAL_SERVER_ERROR', 'RATE_LIMITED')
    const recado = client(server)
    const said = Array.from({ length: 20 }, (_, i) =>
      i % 2 === 0 ? recado.sendPublic(String(i)) : recado.sendTo('maria', String(i)),
    )
    await within('all answers', Promise.all(said))
    expect(server.messages.map(({ text }) => Number(text))).toEqual(Array.from({ length: 20 }, (_, i) => i))
    expect(recado.outbox.entries).toEqual([])
  })

  test('waits as long as RATE_LIMITED says', async () => {
    const server = await fakeServer()
    server.faults.retryAfterMs = 300
    server.faults.sends.push('RATE_LIMITED')
    const started = performance.now()
    await client(server).sendPublic('patience')
    expect(performance.now() - started).toBeGreaterThanOrEqual(295)
    expect(server.attempts).toHaveLength(2)
  })

  test('waits as long even when the connection opens meanwhile', async () => {
    const server = await fakeServer()
    server.faults.retryAfterMs = 300
    server.faults.sends.push('RATE_LIMITED')
    const recado = client(server)
    const started = performance.now()
    const said = recado.sendPublic('patience')
    await until('refused once', () => server.attempts.length === 1)
    record(recado)
    await said
    expect(performance.now() - started).toBeGreaterThanOrEqual(295)
    expect(server.attempts).toHaveLength(2)
  })

  test('what is said while the first in line waits for its next attempt waits too', async () => {
    const server = await fakeServer()
    server.faults.sends.push('STORAGE_UNAVAILABLE')
    const recado = client(server, { minBackoffMs: 200, maxBackoffMs: 200 })
    const started = performance.now()
    const first = recado.sendPublic('first')
    await until('refused once', () => server.attempts.length === 1 && waiting(recado).join() === 'waiting first')
    await Promise.all([first, recado.sendPublic('second')])
    expect(performance.now() - started).toBeGreaterThanOrEqual(195)
    expect(server.messages.map(({ text }) => text)).toEqual(['first', 'second'])
  })

  test('nothing leaves before it lasts', async () => {
    const server = await fakeServer()
    const inner = createMemoryStorage()
    const lasting = new Set<string>()
    const storage: OutboxStorage = {
      ...inner,
      async put(key, entry) {
        // A slow disk.
        await new Promise(resolve => setTimeout(resolve, 30))
        await inner.put(key, entry)
        lasting.add(entry.text)
      },
    }
    const left: [text: string, lasts: boolean][] = []
    const recado = client(server, {
      storage,
      account: 'id-joao',
      fetch(input, init) {
        const { variables } = JSON.parse(String(init?.body))
        left.push([variables.text, lasting.has(variables.text)])
        return fetch(input, init)
      },
    })
    const first = recado.sendPublic('first')
    await until('the first under way', () => left.length === 1)
    await Promise.all([first, recado.sendPublic('second')])
    expect(left).toEqual([
      ['first', true],
      ['second', true],
    ])
  })

  test('what is done while the storage is being read is not undone by what was read', async () => {
    const server = await fakeServer()
    const gate = Promise.withResolvers<void>()
    const key = `${server.url}/graphql id-joao`
    const inner = createMemoryStorage()
    await inner.put(key, { nonce: 'n-0', text: 'regretted', to: null, createdAt: 1, state: 'refused', code: 'X' })
    let reads = 0
    const storage: OutboxStorage = {
      ...inner,
      async load(key) {
        const entries = await inner.load(key)
        reads += 1
        if (reads === 3) await gate.promise
        return entries
      },
    }
    const recado = client(server, { storage, account: 'id-joao' })
    await until('read', () => reads === 2 && waiting(recado).join() === 'refused regretted')
    const said = recado.sendPublic('next')
    await until('being read', () => reads === 3)
    void recado.outbox.discard('n-0')
    gate.resolve()
    await said
    expect(recado.outbox.entries).toEqual([])
    await until('nothing kept', async () => (await inner.load(key)).length === 0)
  })

  test('an entry that is being sent stays so when another tab says something', async () => {
    const server = await fakeServer()
    const gate = Promise.withResolvers<void>()
    server.faults.gate = gate.promise
    const options = { storage: createMemoryStorage(), account: 'id-joao' }
    const left = client(server, options)
    const said = left.sendPublic('first')
    await until('under way', () => waiting(left).join() === 'sending first')
    const right = client(server, options)
    const other = right.sendPublic('second')
    await until('known', () => left.outbox.entries.length === 2)
    expect(waiting(left)).toEqual(['sending first', 'waiting second'])
    gate.resolve()
    await Promise.all([said, other])
  })

  describe('after an outage of which its own wait is an hour long', () => {
    const anHour = { minBackoffMs: 3_600_000, maxBackoffMs: 3_600_000 }
    /** The network: what goes by HTTP waits for `gate`, which may be its failure. */
    function network(): { fetch: typeof fetch; gate: Promise<unknown>; requests: number } {
      const net = {
        gate: Promise.resolve() as Promise<unknown>,
        requests: 0,
        async fetch(...args: Parameters<typeof fetch>) {
          net.requests += 1
          await net.gate
          return fetch(...args)
        },
      }
      return net
    }
    const failure = () => {
      const gate = Promise.reject(new TypeError('fetch failed'))
      gate.catch(() => {})
      return gate
    }

    test('what waits leaves as soon as the connection opens', async () => {
      const server = await fakeServer()
      const net = network()
      net.gate = failure()
      const recado = client(server, { ...anHour, account: 'id-joao', fetch: net.fetch })
      const said = recado.sendPublic('kept')
      await until('failed', () => net.requests === 1 && waiting(recado).join() === 'waiting kept')
      record(recado)
      await within('the answer', said)
    })

    test('what waits leaves as soon as the server answers anything', async () => {
      const server = await fakeServer()
      const net = network()
      net.gate = failure()
      const recado = client(server, { ...anHour, account: 'id-joao', fetch: net.fetch })
      const said = recado.sendPublic('kept')
      await until('failed', () => net.requests === 1 && waiting(recado).join() === 'waiting kept')
      net.gate = Promise.resolve()
      await recado.client.query(MeDocument, {})
      await within('the answer', said)
      expect(server.attempts).toHaveLength(1)
    })

    test('an attempt that fails after the connection opened is made again at once', async () => {
      const server = await fakeServer()
      const net = network()
      const late = Promise.withResolvers<never>()
      net.gate = late.promise
      const recado = client(server, { ...anHour, account: 'id-joao', fetch: net.fetch })
      const said = recado.sendPublic('kept')
      await until('under way', () => net.requests === 1)
      record(recado)
      await until('live', () => recado.state === 'live')
      late.reject(new TypeError('fetch failed'))
      await within('the answer', said)
      expect(server.attempts.map(({ over }) => over)).toEqual(['websocket'])
    })

    test('an attempt whose answer never comes is made again over the connection that opened', async () => {
      const server = await fakeServer()
      const net = network()
      net.gate = new Promise(() => {})
      const recado = client(server, { ...anHour, account: 'id-joao', fetch: net.fetch })
      const said = recado.sendPublic('kept')
      await until('under way', () => net.requests === 1)
      record(recado)
      await within('the answer', said)
      expect(server.attempts.map(({ over }) => over)).toEqual(['websocket'])
    })

    test('who one is is asked again as soon as the connection opens', async () => {
      const server = await fakeServer()
      const net = network()
      net.gate = failure()
      const recado = client(server, { ...anHour, fetch: net.fetch })
      const said = recado.sendPublic('kept')
      await until('failed', () => net.requests === 1)
      net.gate = Promise.resolve()
      record(recado)
      await within('the answer', said)
    })

    test('a server that refuses is left alone, whatever else it answers', async () => {
      const server = await fakeServer()
      server.faults.sends.push('STORAGE_UNAVAILABLE')
      const recado = client(server, { ...anHour, account: 'id-joao' })
      void recado.sendPublic('kept')
      await until('refused', () => server.attempts.length === 1 && waiting(recado).join() === 'waiting kept')
      for (let i = 0; i < 20; i += 1) await recado.client.query(MeDocument, {})
      // Longer than it would put off an attempt to keep clients apart.
      await new Promise(resolve => setTimeout(resolve, 150))
      expect(server.attempts).toHaveLength(1)
    })
  })

  test('a refusal is told, stays until it is discarded, and holds nobody up', async () => {
    const server = await fakeServer()
    server.faults.sends.push('UNKNOWN_RECIPIENT')
    const recado = client(server)
    const refused = recado.sendTo('nobody', 'lost')
    const accepted = recado.sendPublic('fine')
    expect(await refusalOf(refused)).toBe('UNKNOWN_RECIPIENT')
    await accepted
    expect(recado.outbox.entries).toMatchObject([{ text: 'lost', state: 'refused', code: 'UNKNOWN_RECIPIENT' }])
    await recado.outbox.discard(recado.outbox.entries[0]?.nonce ?? '')
    expect(recado.outbox.entries).toEqual([])
    expect(server.messages.map(({ text }) => text)).toEqual(['fine'])
  })

  test('each refused one is told of once to whoever takes it out at once, and none comes back', async () => {
    const server = await fakeServer()
    const storage = createMemoryStorage()
    const open = () => {
      const recado = client(server, { storage })
      const told: string[] = []
      const counts: number[] = []
      recado.outbox.onChange(entries => {
        for (const { nonce, text, state } of entries) {
          if (state !== 'refused') continue
          told.push(text)
          void recado.outbox.discard(nonce)
        }
      })
      recado.outbox.onChange(entries => counts.push(entries.length))
      return { recado, told, counts }
    }
    server.faults.sends.push(...Array(6).fill('UNKNOWN_RECIPIENT'))
    const careless = client(server, { storage })
    for (const text of ['one', 'two', 'three']) {
      expect(await refusalOf(careless.sendTo('nobody', text))).toBe('UNKNOWN_RECIPIENT')
    }
    await careless.close()

    // Three that were refused before, and three that are now.
    const first = open()
    const refused = ['four', 'five', 'six'].map(text => first.recado.sendTo('nobody', text))
    expect(await Promise.all(refused.map(refusalOf))).toEqual(Array(3).fill('UNKNOWN_RECIPIENT'))
    await until('all are told', () => first.told.length >= 6 && first.recado.outbox.entries.length === 0)
    expect(first.told.toSorted()).toEqual(['five', 'four', 'one', 'six', 'three', 'two'])
    // Whoever listens behind that one is told last of what there is last.
    expect(first.counts.at(-1)).toBe(0)
    await first.recado.close()

    const second = open()
    await second.recado.sendPublic('afterwards')
    expect([second.told, second.recado.outbox.entries]).toEqual([[], []])
  })

  test('a refused one can be retried, under its nonce', async () => {
    const server = await fakeServer()
    server.faults.sends.push('UNKNOWN_RECIPIENT')
    const recado = client(server)
    expect(await refusalOf(recado.sendTo('soon', 'hello'))).toBe('UNKNOWN_RECIPIENT')
    recado.outbox.retry(recado.outbox.entries[0]?.nonce ?? '')
    await until('sent', () => recado.outbox.entries.length === 0)
    expect(server.messages.map(({ text }) => text)).toEqual(['hello'])
    expect(server.attempts[0]?.nonce).toBe(server.attempts[1]?.nonce)
  })

  test('one that breaks the server every time does not hold the others up for ever', async () => {
    const server = await fakeServer()
    server.faults.sends.push(...Array.from({ length: 10 }, () => 'INTERNAL_SERVER_ERROR'))
    const recado = client(server)
    const cursed = recado.sendPublic('cursed')
    const next = recado.sendPublic('next')
    expect(await refusalOf(cursed)).toBe('INTERNAL_SERVER_ERROR')
    await next
    expect(server.messages.map(({ text }) => text)).toEqual(['next'])
  })

  test('survives a server that is away, and the end of the program', async () => {
    const server = await fakeServer()
    const storage = createMemoryStorage()
    const account = 'id-joao'
    await server.close()
    const first = client(server, { storage, account })
    const [one, two] = [first.sendPublic('one'), first.sendTo('maria', 'two')]
    await until('kept', async () => (await storage.load(`${server.url}/graphql ${account}`)).length === 2)
    await first.close()
    expect(await refusalOf(one)).toBe('CLOSED')
    expect(await refusalOf(two)).toBe('CLOSED')

    const again = await fakeServer(server.port)
    const second = client(server, { storage, account })
    await until('both sent', () => again.messages.length === 2)
    await until('empty', () => second.outbox.entries.length === 0)
    expect(again.messages.map(({ text }) => text)).toEqual(['one', 'two'])
    expect(await storage.load(`${server.url}/graphql ${account}`)).toEqual([])
  })

  test('an entry that was being sent when the page died is sent again under its nonce', async () => {
    const server = await fakeServer()
    const storage = createMemoryStorage()
    const key = `${server.url}/graphql id-joao`
    const entry = { text: 'almost', to: null, createdAt: 1 }
    await storage.put(key, { ...entry, nonce: 'n-1', state: 'sending' })
    await storage.put(key, { ...entry, nonce: 'n-0', state: 'refused', code: 'TEXT_EMPTY' })
    const recado = client(server, { storage, account: 'id-joao' })
    await until('sent', () => waiting(recado).join() === 'refused almost')
    expect(server.attempts.map(({ nonce }) => nonce)).toEqual(['n-1'])
  })

  test('what is said before the server says who one is is sent once it does', async () => {
    const server = await fakeServer()
    await server.close()
    const recado = client(server)
    const said = recado.sendPublic('early')
    expect(waiting(recado)).toEqual(['waiting early'])
    const again = await fakeServer(server.port)
    await within('the answer', said)
    expect(again.messages.map(({ text }) => text)).toEqual(['early'])
  })

  test('two clients of one account and one storage send everything once, and both get their answers', async () => {
    const server = await fakeServer()
    const storage = createMemoryStorage()
    let open = () => {}
    server.faults.gate = new Promise<void>(resolve => {
      open = resolve
    })
    const [left, right] = [client(server, { storage }), client(server, { storage })]
    const said: Promise<{ text: string }>[] = []
    for (let i = 0; i < 10; i += 1) said.push(left.sendPublic(`left ${i}`), right.sendPublic(`right ${i}`))
    await until('both know of all', () => left.outbox.entries.length === 20 && right.outbox.entries.length === 20)
    open()
    const answers = await within('all answers', Promise.all(said))
    expect(answers.map(({ text }) => text).sort()).toEqual(server.messages.map(({ text }) => text).sort())
    expect(server.messages).toHaveLength(20)
    // One sent, the other heard of it.
    expect(server.attempts).toHaveLength(20)
    for (const side of ['left', 'right']) {
      const own = server.messages.filter(({ text }) => text.startsWith(side))
      expect(own.map(({ text }) => text)).toEqual(Array.from({ length: 10 }, (_, i) => `${side} ${i}`))
    }
    await until('both empty', () => left.outbox.entries.length === 0 && right.outbox.entries.length === 0)
  })

  test('what another tab has sent does not come back while it is still being taken out of the storage', async () => {
    const server = await fakeServer()
    const storage = createMemoryStorage()
    const gate = Promise.withResolvers<void>()
    const slow: OutboxStorage = {
      ...storage,
      remove: (key, nonce) => gate.promise.then(() => storage.remove(key, nonce)),
    }
    const right = client(server, { storage, account: 'id-joao' })
    await right.sendPublic('before')
    const seen: string[] = []
    right.outbox.onChange(entries => seen.push(entries.map(({ text }) => text).join()))
    const left = client(server, { storage: slow, account: 'id-joao' })
    await left.sendPublic('once')
    await until('the other has heard that it was sent', () => seen.includes('once') && seen.at(-1) === '')
    await right.sendPublic('after')
    expect(server.attempts.map(({ text }) => text)).toEqual(['before', 'once', 'after'])
    expect(right.outbox.entries).toEqual([])
    gate.resolve()
  })

  test('what is discarded in one tab is not sent by another', async () => {
    const server = await fakeServer()
    const storage = createMemoryStorage()
    let open = () => {}
    server.faults.gate = new Promise<void>(resolve => {
      open = resolve
    })
    const options = { storage, account: 'id-joao' }
    const [left, right] = [client(server, options), client(server, options)]
    const first = left.sendPublic('on its way')
    const second = left.sendPublic('regretted')
    await until('both know', () => right.outbox.entries.length === 2)
    await right.outbox.discard(right.outbox.entries[1]?.nonce ?? '')
    expect(await refusalOf(second)).toBe('DISCARDED')
    open()
    await first
    expect(server.messages.map(({ text }) => text)).toEqual(['on its way'])
  })

  test('a storage that fails costs nothing but its promise to last', async () => {
    const server = await fakeServer()
    const broken: OutboxStorage = {
      load: () => Promise.reject(new Error('no')),
      put: () => Promise.reject(new Error('no')),
      remove: () => Promise.reject(new Error('no')),
    }
    const recado = client(server, { storage: broken })
    await recado.sendPublic('still sent')
    await recado.sendPublic('and another')
    expect(server.messages.map(({ text }) => text)).toEqual(['still sent', 'and another'])
    expect(recado.outbox.entries).toEqual([])
  })

  test('neither locks nor channels are needed', async () => {
    const server = await fakeServer()
    const refuse = () => {
      throw new DOMException('sandboxed', 'SecurityError')
    }
    vi.stubGlobal('BroadcastChannel', refuse)
    vi.stubGlobal('navigator', { locks: { request: async () => refuse() } })
    try {
      const options = { storage: createMemoryStorage(), account: 'id-joao' }
      const [left, right] = [client(server, options), client(server, options)]
      const said = Array.from({ length: 10 }, (_, i) => (i % 2 === 0 ? left : right).sendPublic(`${i}`))
      await within('all answers', Promise.all(said))
    } finally {
      vi.unstubAllGlobals()
    }
    expect(server.messages.map(({ text }) => text).sort()).toEqual(Array.from({ length: 10 }, (_, i) => `${i}`))
  })

  test('what is said twice under one nonce is one message, also by the client after the one that said it', async () => {
    const server = await fakeServer()
    let open = () => {}
    server.faults.gate = new Promise<void>(resolve => {
      open = resolve
    })
    const storage = createMemoryStorage()
    const first = client(server, { storage, account: 'id-joao' })
    void first.say('uma vez', { nonce: 'n1' })
    const again = first.say('uma vez', { nonce: 'n1' })
    await until('it lasts', async () => (await storage.load(`${server.url}/graphql id-joao`)).length === 1)
    const next = client(server, { storage, account: 'id-joao' })
    const third = next.say('uma vez', { nonce: 'n1' })
    open()
    const [one, same] = await within('the answers', Promise.all([again, third]))
    expect(one.id).toBe(same.id)
    expect(server.messages.map(({ text }) => text)).toEqual(['uma vez'])
  })

  test('what was refused is refused to whoever says it again under its nonce, also in another life or tab', async () => {
    const server = await fakeServer()
    server.faults.sends.push('MUTED')
    const storage = createMemoryStorage()
    const first = client(server, { storage, account: 'id-joao' })
    expect(await refusalOf(first.say('oi', { nonce: 'n1' }))).toBe('MUTED')
    expect(await refusalOf(first.say('oi', { nonce: 'n1' }))).toBe('MUTED')
    await until('it lasts', async () => (await storage.load(`${server.url}/graphql id-joao`))[0]?.state === 'refused')
    const next = client(server, { storage, account: 'id-joao' })
    await until('it is known', () => next.outbox.entries.length === 1)
    expect(await refusalOf(next.say('oi', { nonce: 'n1' }))).toBe('MUTED')

    // One waits for what another tab sends.
    let open = () => {}
    server.faults.gate = new Promise<void>(resolve => {
      open = resolve
    })
    server.faults.sends.push('MUTED')
    void first.say('de novo', { nonce: 'n2' })
    await until('it is known', () => next.outbox.entries.length === 2)
    const refused = refusalOf(next.say('de novo', { nonce: 'n2' }))
    open()
    expect(await refused).toBe('MUTED')
    first.outbox.retry('n2')
    await until('it is heard', () =>
      next.outbox.entries.every(({ nonce, state }) => nonce !== 'n2' || state !== 'refused'),
    )
    await until('it is sent', () => next.outbox.entries.length === 1)
    expect(server.messages.map(({ text }) => text)).toEqual(['de novo'])
  })

  test('takes a thousand, and says so when it can take no more', async () => {
    const server = await fakeServer()
    await server.close()
    const recado = client(server, { account: 'id-joao' })
    for (let i = 0; i < 1_000; i += 1) void recado.sendPublic(String(i))
    expect(await refusalOf(recado.sendPublic('one too many'))).toBe('OUTBOX_FULL')
    expect(recado.outbox.entries).toHaveLength(1_000)
  })

  test('nothing is sent as somebody else when the browser has changed hands', async () => {
    const server = await fakeServer()
    server.cookie = 'joao'
    const storage = createMemoryStorage()
    const recado = cookieClient(server, { storage })
    await recado.sendPublic('mine')
    server.cookie = 'ana'
    expect(await refusalOf(recado.sendPublic('not hers'))).toBe('UNAUTHENTICATED')
    expect(recado.state).toBe('closed')
    expect(server.messages.map(({ text }) => text)).toEqual(['mine'])

    const hers = cookieClient(server, { storage })
    await hers.sendPublic('hers')
    server.cookie = 'joao'
    const his = cookieClient(server, { storage })
    await his.sendPublic('his')
    expect(server.messages.map(({ text, from }) => `${from.username}: ${text}`)).toEqual([
      'joao: mine',
      'ana: hers',
      'joao: not hers',
      'joao: his',
    ])
  })

  test('a session that ends stops the sending, and what waits is kept for the next one', async () => {
    const server = await fakeServer()
    server.faults.sends.push('UNAUTHENTICATED')
    const storage = createMemoryStorage()
    const recado = client(server, { storage })
    const said = recado.sendPublic('for later')
    expect(await refusalOf(said)).toBe('UNAUTHENTICATED')
    expect(recado.state).toBe('closed')
    expect(await refusalOf(recado.sendPublic('no more'))).toBe('CLOSED')
    const next = closing(client(server, { storage, account: 'id-joao' }))
    await until('sent', () => server.messages.length === 1)
    expect(server.messages[0]?.text).toBe('for later')
    await until('empty', () => next.outbox.entries.length === 0)
  })
})
