// The promise: what was acknowledged reaches whom it is for, once, and nobody else.
import { must } from '../audit.ts'
import { about, textsOf } from '../bench.ts'
import { check, codeOf, same } from '../check.ts'
import { CONVERSATIONS, EVENTS, ONE, SEARCH } from '../documents.ts'

export const promise = [
  must(
    'PROMISE-2a',
    'deliver an acknowledged public message to every feed that stands before it, once',
    async bench => {
      const [ana, bia] = await bench.pair()
      const feeds = [await bench.feed(ana), await bench.feed(bia), await bench.feed(bia)]
      const sent = await bench.send(ana, bench.word())
      for (const feed of feeds) {
        same(about(await feed.soFar(), sent.id).length, 1, 'deliveries to a feed of a public message')
      }
    },
  ),
  must('PROMISE-2b', 'deliver an acknowledged private message to the feeds of both accounts, once', async bench => {
    const [ana, bia] = await bench.pair()
    const feeds = [await bench.feed(ana), await bench.feed(bia)]
    const sent = await bench.send(ana, bench.word(), bia)
    for (const feed of feeds) {
      const delivered = about(await feed.soFar(), sent.id)
      same(
        delivered.map(({ message }) => [message.text, message.to?.id]),
        [[sent.text, bia.id]],
        'deliveries to a feed of a private message',
      )
    }
  }),
  must('PROMISE-2c', 'deliver a burst of acknowledged messages whole and in the order of the log', async bench => {
    const [ana, bia] = await bench.pair()
    const feed = await bench.feed(bia)
    const word = bench.word()
    const sent = await Promise.all(Array.from({ length: 15 }, (_, n) => bench.send(ana, `${word} ${n}`, bia)))
    const inOrder = sent.toSorted((a, b) => (a.cursor < b.cursor ? -1 : 1)).map(({ text }) => text)
    same(textsOf(await feed.soFar(), word), inOrder, 'the texts in the feed')
  }),
  must('PROMISE-4a', 'deliver no private message to a feed of a third account', async bench => {
    const [ana, bia, cleo] = await bench.three()
    const feed = await bench.feed(cleo)
    const sent = await bench.send(ana, bench.word(), bia)
    same(about(await feed.soFar(), sent.id), [], 'a private message of others in a feed')
  }),
  must('PROMISE-4b', 'deliver no private message to a stream of a third account', async bench => {
    const [ana, bia, cleo] = await bench.three()
    const stream = await bench.stream(cleo, EVENTS, { variables: {} })
    await stream.until(({ __typename }) => __typename === 'CaughtUp', 'CaughtUp in the stream')
    const secret = await bench.send(ana, bench.word(), bia)
    const note = await bench.send(cleo, bench.word(), cleo)
    const events = await stream.until(({ message }) => message?.id === note.id, 'a note to oneself in the stream')
    same(
      about(
        events.map(({ value }) => value),
        secret.id,
      ),
      [],
      'a private message of others in a stream',
    )
  }),
  must('PROMISE-4c', 'show no private message of others on any page', async bench => {
    const [ana, bia, cleo] = await bench.three()
    const { id } = await bench.send(ana, bench.word(), bia)
    for (const variables of [{}, { scope: 'PRIVATE' }, { with: ana.username }, { with: bia.username }]) {
      const { nodes } = await bench.page(cleo, { limit: bench.server.limits.page || 100, ...variables })
      check(!nodes.some((node: { id: string }) => node.id === id), `a private message of others is on a page`)
    }
  }),
  must('PROMISE-4d', 'give no private message of others by its id', async bench => {
    const [ana, bia, cleo] = await bench.three()
    const { id } = await bench.send(ana, bench.word(), bia)
    same(await bench.data(cleo, ONE, { id }), { message: null }, '`message(id)` of others')
    check((await bench.data(bia, ONE, { id })).message !== null, 'its recipient can not read it by id')
  }),
  must('PROMISE-4e', 'find no private message of others', async bench => {
    const [ana, bia, cleo] = await bench.three()
    const text = bench.word()
    await bench.send(ana, text, bia)
    const result = await bench.ask(cleo, SEARCH, { text })
    check(codeOf(result) !== null || result.data.search.nodes.length === 0, 'a private message of others was found')
  }),
  must('PROMISE-4f', 'list and count nothing of a conversation between others', async bench => {
    const [ana, bia] = await bench.pair()
    const cleo = await bench.stranger()
    const before = await bench.data(cleo, CONVERSATIONS, {})
    await bench.send(ana, bench.word(), bia)
    const isPrivate = (each: { with: unknown }): boolean => each.with !== null
    const { conversations } = await bench.data(cleo, CONVERSATIONS, {})
    same(conversations.filter(isPrivate), before.conversations.filter(isPrivate), 'private conversations')
  }),
]
