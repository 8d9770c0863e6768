// Cursors: places in the log. They are opaque, so what is damaged or not one's own is made from real ones.
import { must } from '../audit.ts'
import type { Bench } from '../bench.ts'
import { check, same } from '../check.ts'
import { CONVERSATIONS, EVENTS, MARK_READ, MESSAGES, PAGE } from '../documents.ts'
import type { Person } from '../people.ts'
import type { Data } from '../wire/http.ts'

/** A feed of this operation that begins here is refused with this code, before it delivers anything. */
async function feedRefuses(bench: Bench, who: Person, since: string, code: string): Promise<void> {
  const socket = await bench.socket(who)
  for (const query of [EVENTS, MESSAGES]) {
    same(await socket.subscribe(query, { since }).refusal('a feed'), code, 'the refusal of a feed')
  }
  same((await socket.run('{ __typename }')).data, { __typename: 'Query' }, 'a query on the socket afterwards')
}

/** The same cursor with one character changed to another of it, in the last part, where no order is to be kept. */
function damaged(cursor: string): string {
  const last = cursor.at(-1) ?? ''
  const other = [...cursor].find(char => char !== last && /[0-9a-z]/i.test(char)) ?? 'x'
  return cursor.slice(0, -1) + other
}

export const cursors = [
  must('CURSOR-1', 'give cursors that sort as strings in the order of the log', async bench => {
    const ana = await bench.person()
    const sent: Data[] = []
    for (let n = 0; n < 6; n++) sent.push(await bench.send(ana, bench.word(), n % 2 ? ana : undefined))
    const given = sent.map(({ cursor }) => cursor)
    same(given.toSorted(), given, 'cursors of messages that were sent one after another, sorted as strings')
    same(new Set(given).size, given.length, 'different cursors')
  }),
  must('CURSOR-2a', 'hand out no cursor of an entry that the account may not see', async bench => {
    const [ana, bia, cleo] = await bench.three()
    const mine = await bench.send(cleo, bench.word())
    const secret = await bench.send(ana, bench.word(), bia)
    const { pageInfo } = await bench.page(cleo, {})
    const feed = await bench.feed(cleo, mine.cursor)
    const given = [pageInfo.endCursor, pageInfo.startCursor, feed.caughtUp.cursor]
    check(!given.includes(secret.cursor), 'the place of a private message of others was handed out')
  }),
  must('CURSOR-2b', 'give an empty page a place to go on from', async bench => {
    const [ana, newcomer] = [await bench.person(), await bench.stranger()]
    const { nodes, pageInfo } = await bench.page(newcomer, { scope: 'PRIVATE' })
    same(nodes, [], "a newcomer's private messages")
    check(typeof pageInfo.endCursor === 'string', 'an empty page has no `endCursor`')
    const sent = await bench.send(ana, bench.word(), newcomer)
    const next = await bench.page(newcomer, { scope: 'PRIVATE', since: pageInfo.endCursor })
    same(
      next.nodes.map(({ id }: Data) => id),
      [sent.id],
      'the page after it',
    )
  }),
  must('CURSOR-3a', 'refuse a cursor that was cut short with CURSOR_INVALID', async bench => {
    const ana = await bench.person()
    const { cursor } = await bench.send(ana, bench.word())
    for (const since of [cursor.slice(0, -1), cursor.slice(1), cursor.slice(0, cursor.length / 2)]) {
      await bench.refuses(ana, PAGE, { since }, 'CURSOR_INVALID', 'a page since a part of a cursor')
    }
    await feedRefuses(bench, ana, cursor.slice(0, -1), 'CURSOR_INVALID')
  }),
  must('CURSOR-3b', 'refuse a cursor with a wrong character with CURSOR_INVALID', async bench => {
    const ana = await bench.person()
    const since = damaged((await bench.send(ana, bench.word())).cursor)
    await bench.refuses(ana, PAGE, { since }, 'CURSOR_INVALID', 'a page since a damaged cursor')
    await feedRefuses(bench, ana, since, 'CURSOR_INVALID')
  }),
  must('CURSOR-3c', 'refuse what is no cursor at all with CURSOR_INVALID, wherever one is taken', async bench => {
    const ana = await bench.person()
    for (const cursor of ['', 'nonsense', '0', 'null']) {
      await bench.refuses(ana, PAGE, { since: cursor }, 'CURSOR_INVALID', 'a page since no cursor')
      await bench.refuses(ana, PAGE, { before: cursor }, 'CURSOR_INVALID', 'a page before no cursor')
      await bench.refuses(ana, CONVERSATIONS, { before: cursor }, 'CURSOR_INVALID', 'conversations before no cursor')
      await bench.refuses(ana, MARK_READ, { cursor }, 'CURSOR_INVALID', 'markRead of no cursor')
    }
    await feedRefuses(bench, ana, 'nonsense', 'CURSOR_INVALID')
  }),
  must('CURSOR-4a', 'refuse a page at a place that this account was never given with HISTORY_RESET', async bench => {
    const [ana, bia, cleo] = await bench.three()
    const { cursor } = await bench.send(ana, bench.word(), bia)
    await bench.refuses(cleo, PAGE, { since: cursor }, 'HISTORY_RESET', "a page since others' place")
    await bench.refuses(cleo, PAGE, { before: cursor }, 'HISTORY_RESET', "a page before others' place")
    same(await bench.codeOf(bia, PAGE, { since: cursor }), null, 'a page of one who may see it')
  }),
  must('CURSOR-4b', 'refuse a feed at a place that this account was never given with HISTORY_RESET', async bench => {
    const [ana, bia, cleo] = await bench.three()
    const { cursor } = await bench.send(ana, bench.word(), bia)
    await feedRefuses(bench, cleo, cursor, 'HISTORY_RESET')
  }),
  must('CURSOR-6', 'refuse a stream that can not go on exactly, and never begin it elsewhere', async bench => {
    const ana = await bench.person()
    const since = (await bench.send(ana, bench.word())).cursor.slice(0, -1)
    const stream = await bench.stream(ana, EVENTS, { variables: { since } })
    const { event, data } = await stream.event()
    same(
      [event, JSON.parse(data).errors?.[0]?.extensions?.code],
      ['next', 'CURSOR_INVALID'],
      'the first event of the stream',
    )
    same((await stream.event()).event, 'complete', 'the second event of the stream')
  }),
  must(
    'CURSOR-10',
    'say how many messages are kept, and for how many days: whole numbers, 0 without a bound',
    async bench => {
      const { server } = await bench.data(null, '{ server { limits { retainedMessages retainedDays } } }')
      for (const [name, value] of Object.entries(server.limits)) {
        check(Number.isInteger(value) && Number(value) >= 0, `\`${name}\` is ${value}`)
      }
    },
  ),
]
