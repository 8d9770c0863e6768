// Pages: which messages, in which order, and where they begin and end.
import { must } from '../audit.ts'
import { type Bench, textsOf } from '../bench.ts'
import { check, same, skip } from '../check.ts'
import { EDIT, PAGE, USERS } from '../documents.ts'
import { type Person, randomName } from '../people.ts'
import type { Data } from '../wire/http.ts'

const texts = ({ nodes }: Data): string[] => nodes.map(({ text }: Data) => text)

/** A conversation of two strangers with this many messages, in order. */
async function conversation(bench: Bench, length: number): Promise<{ ana: Person; with: string; sent: Data[] }> {
  const [ana, bia] = [await bench.person(), await bench.stranger()]
  const word = bench.word()
  const sent: Data[] = []
  for (let n = 0; n < length; n++) sent.push(await bench.send(ana, `${word} ${n}`, bia))
  return { ana, with: bia.username, sent }
}

export const pages = [
  must('PAGE-1a', 'give with `since` the page right after a cursor, ascending', async bench => {
    const { ana, with: peer, sent } = await conversation(bench, 5)
    const page = await bench.page(ana, { with: peer, since: sent[0].cursor, limit: 3 })
    same(
      texts(page),
      sent.slice(1, 4).map(({ text }) => text),
      'the page',
    )
  }),
  must('PAGE-1b', 'give with `before` the page right before a cursor, ascending', async bench => {
    const { ana, with: peer, sent } = await conversation(bench, 5)
    const page = await bench.page(ana, { with: peer, before: sent[4].cursor, limit: 3 })
    same(
      texts(page),
      sent.slice(1, 4).map(({ text }) => text),
      'the page',
    )
  }),
  must('PAGE-1c', 'give with neither the newest page, ascending', async bench => {
    const { ana, with: peer, sent } = await conversation(bench, 5)
    const page = await bench.page(ana, { with: peer, limit: 3 })
    same(
      texts(page),
      sent.slice(2).map(({ text }) => text),
      'the page',
    )
  }),
  must('PAGE-1d', 'refuse `since` together with `before` with BAD_USER_INPUT', async bench => {
    const { ana, sent } = await conversation(bench, 1)
    const { cursor } = sent[0]
    await bench.refuses(ana, PAGE, { since: cursor, before: cursor }, 'BAD_USER_INPUT', 'both')
  }),
  must('PAGE-1e', 'refuse a limit outside 1 … `Limits.page` with BAD_USER_INPUT', async bench => {
    const ana = await bench.person()
    const { page } = bench.server.limits
    for (const limit of [0, -1, ...(page > 0 ? [page + 1] : [])]) {
      await bench.refuses(ana, PAGE, { limit }, 'BAD_USER_INPUT', `a page of ${limit} messages`)
      await bench.refuses(ana, USERS, { limit }, 'BAD_USER_INPUT', `a page of ${limit} users`)
    }
  }),
  must('PAGE-2a', 'leave with `scope: PUBLIC` the public messages', async bench => {
    const ana = await bench.person()
    const start = await bench.send(ana, bench.word())
    const secret = await bench.send(ana, bench.word(), ana)
    const open = await bench.send(ana, bench.word())
    const { nodes } = await bench.page(ana, { scope: 'PUBLIC', since: start.cursor })
    const found = nodes.map(({ id }: Data) => id)
    same([found.includes(secret.id), found.includes(open.id)], [false, true], 'a private and a public one on the page')
    same(
      nodes.filter(({ to }: Data) => to !== null),
      [],
      'private messages on the page',
    )
  }),
  must('PAGE-2b', 'leave with `scope: PRIVATE` the private messages', async bench => {
    const ana = await bench.person()
    const start = await bench.send(ana, bench.word())
    const secret = await bench.send(ana, bench.word(), ana)
    await bench.send(ana, bench.word())
    const { nodes } = await bench.page(ana, { scope: 'PRIVATE', since: start.cursor })
    same(
      nodes.map(({ id }: Data) => id),
      [secret.id],
      'the page',
    )
  }),
  must('PAGE-2c', 'give with `with` the private conversation with one account alone', async bench => {
    const [ana, bia, cleo] = [await bench.person(), await bench.stranger(), await bench.person()]
    const there = await bench.send(ana, bench.word(), bia)
    await bench.send(ana, bench.word(), cleo)
    await bench.send(cleo, bench.word(), bia)
    await bench.send(ana, bench.word())
    const back = await bench.send(bia, bench.word(), ana)
    same(texts(await bench.page(ana, { with: bia.username })), [there.text, back.text], 'the page')
  }),
  must('PAGE-2d', 'refuse `with` together with `scope: PUBLIC` with BAD_USER_INPUT', async bench => {
    const [ana, bia] = await bench.pair()
    const variables = { with: bia.username, scope: 'PUBLIC' }
    await bench.refuses(ana, PAGE, variables, 'BAD_USER_INPUT', 'both')
  }),
  must('PAGE-2e', 'give without a filter everything that the account may see', async bench => {
    const [ana, bia] = await bench.pair()
    const start = await bench.send(ana, bench.word())
    const sent = [
      await bench.send(ana, bench.word(), bia),
      await bench.send(bia, bench.word()),
      await bench.send(bia, bench.word(), ana),
    ]
    const found = (await bench.page(ana, { since: start.cursor, limit: bench.server.limits.page || 100 })).nodes
    const wanted = new Set(sent.map(({ id }) => id))
    same(
      found.map(({ id }: Data) => id).filter((id: string) => wanted.has(id)),
      sent.map(({ id }) => id),
      'what was sent, on the page',
    )
  }),
  must('PAGE-3', 'list a message once, with its latest text', async bench => {
    const { ana, with: peer, sent } = await conversation(bench, 2)
    const text = bench.word()
    await bench.data(ana, EDIT, { id: sent[0].id, text })
    same(texts(await bench.page(ana, { with: peer })), [text, sent[1].text], 'the page')
  }),
  must('PAGE-4a', 'always give an `endCursor`, also on an empty page', async bench => {
    const { ana, with: peer, sent } = await conversation(bench, 2)
    const newest = await bench.page(ana, { with: peer })
    same(newest.pageInfo.endCursor, sent[1].cursor, '`endCursor` of the newest page')
    const empty = await bench.page(ana, { with: peer, since: sent[1].cursor })
    same(empty.nodes, [], 'the page after the newest message')
    check(typeof empty.pageInfo.endCursor === 'string', 'an empty page has no `endCursor`')
    await bench.feed(ana, empty.pageInfo.endCursor)
  }),
  must(
    'PAGE-4b',
    "let a feed go on from the newest page's `endCursor`: nothing missed, nothing repeated",
    async bench => {
      const [ana, bia] = await bench.pair()
      const word = bench.word()
      const pouring = (async () => {
        for (let n = 0; n < 20; n++) await bench.send(ana, `${word} ${n}`, bia)
      })()
      const page = await bench.page(bia, { limit: bench.server.limits.page || 100 })
      const feed = await bench.feed(bia, page.pageInfo.endCursor)
      await pouring
      const ofPage = texts(page).filter(text => text.startsWith(word))
      const ofFeed = textsOf([...feed.replayed, ...(await feed.soFar())], word)
      same(
        [...ofPage, ...ofFeed],
        Array.from({ length: 20 }, (_, n) => `${word} ${n}`),
        'the page and the feed together',
      )
    },
  ),
  must('PAGE-5a', 'say in `hasNextPage` whether more follow', async bench => {
    const { ana, with: peer, sent } = await conversation(bench, 3)
    const since = sent[0].cursor
    const one = await bench.page(ana, { with: peer, since, limit: 1 })
    const two = await bench.page(ana, { with: peer, since, limit: 2 })
    same([one.pageInfo.hasNextPage, two.pageInfo.hasNextPage], [true, false], '`hasNextPage`')
    const newest = await bench.page(ana, { with: peer })
    same(newest.pageInfo.hasNextPage, false, '`hasNextPage` of the newest page')
  }),
  must('PAGE-5b', 'say in `hasPreviousPage` whether more precede', async bench => {
    const { ana, with: peer } = await conversation(bench, 3)
    const some = await bench.page(ana, { with: peer, limit: 2 })
    const all = await bench.page(ana, { with: peer, limit: 3 })
    same([some.pageInfo.hasPreviousPage, all.pageInfo.hasPreviousPage], [true, false], '`hasPreviousPage`')
  }),
  must('PAGE-5c', 'give `startCursor` and `endCursor` of the first and the last node', async bench => {
    const { ana, with: peer, sent } = await conversation(bench, 3)
    const { pageInfo } = await bench.page(ana, { with: peer })
    same([pageInfo.startCursor, pageInfo.endCursor], [sent[0].cursor, sent[2].cursor], 'the cursors')
  }),
  must('PAGE-6', 'list accounts by name, without case and accents, each once over all pages', async bench => {
    const name = randomName()
    const wanted = [`${name}a`, `${name}B`, `${name}ç`, `${name}D`]
    for (const username of wanted.toReversed()) await bench.stranger({ username })
    const ana = await bench.person()
    const seen: string[] = []
    let after: string | undefined
    // Claimed meanwhile by others are more names; a server with many thousands is not read to its end.
    for (let pages = 0; ; pages++) {
      if (pages > 100) skip('more than 100 pages of users')
      const { users } = await bench.data(ana, USERS, { limit: bench.server.limits.page || 100, after })
      seen.push(...users.nodes.map(({ username }: Data) => username))
      if (!users.pageInfo.hasNextPage) break
      after = users.pageInfo.endCursor
    }
    same(seen.length, new Set(seen).size, 'names over all pages, and different ones of them')
    same(
      seen.filter(each => each.startsWith(name)),
      wanted,
      'four of the names, in order',
    )
  }),
]
