// Sending: once by nonce, within its limits, to somebody who exists.
import { randomUUID } from 'node:crypto'
import { must } from '../audit.ts'
import { about } from '../bench.ts'
import { check, codeOf, manyAtOnce, pause, refused, same, skip } from '../check.ts'
import { DELETE_ACCOUNT, EDIT, SEND } from '../documents.ts'
import type { Data } from '../wire/http.ts'

export const sending = [
  must('SEND-1a', 'answer the same nonce with the first message, and append nothing', async bench => {
    const ana = await bench.person()
    const feed = await bench.feed(ana)
    const [text, nonce] = [bench.word(), randomUUID()]
    const first = await bench.send(ana, text, ana, { nonce })
    const second = await bench.send(ana, text, ana, { nonce })
    same(second, first, 'the second answer')
    same((await feed.soFar()).filter(({ message }) => message?.text === text).length, 1, 'messages in the feed')
    const { nodes } = await bench.page(ana, { with: ana.username })
    same(nodes.filter((node: Data) => node.text === text).length, 1, 'messages on a page')
  }),
  must('SEND-1b', 'refuse the nonce with other arguments with NONCE_REUSED', async bench => {
    const [ana, bia] = await bench.pair()
    const [text, nonce] = [bench.word(), randomUUID()]
    const { id } = await bench.send(ana, text, ana, { nonce })
    for (const variables of [
      { text: `${text}!`, to: ana.username },
      { text, to: bia.username },
      { text, plain: true },
      { text, to: ana.username, replyTo: id },
    ]) {
      await bench.refuses(
        ana,
        SEND,
        { ...variables, nonce },
        'NONCE_REUSED',
        `the nonce with ${JSON.stringify(variables)}`,
      )
    }
  }),
  must(
    'SEND-1c',
    'append one message for one nonce that comes at the same time, on sockets and over HTTP',
    async bench => {
      const ana = await bench.person()
      const feed = await bench.feed(ana)
      const variables = { text: bench.word(), to: ana.username, nonce: randomUUID() }
      const socket = await bench.socket(ana)
      const results = await Promise.all([
        ...Array.from({ length: 4 }, () => bench.ask(ana, SEND, variables)),
        ...Array.from({ length: 4 }, () => socket.run(SEND, variables)),
      ])
      const ids = new Set(results.map(result => result.data?.sendMessage?.id ?? codeOf(result)))
      same(ids.size, 1, `different answers (${[...ids].join(', ')})`)
      const came = (await feed.soFar()).filter(({ message }) => message?.text === variables.text)
      same(came.length, 1, 'messages in the feed')
    },
  ),
  must('SEND-1d', 'compare arguments as they came, an omitted one being its default', async bench => {
    const ana = await bench.person()
    const variables = { text: bench.word(), to: ana.username, nonce: randomUUID() }
    const first = await bench.data(ana, SEND, variables)
    const second = await bench.data(ana, SEND, { ...variables, plain: false })
    same(second.sendMessage.id, first.sendMessage.id, 'the message')
  }),
  must('SEND-1e', 'answer a repeated send with the message as it is now', async bench => {
    const ana = await bench.person()
    const [text, edited, nonce] = [bench.word(), bench.word(), randomUUID()]
    const first = await bench.send(ana, text, ana, { nonce })
    await bench.data(ana, EDIT, { id: first.id, text: edited })
    const second = await bench.send(ana, text, ana, { nonce })
    same([second.id, second.text], [first.id, edited], 'the second answer')
  }),
  must('SEND-1f', 'know nonces by account: the same one of another account is another send', async bench => {
    const [ana, bia] = await bench.pair()
    const [text, nonce] = [bench.word(), randomUUID()]
    const ofAna = await bench.send(ana, text, bia, { nonce })
    const ofBia = await bench.send(bia, text, bia, { nonce })
    check(ofBia.id !== ofAna.id, "another account's nonce was taken for this one's")
  }),
  must(
    'SEND-2',
    'look the nonce up first: an acknowledged send is acknowledged again when its recipient is gone',
    async bench => {
      const [ana, gone] = [await bench.person(), await bench.stranger()]
      const variables = { text: `/msg ${gone.username} ${bench.word()}`, nonce: randomUUID() }
      const first = await bench.data(ana, SEND, variables)
      await bench.data(gone, DELETE_ACCOUNT, {})
      bench.forget(gone)
      const second = await bench.ask(ana, SEND, variables)
      same([codeOf(second), second.data?.sendMessage?.id], [null, first.sendMessage.id], 'the second answer')
    },
  ),
  must('SEND-3a', 'take nonces of 1 to 128 characters, and refuse others with BAD_USER_INPUT', async bench => {
    const ana = await bench.person()
    // Whoever was here before has used none of them.
    const long = randomUUID().padEnd(128, 'é')
    for (const nonce of [String.fromCodePoint(0x4e00 + Math.floor(Math.random() * 20_000)), long]) {
      await bench.send(ana, bench.word(), ana, { nonce })
    }
    for (const nonce of ['', 'x'.repeat(129), 'a\u0000b', 'a\nb']) {
      const variables = { text: bench.word(), to: ana.username, nonce }
      await bench.refuses(ana, SEND, variables, 'BAD_USER_INPUT', `the nonce ${JSON.stringify(nonce.slice(0, 20))}`)
    }
  }),
  must('SEND-3b', 'use up no nonce by a refused send', async bench => {
    const ana = await bench.person()
    const nonce = randomUUID()
    await bench.refuses(ana, SEND, { text: '', to: ana.username, nonce }, 'TEXT_EMPTY', 'an empty text')
    const sent = await bench.ask(ana, SEND, { text: bench.word(), to: ana.username, nonce })
    same(codeOf(sent), null, 'the nonce afterwards')
  }),
  must('SEND-4a', 'take a UUID as operation id for the nonce of a send without one', async bench => {
    const ana = await bench.person()
    const feed = await bench.feed(ana)
    const [id, variables] = [randomUUID(), { text: bench.word(), to: ana.username }]
    const answers: unknown[] = []
    for (let round = 0; round < 2; round++) {
      const socket = await bench.socket(ana)
      answers.push((await socket.run(SEND, variables, { id })).data?.sendMessage?.id)
      socket.destroy()
    }
    same(answers[1], answers[0], 'the message of the repeated operation')
    const came = (await feed.soFar()).filter(({ message }) => message?.text === variables.text)
    same(came.length, 1, 'messages in the feed')
  }),
  must('SEND-4b', 'take no other operation id for a nonce', async bench => {
    const ana = await bench.person()
    const socket = await bench.socket(ana)
    const variables = { text: bench.word(), to: ana.username }
    const ids: unknown[] = []
    for (let round = 0; round < 2; round++) {
      ids.push((await socket.run(SEND, variables, { id: 'no-uuid' })).data?.sendMessage?.id)
    }
    check(ids[0] !== undefined && ids[0] !== ids[1], 'two sends under the id "no-uuid" were taken for one')
  }),
  must(
    'SEND-6',
    'refuse sends over `Limits.sendsPerSecond` with RATE_LIMITED, and take them after `retryAfterMs`',
    async bench => {
      const { sendsPerSecond } = bench.server.limits
      if (sendsPerSecond === 0) skip('sendsPerSecond is 0: no limit')
      if (sendsPerSecond > 50) skip(`sendsPerSecond is ${sendsPerSecond}: too many to try`)
      const ana = await bench.stranger()
      const post = () =>
        bench.post(SEND, { token: ana.token, impatient: true, variables: { text: bench.word(), to: ana.username } })
      const answers = await manyAtOnce(sendsPerSecond * 4 + 10, post)
      const limited = answers.find(({ result }) => codeOf(result) !== null)
      check(limited, `none of ${answers.length} sends at once was refused`)
      refused(limited.result, 'RATE_LIMITED', 'a send over the limit')
      const wait = Number(limited.result.errors?.[0]?.extensions?.retryAfterMs)
      check(Number.isInteger(wait) && wait > 0, `retryAfterMs: got ${wait}`)
      // Every refused one is told how long; the longest lets one through.
      const waits = answers.map(({ result }) => Number(result.errors?.[0]?.extensions?.retryAfterMs ?? 0))
      await pause(Math.max(...waits) + 50)
      same(codeOf((await post()).result), null, 'a send after `retryAfterMs`')
    },
  ),
  must('SEND-8a', 'refuse a recipient whom nobody is called with UNKNOWN_RECIPIENT', async bench => {
    const ana = await bench.person()
    for (const to of ['nobody-has-this-name', '', ' ']) {
      await bench.refuses(ana, SEND, { text: bench.word(), to }, 'UNKNOWN_RECIPIENT', `to ${JSON.stringify(to)}`)
    }
  }),
  must('SEND-8b', 'take a private message to oneself as a note that nobody else gets', async bench => {
    const [ana, bia] = await bench.pair()
    const feeds = [await bench.feed(ana), await bench.feed(bia)]
    const note = await bench.send(ana, bench.word(), ana)
    same(note.to?.id, ana.id, 'its recipient')
    const counts = []
    for (const feed of feeds) counts.push(about(await feed.soFar(), note.id).length)
    same(counts, [1, 0], 'deliveries to oneself and to somebody else')
  }),
]
