// Server-Sent Events: what stands in a stream, what resumes it, and what ends it.
import { must } from '../audit.ts'
import type { Bench } from '../bench.ts'
import { check, same } from '../check.ts'
import { EVENTS, LEAVE, MESSAGES, PAGE } from '../documents.ts'
import type { Person } from '../people.ts'
import type { Data } from '../wire/http.ts'

const isCaughtUp = ({ __typename }: Data): boolean => __typename === 'CaughtUp'

/** The texts of a stream of messages up to the one that has this id. */
async function upTo(bench: Bench, who: Person, id: string, variables: Data, headers = {}): Promise<string[]> {
  const stream = await bench.stream(who, MESSAGES, { variables, headers })
  const taken = await stream.until(message => message.id === id, 'the last message in the stream')
  return taken.map(({ value }) => value.text)
}

const bearer = ({ token }: Person): Record<string, string> => ({ authorization: `Bearer ${token}` })

export const sse = [
  must('SSE-1a', 'answer an operation whose client accepts text/event-stream by a stream', async bench => {
    const stream = await bench.stream(null, '{ __typename }')
    const type = stream.headers.get('content-type') ?? ''
    same([stream.status, type.includes('text/event-stream')], [200, true], `the status and the type ${type}`)
    const next = await stream.event()
    same([next.event, JSON.parse(next.data)], ['next', { data: { __typename: 'Query' } }], 'the first event')
    same((await stream.event()).event, 'complete', 'the second event')
  }),
  must('SSE-1b', 'deliver a feed by a stream: what is sent comes as `event: next`', async bench => {
    const [ana, bia] = await bench.pair()
    const stream = await bench.stream(bia, EVENTS, { variables: {} })
    await stream.until(isCaughtUp, 'CaughtUp in the stream')
    const sent = await bench.send(ana, bench.word(), bia)
    const events = await stream.until(({ message }) => message?.id === sent.id, 'the message in the stream')
    same(events.at(-1)?.value.message, sent, 'the message')
  }),
  must('SSE-2', 'take a subscription by GET, with its variables as JSON in the URL', async bench => {
    const ana = await bench.person()
    const start = await bench.send(ana, bench.word(), ana)
    const sent = await bench.send(ana, bench.word(), ana)
    const variables = encodeURIComponent(JSON.stringify({ since: start.cursor }))
    const stream = await bench.streamByGet(`?query=${encodeURIComponent(MESSAGES)}&variables=${variables}`, bearer(ana))
    await stream.until(({ id }) => id === sent.id, 'the message in the stream')
  }),
  must('SSE-3a', "give each `next` of a feed its event's cursor as `id`", async bench => {
    const ana = await bench.person()
    const start = await bench.send(ana, bench.word(), ana)
    const sent = await bench.send(ana, bench.word(), ana)
    const stream = await bench.stream(ana, EVENTS, { variables: { since: start.cursor } })
    const events = await stream.until(isCaughtUp, 'CaughtUp in the stream')
    for (const { value, id } of events) same(id, value.cursor, 'the id of an event')
    check(
      events.some(({ id }) => id === sent.cursor),
      'the message was not replayed',
    )
  }),
  must('SSE-3b', 'give the `id` also where the operation does not select the cursor', async bench => {
    const ana = await bench.person()
    const start = await bench.send(ana, bench.word(), ana)
    const sent = await bench.send(ana, bench.word(), ana)
    const query = 'subscription ($since: Cursor) { onMessage(since: $since) { text } }'
    const stream = await bench.stream(ana, query, { variables: { since: start.cursor } })
    const events = await stream.until(({ text }) => text === sent.text, 'the message in the stream')
    same(events.at(-1)?.id, sent.cursor, 'the id of the event')
  }),
  must('SSE-3c', 'refuse a subscription with a directive at its root with BAD_USER_INPUT', async bench => {
    const query = 'subscription { onMessage @include(if: true) { id } }'
    const { data } = await (await bench.stream(await bench.person(), query)).event()
    same(JSON.parse(data).errors?.[0]?.extensions?.code, 'BAD_USER_INPUT', 'the code')
  }),
  must('SSE-4a', 'let the header Last-Event-ID override `since`', async bench => {
    const ana = await bench.person()
    const sent = []
    for (let n = 0; n < 4; n++) sent.push(await bench.send(ana, `${bench.word()} ${n}`, ana))
    const headers = { 'last-event-id': sent[1].cursor }
    const texts = await upTo(bench, ana, sent[3].id, { since: sent[0].cursor }, headers)
    const own = sent.map(({ text }) => text)
    same(
      texts.filter(text => own.includes(text)),
      own.slice(2),
      'what came',
    )
  }),
  must('SSE-4b', 'take an empty Last-Event-ID for none', async bench => {
    const ana = await bench.person()
    const sent = []
    for (let n = 0; n < 3; n++) sent.push(await bench.send(ana, `${bench.word()} ${n}`, ana))
    const texts = await upTo(bench, ana, sent[2].id, { since: sent[0].cursor }, { 'last-event-id': '' })
    const own = sent.map(({ text }) => text)
    same(
      texts.filter(text => own.includes(text)),
      own.slice(1),
      'what came',
    )
  }),
  must(
    'SSE-4c',
    'let a stream that is opened again with Last-Event-ID miss nothing and double nothing',
    async bench => {
      const [ana, bia] = await bench.pair()
      const word = bench.word()
      const send = async (from: number): Promise<Data> => {
        let last: Data
        for (let n = from; n < from + 4; n++) last = await bench.send(ana, `${word} ${n}`, bia)
        return last
      }
      const first = await bench.stream(bia, EVENTS, { variables: {} })
      await first.until(isCaughtUp, 'CaughtUp in the stream')
      await send(0)
      const isOurs = ({ message }: Data): boolean => message?.text.startsWith(word)
      const before = await first.until(isOurs, 'a message in the first stream')
      first.destroy()
      await send(4)
      const headers = { 'last-event-id': before.at(-1)?.id ?? '' }
      const second = await bench.stream(bia, EVENTS, { variables: {}, headers })
      const last = await send(8)
      const after = await second.until(
        ({ message }) => message?.id === last.id,
        'the last message in the second stream',
      )
      const texts = [...before, ...after].flatMap(({ value }) => (isOurs(value) ? [value.message.text] : []))
      const wanted = Array.from({ length: 12 }, (_, n) => `${word} ${n}`)
      same(texts, wanted, 'what both streams had')
    },
  ),
  must(
    'SSE-5',
    'have a comment in a silent stream at the latest every 12 s',
    async bench => {
      // Of positions, which only its own account moves.
      const ana = await bench.stranger()
      const stream = await bench.stream(ana, 'subscription { onReadPosition { cursor } }')
      await stream.next('the first positions')
      stream.comments.takeAll()
      await stream.comments.take('a comment', bench.long(18_000))
    },
    { slow: true },
  ),
  must('SSE-6a', 'answer a refusal with one `next` with errors, then `complete`', async bench => {
    for (const [who, query] of [
      [null, MESSAGES],
      [null, PAGE],
    ] as const) {
      const stream = await bench.stream(who, query, { variables: {} })
      const { event, data } = await stream.event()
      same([event, JSON.parse(data).errors?.[0]?.extensions?.code], ['next', 'UNAUTHENTICATED'], 'the first event')
      same((await stream.event()).event, 'complete', 'the second event')
    }
  }),
  must(
    'SSE-6b',
    'end a running stream with one `next` with errors, then `complete`, when its session ends',
    async bench => {
      const ana = await bench.stranger({ password: 'a good password' })
      const stream = await bench.stream(ana, EVENTS, { variables: {} })
      await stream.until(isCaughtUp, 'CaughtUp in the stream')
      await bench.data(ana, LEAVE, {})
      for (;;) {
        const { event, data } = await stream.event('the end of the stream')
        const parsed = JSON.parse(data || 'null')
        // What others were sending meanwhile.
        if (event === 'next' && parsed?.data) continue
        same([event, parsed?.errors?.[0]?.extensions?.code], ['next', 'UNAUTHENTICATED'], 'the last result')
        break
      }
      same((await stream.event()).event, 'complete', 'the event after it')
    },
  ),
  must('SSE-7', 'offer no single connection mode', async bench => {
    const { status } = await bench.request({ method: 'PUT' })
    check(status >= 400 && status < 500, `a reservation (PUT) got status ${status}`)
  }),
]
