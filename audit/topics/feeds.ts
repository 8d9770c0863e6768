// Feeds: replay, then live, in one order, without a gap or a double.
import { must } from '../audit.ts'
import { about, type Bench, textsOf } from '../bench.ts'
import { check, same } from '../check.ts'
import { EDIT, EVENTS, MESSAGES } from '../documents.ts'
import type { Data } from '../wire/http.ts'

const ids = (events: readonly Data[]): string[] => events.flatMap(({ message }) => message?.id ?? [])

/** As long as a text may be, up to 12 KB. */
function longText({ server: { limits } }: Bench): string {
  return '\u{1F600}'.repeat(Math.min(3_000, Math.max(1, (limits.textCodePoints || 4_000) - 100)))
}

export const feeds = [
  must(
    'FEED-1a',
    'deliver everything after `since`, public and private, in order, and then go on live',
    async bench => {
      const [ana, bia] = await bench.pair()
      const word = bench.word()
      const start = await bench.send(ana, bench.word(), bia)
      const sent: string[] = []
      for (let n = 0; n < 6; n++) sent.push((await bench.send(ana, `${word} ${n}`, n % 2 ? bia : undefined)).text)
      const feed = await bench.feed(bia, start.cursor)
      same(textsOf(feed.replayed, word), sent, 'what was replayed')
      const live = await bench.send(ana, `${word} live`, bia)
      same(ids(await feed.soFar()).filter(id => id === live.id).length, 1, 'deliveries of a live message')
    },
  ),
  must('FEED-1b', 'leave no gap and repeat nothing between replay and live while messages pour in', async bench => {
    const [ana, bia] = await bench.pair()
    const word = bench.word()
    const start = await bench.send(ana, bench.word(), bia)
    const pour = async () => {
      for (let n = 0; n < 20; n++) await bench.send(ana, `${word} ${n}`, bia)
    }
    const join = async () => {
      const joined = []
      for (let n = 0; n < 4; n++) joined.push(await bench.feed(bia, start.cursor))
      return joined
    }
    const [feeds] = await Promise.all([join(), pour()])
    const wanted = Array.from({ length: 20 }, (_, n) => `${word} ${n}`)
    for (const feed of feeds) same(textsOf([...feed.replayed, ...(await feed.soFar())], word), wanted, 'the texts')
  }),
  must('FEED-1c', 'begin right after `since`: the entry there is not delivered again', async bench => {
    const ana = await bench.person()
    const sent = await bench.send(ana, bench.word(), ana)
    const feed = await bench.feed(ana, sent.cursor)
    same(about(feed.replayed, sent.id), [], 'the entry at `since` in the replay')
  }),
  must('FEED-2a', 'let cursors rise strictly in one feed', async bench => {
    const [ana, bia] = await bench.pair()
    const start = await bench.send(ana, bench.word(), bia)
    for (let n = 0; n < 4; n++) await bench.send(ana, bench.word(), n % 2 ? bia : undefined)
    const feed = await bench.feed(bia, start.cursor)
    for (let n = 0; n < 4; n++) await bench.send(ana, bench.word(), n % 2 ? bia : undefined)
    const events = [...feed.replayed, ...(await feed.soFar())]
    const cursors = events.map(({ cursor }) => cursor)
    check(cursors.length >= 8, `only ${cursors.length} events came`)
    same(cursors, [...new Set(cursors)].toSorted(), 'the cursors')
  }),
  must('FEED-2b', 'keep one order of public and private messages, the same for everyone', async bench => {
    const [ana, bia] = await bench.pair()
    const word = bench.word()
    const feeds = [await bench.feed(ana), await bench.feed(bia)]
    await Promise.all(
      [ana, bia].flatMap(from =>
        Array.from({ length: 8 }, (_, n) =>
          bench.send(from, `${word} ${from.username} ${n}`, n % 2 ? (from === ana ? bia : ana) : undefined),
        ),
      ),
    )
    const orders = []
    for (const feed of feeds) orders.push(textsOf(await feed.soFar(), word))
    same(orders[0]?.length, 16, 'messages in a feed')
    same(orders[0], orders[1], 'the order in two feeds')
  }),
  must('FEED-3', 'begin without `since` at what is committed after the subscription was read', async bench => {
    const ana = await bench.person()
    const before = await bench.send(ana, bench.word(), ana)
    const feed = await bench.feed(ana)
    const after = await bench.send(ana, bench.word(), ana)
    const events = [...feed.replayed, ...(await feed.soFar())]
    same([about(events, before.id).length, about(events, after.id).length], [0, 1], 'deliveries before and after')
  }),
  must('FEED-4a', 'deliver CaughtUp exactly once, also when nothing was missed', async bench => {
    const ana = await bench.person()
    const { cursor } = await bench.send(ana, bench.word(), ana)
    await bench.send(ana, bench.word(), ana)
    for (const since of [undefined, cursor]) {
      const feed = await bench.feed(ana, since)
      const more = (await feed.soFar()).filter(({ __typename }) => __typename === 'CaughtUp')
      same(more.length, 0, 'further events CaughtUp')
    }
  }),
  must('FEED-4b', 'count in `replayed` the events before CaughtUp', async bench => {
    const ana = await bench.person()
    const start = await bench.send(ana, bench.word(), ana)
    for (let n = 0; n < 3; n++) await bench.send(ana, bench.word(), ana)
    for (const since of [undefined, start.cursor]) {
      const feed = await bench.feed(ana, since)
      same(feed.caughtUp.replayed, feed.replayed.length, '`replayed`')
    }
  }),
  must('FEED-4c', 'give CaughtUp the cursor of the newest event replayed, else `since`', async bench => {
    const ana = await bench.stranger()
    const first = await bench.send(ana, bench.word(), ana)
    const last = await bench.send(ana, bench.word(), ana)
    const behind = await bench.feed(ana, first.cursor)
    same(behind.caughtUp.cursor, behind.replayed.at(-1)?.cursor, 'the cursor after a replay')
    check(behind.caughtUp.cursor >= last.cursor, 'the cursor is of an older place')
    const since = behind.caughtUp.cursor
    const level = await bench.feed(ana, since)
    const expected = level.replayed.at(-1)?.cursor ?? since
    same(level.caughtUp.cursor, expected, 'the cursor when nothing was missed')
  }),
  must(
    'FEED-4d',
    'give CaughtUp without `since` the cursor of the newest entry that the account may see',
    async bench => {
      const ana = await bench.person()
      const last = await bench.send(ana, bench.word(), ana)
      const { caughtUp, replayed } = await bench.feed(ana)
      same(replayed, [], 'what was replayed without `since`')
      const next = await bench.send(ana, bench.word(), ana)
      check(caughtUp.cursor >= last.cursor && caughtUp.cursor < next.cursor, 'the cursor is of another place')
    },
  ),
  must('FEED-5', 'give every event a cursor that a feed can go on from', async bench => {
    const ana = await bench.person()
    const feed = await bench.feed(ana)
    const sent = await bench.send(ana, bench.word(), ana)
    await bench.data(ana, EDIT, { id: sent.id, text: bench.word() })
    const events = [feed.caughtUp, ...(await feed.soFar())]
    // Of others there may be more.
    check(about(events, sent.id).length === 2, 'a message and its edit are not two events')
    for (const { cursor, __typename } of events) {
      check(typeof cursor === 'string' && cursor !== '', `a ${__typename} without a cursor`)
      await bench.feed(ana, cursor)
    }
  }),
  must('FEED-6a', 'deliver with onMessage new messages only, each with its own cursor', async bench => {
    const ana = await bench.person()
    const socket = await bench.socket(ana)
    const start = await bench.send(ana, bench.word(), ana)
    const feed = socket.subscribe(MESSAGES, { since: start.cursor })
    const word = bench.word()
    const one = await bench.send(ana, `${word} one`, ana)
    await bench.data(ana, EDIT, { id: one.id, text: `${word} edited` })
    const two = await bench.send(ana, `${word} two`, ana)
    const came = (await feed.until(({ id }) => id === two.id, 'the last message')).filter(({ text }) =>
      text.startsWith(word),
    )
    same(
      came.map(({ id, cursor }) => [id, cursor]),
      [
        [one.id, one.cursor],
        [two.id, two.cursor],
      ],
      'what onMessage has delivered',
    )
  }),
  must('FEED-6b', 'deliver with onMessage what onEvent delivers as MessageAdded', async bench => {
    const [ana, bia] = await bench.pair()
    const start = await bench.send(ana, bench.word(), bia)
    const word = bench.word()
    for (let n = 0; n < 4; n++) await bench.send(ana, `${word} ${n}`, n % 2 ? bia : undefined)
    const last = await bench.send(ana, `${word} last`, bia)
    const feed = (await bench.socket(bia)).subscribe(MESSAGES, { since: start.cursor })
    const messages = await feed.until(({ id }) => id === last.id, 'the last message')
    const events = await bench.feed(bia, start.cursor)
    same(
      messages.filter(({ text }) => text.startsWith(word)).map(({ text }) => text),
      textsOf(events.replayed, word),
      'the texts',
    )
  }),
  must('FEED-7a', 'give every device of a recipient everything', async bench => {
    const ana = await bench.person()
    const phone = await bench.stranger({ password: 'a good password' })
    const laptop = await bench.again(phone)
    const feeds = [await bench.feed(phone), await bench.feed(laptop), await bench.feed(laptop)]
    const sent = await bench.send(ana, bench.word(), phone)
    for (const feed of feeds) same(about(await feed.soFar(), sent.id).length, 1, 'deliveries to a device')
  }),
  must('FEED-7b', "show the sender's other devices, and the sending one, what was sent", async bench => {
    const bia = await bench.person()
    const phone = await bench.stranger({ password: 'a good password' })
    const laptop = await bench.again(phone)
    const feeds = [await bench.feed(phone), await bench.feed(laptop)]
    const sent = await bench.send(phone, bench.word(), bia)
    for (const feed of feeds) same(about(await feed.soFar(), sent.id).length, 1, 'deliveries to a device')
  }),
  must('FEED-8', 'give the acknowledgement and the feed the same message: id, cursor, text', async bench => {
    const ana = await bench.person()
    const feed = await bench.feed(ana)
    const sent = await bench.send(ana, bench.word(), ana)
    const [event] = about(await feed.soFar(), sent.id)
    same(event?.message, sent, 'the message in the feed')
    same(event?.cursor, sent.cursor, 'the cursor of the event')
  }),
  must('FEED-10', 'end no feed because its reader is slow, and lose nothing of it', async bench => {
    const ana = await bench.person()
    const socket = await bench.socket(ana)
    // Many feeds on one socket, so that little is enough to fill what the network keeps.
    const feeds = []
    const { subscriptionsPerSocket } = bench.server.limits
    for (let n = 0; n < Math.min(40, subscriptionsPerSocket || 40); n++) feeds.push(await bench.feedOn(socket, ana))
    socket.raw.pause()
    const word = bench.word()
    const long = longText(bench)
    const sent: string[] = []
    for (let n = 0; n < 20; n++) sent.push((await bench.send(ana, `${word} ${n} ${long}`, ana)).text)
    socket.raw.resume()
    const last = sent.at(-1)
    for (const { operation } of feeds) {
      const events = await operation.until(({ message }) => message?.text === last, 'the last message')
      same(textsOf(events, word).length, sent.length, 'messages that a slow reader got')
      same(textsOf(events, word), sent, 'what a slow reader got')
    }
  }),
  must('SLOW-1', 'let others notice nothing of a slow reader', async bench => {
    const [ana, bia] = await bench.pair()
    const slow = await bench.socket(bia)
    for (let n = 0; n < 10; n++) await bench.feedOn(slow, bia)
    const going = await bench.feed(bia)
    slow.raw.pause()
    const word = bench.word()
    const long = longText(bench)
    const sent: string[] = []
    for (let n = 0; n < 15; n++) sent.push((await bench.send(ana, `${word} ${n} ${long}`, bia)).text)
    same(textsOf(await going.soFar(), word), sent, 'what another device got meanwhile')
    const stream = await bench.stream(bia, EVENTS, { variables: {} })
    await stream.until(({ __typename }) => __typename === 'CaughtUp', 'CaughtUp of one that begins meanwhile')
  }),
]
