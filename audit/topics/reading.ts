// Conversations and how far they were read, search, and typing.
import { must } from '../audit.ts'
import type { Bench } from '../bench.ts'
import { check, codeOf, manyAtOnce, pause, refused, same, skip } from '../check.ts'
import {
  CONVERSATIONS,
  DELETE,
  DELETE_ACCOUNT,
  EDIT,
  MARK_READ,
  PAGE,
  READ_POSITIONS,
  SEARCH,
  SET_TYPING,
  TYPING,
} from '../documents.ts'
import type { Person } from '../people.ts'
import type { Data } from '../wire/http.ts'
import type { Operation } from '../wire/socket.ts'

const list = async (bench: Bench, who: Person, variables = {}): Promise<Data[]> =>
  (await bench.data(who, CONVERSATIONS, variables)).conversations

const conversation = async (bench: Bench, who: Person, peer: Person): Promise<Data> =>
  (await list(bench, who)).find(each => each.with?.id === peer.id)

const mark = async (bench: Bench, who: Person, variables: Data): Promise<Data> =>
  (await bench.data(who, MARK_READ, variables)).markRead

/** A search that waits while the index is being made. @throws Skipped where search is switched off */
async function search(bench: Bench, who: Person, variables: Data): Promise<Data> {
  const end = performance.now() + bench.ms
  for (;;) {
    const result = await bench.ask(who, SEARCH, variables)
    const code = codeOf(result)
    if (code === 'BAD_USER_INPUT') skip(`search is refused: ${result.errors?.[0]?.message}`)
    if (code === 'STORAGE_UNAVAILABLE' && performance.now() < end) {
      await pause(200)
      continue
    }
    same(code, null, 'a search')
    return result.data.search
  }
}

const found = async (bench: Bench, who: Person, text: string, more = {}): Promise<string[]> =>
  (await search(bench, who, { text, ...more })).nodes.map((node: Data) => node.text)

/** Letters alone, of no other text: a word for the index. */
function letters(): string {
  return Array.from({ length: 14 }, () => 'abdefghkpqstuxyz'[Math.floor(Math.random() * 16)]).join('')
}

/** Who is told as writing, up to now: the lists that came until somebody else writes to everyone. */
export const names = (lists: readonly Data[][]): string[] => lists.flat().map(({ from }) => from.id)

export async function typing(bench: Bench, who: Person): Promise<Operation> {
  const socket = await bench.socket(who)
  const operation = socket.subscribe(TYPING)
  // Whatever comes after this one finds the subscription running.
  await socket.run('{ __typename }')
  return operation
}

export const setTyping = async (bench: Bench, who: Person, to?: Person): Promise<boolean> =>
  (await bench.data(who, SET_TYPING, { to: to?.username })).setTyping

export const reading = [
  must('READ-1a', "list everyone's conversation and each that has a message, the newest first", async bench => {
    const [ana, bia, cleo] = [await bench.stranger(), await bench.person(), await bench.person()]
    same(
      (await list(bench, ana)).map(each => each.with),
      [null],
      "a newcomer's conversations",
    )
    await bench.send(bia, bench.word(), ana)
    const last = await bench.send(cleo, bench.word(), ana)
    const listed = (await list(bench, ana)).filter(each => each.with !== null)
    same(
      listed.map(each => each.with.id),
      [cleo.id, bia.id],
      'the conversations, in order',
    )
    same(listed[0].latest.id, last.id, 'the newest message of the first')
  }),
  must('READ-1b', 'list conversations page by page with `before`, each once', async bench => {
    const ana = await bench.stranger()
    const friends = await bench.three()
    for (const friend of friends) await bench.send(friend, bench.word(), ana)
    const seen: string[] = []
    let before: string | undefined
    for (let pages = 0; pages < 6; pages++) {
      const page = await list(bench, ana, { limit: 2, before })
      seen.push(...page.flatMap(each => each.with?.id ?? []))
      before = page.at(-1)?.latest?.cursor
      if (page.length < 2 || before === undefined) break
    }
    same(seen, friends.map(({ id }) => id).toReversed(), 'the conversations over all pages')
  }),
  must('READ-2a', "count as unread the others' messages after `readUpTo`, and no own ones", async bench => {
    const [ana, bia] = [await bench.stranger(), await bench.person()]
    const first = await bench.send(bia, bench.word(), ana)
    await bench.send(bia, bench.word(), ana)
    await bench.send(ana, bench.word(), bia)
    same((await conversation(bench, ana, bia)).unread, 2, '`unread` before')
    await mark(bench, ana, { cursor: first.cursor, with: bia.username })
    const after = await conversation(bench, ana, bia)
    same([after.unread, after.readUpTo], [1, first.cursor], '`unread` and `readUpTo` after')
  }),
  must('READ-2b', 'count no messages that were deleted, and none from before the account was made', async bench => {
    const bia = await bench.person()
    const before = await bench.send(bia, bench.word())
    const ana = await bench.stranger()
    const { id } = await bench.send(bia, bench.word(), ana)
    await bench.data(bia, DELETE, { id })
    same((await conversation(bench, ana, bia)).unread, 0, '`unread` of a message that was deleted')
    const everyone = (await list(bench, ana)).find(each => each.with === null)
    const since = { since: before.cursor, scope: 'PUBLIC', limit: bench.server.limits.page || 100 }
    const { nodes, pageInfo } = await bench.page(ana, since)
    if (pageInfo.hasNextPage) skip('too much is being sent here to count it')
    check(everyone.unread <= nodes.length, `unread is ${everyone.unread}, and since then ${nodes.length} were sent`)
  }),
  must('READ-3a', 'move a position forward only, and answer with what is noted', async bench => {
    const [ana, bia] = [await bench.stranger(), await bench.person()]
    const first = await bench.send(bia, bench.word(), ana)
    const second = await bench.send(bia, bench.word(), ana)
    for (const { cursor } of [second, first]) {
      const noted = await mark(bench, ana, { cursor, with: bia.username })
      same([noted.cursor, noted.with?.id], [second.cursor, bia.id], 'what is noted')
    }
    same((await conversation(bench, ana, bia)).readUpTo, second.cursor, '`readUpTo`')
  }),
  must(
    'READ-3b',
    'refuse a place that this account was never given with HISTORY_RESET, and note nothing',
    async bench => {
      const [ana, bia] = await bench.pair()
      const cleo = await bench.stranger()
      const { cursor } = await bench.send(ana, bench.word(), bia)
      const before = await list(bench, cleo)
      await bench.refuses(cleo, MARK_READ, { cursor, with: ana.username }, 'HISTORY_RESET', "others' place")
      const after = await list(bench, cleo)
      same(
        after.map(each => each.readUpTo),
        before.map(each => each.readUpTo),
        'what is noted',
      )
    },
  ),
  must('READ-4', 'deliver with onReadPosition what is noted, and then what moved, to every device', async bench => {
    const [phone, bia] = [await bench.stranger({ password: 'a good password' }), await bench.person()]
    const laptop = await bench.again(phone)
    const first = await bench.send(bia, bench.word(), phone)
    const second = await bench.send(bia, bench.word(), phone)
    await mark(bench, phone, { cursor: first.cursor, with: bia.username })
    const has = (cursor: string) => (told: Data[]) =>
      told.some(each => each.with?.id === bia.id && each.cursor === cursor)
    const feed = (await bench.socket(laptop)).subscribe(READ_POSITIONS)
    check(has(first.cursor)(await feed.next('the first positions')), 'the first list lacks what is noted')
    await mark(bench, phone, { cursor: second.cursor, with: bia.username })
    await feed.until(has(second.cursor), 'the position that moved')
  }),
  must('READ-5', 'tell no other account how far somebody has read', async bench => {
    const [ana, bia] = [await bench.stranger(), await bench.stranger()]
    const { cursor } = await bench.send(bia, bench.word(), ana)
    const watched = (await bench.socket(bia)).subscribe(READ_POSITIONS)
    same(await watched.next('the first positions'), [], "a stranger's first positions")
    await mark(bench, ana, { cursor, with: bia.username })
    same((await conversation(bench, bia, ana)).readUpTo, null, "the other side's `readUpTo`")
    // Its own position comes after whatever was told of others.
    await mark(bench, bia, { cursor, with: ana.username })
    const told: Data[] = await watched.next('its own position')
    same(
      told.map(each => each.with?.id),
      [ana.id],
      'what was told',
    )
  }),
  must('READ-6a', 'find by `withId` the conversation with an account that was deleted', async bench => {
    const [ana, gone] = [await bench.person(), await bench.stranger()]
    const last = await bench.send(gone, bench.word(), ana)
    await bench.data(gone, DELETE_ACCOUNT, {})
    bench.forget(gone)
    same(
      (await bench.page(ana, { withId: gone.id })).nodes.map(({ id }: Data) => id),
      [last.id],
      'the page',
    )
    same((await mark(bench, ana, { cursor: last.cursor, withId: gone.id })).cursor, last.cursor, 'what is noted')
  }),
  must('READ-6b', 'refuse an id that no account ever had, and `with` together with `withId`', async bench => {
    const [ana, bia] = await bench.pair()
    await bench.refuses(ana, PAGE, { withId: 'nobody' }, 'UNKNOWN_RECIPIENT', 'an id of nobody')
    const both = { with: bia.username, withId: bia.id }
    await bench.refuses(ana, PAGE, both, 'BAD_USER_INPUT', 'both')
  }),
  must('READ-7', 'refuse `markRead` over the rate of sends with RATE_LIMITED, counted apart from them', async bench => {
    const { sendsPerSecond } = bench.server.limits
    if (sendsPerSecond === 0) skip('sendsPerSecond is 0: no limit')
    if (sendsPerSecond > 50) skip(`sendsPerSecond is ${sendsPerSecond}: too many to try`)
    const ana = await bench.stranger()
    const { cursor } = await bench.send(ana, bench.word(), ana)
    const results = await manyAtOnce(sendsPerSecond * 4 + 10, () =>
      bench.post(MARK_READ, { token: ana.token, variables: { cursor }, impatient: true }),
    )
    const limited = results.find(({ result }) => codeOf(result) !== null)
    check(limited, `none of ${results.length} at once was refused`)
    refused(limited.result, 'RATE_LIMITED', 'one too many')
    const sent = await bench.post(MARK_READ, { token: ana.token, variables: { cursor } })
    same(codeOf(sent.result), null, 'a note after `retryAfterMs`')
  }),
  must('SEARCH-1a', 'find by search messages that have all the words, whatever their case and accents', async bench => {
    const ana = await bench.person()
    const word = letters()
    const text = `Reunião ${word} AMANHÃ`
    await bench.send(ana, text, ana)
    same(await found(bench, ana, `amanha ${word.toUpperCase()} REUNIAO`), [text], 'what was found')
    same(await found(bench, ana, `${word} ${letters()}`), [], 'what was found with a word that is nowhere')
  }),
  must('SEARCH-2a', 'let the last word be the beginning of one, and no other word', async bench => {
    const ana = await bench.person()
    const word = letters()
    const text = `azul ${word}`
    await bench.send(ana, text, ana)
    same(await found(bench, ana, `azul ${word.slice(0, -2)}`), [text], 'what the beginning of the last word finds')
    same(await found(bench, ana, `${word.slice(0, -2)} azul`), [], 'what the beginning of another word finds')
  }),
  must('SEARCH-2b', 'take words in double quotes as standing side by side, in that order', async bench => {
    const ana = await bench.person()
    const [a, b] = [letters(), letters()]
    const text = `${a} ${b}`
    await bench.send(ana, text, ana)
    same(await found(bench, ana, `"${a} ${b}"`), [text], 'what they find in their order')
    same(await found(bench, ana, `"${b} ${a}"`), [], 'what they find in another order')
  }),
  must('SEARCH-3', 'give pages of what was found: the newest first, each oldest first', async bench => {
    const ana = await bench.person()
    const word = letters()
    for (let n = 0; n < 3; n++) await bench.send(ana, `${word} ${n}`, ana)
    const newest = await search(bench, ana, { text: word, limit: 2 })
    same(
      newest.nodes.map((node: Data) => node.text),
      [`${word} 1`, `${word} 2`],
      'the newest page',
    )
    same(newest.pageInfo.hasPreviousPage, true, 'its `hasPreviousPage`')
    const oldest = await search(bench, ana, { text: word, limit: 2, before: newest.pageInfo.startCursor })
    same(
      oldest.nodes.map((node: Data) => node.text),
      [`${word} 0`],
      'the page before it',
    )
    same(oldest.pageInfo.hasPreviousPage, false, 'its `hasPreviousPage`')
  }),
  must('SEARCH-4', 'let no answer of search depend on private messages of others', async bench => {
    const [ana, bia, cleo] = await bench.three()
    const word = letters()
    await bench.send(ana, `${word} secret`, bia)
    const open = await bench.send(ana, `${word} open`)
    const { nodes, pageInfo } = await search(bench, cleo, { text: word, limit: 1 })
    same(
      nodes.map(({ id }: Data) => id),
      [open.id],
      'what a third account finds',
    )
    same(pageInfo.hasPreviousPage, false, 'whether it is told of more')
    same((await found(bench, bia, word)).length, 2, 'what the recipient finds')
  }),
  must('SEARCH-5a', 'find what was sent from when it was acknowledged', async bench => {
    const ana = await bench.person()
    for (let n = 0; n < 5; n++) {
      const word = letters()
      await bench.send(ana, word, ana)
      same(await found(bench, ana, word), [word], 'what is found right after the acknowledgement')
    }
  }),
  must('SEARCH-5b', 'find no text that was changed or deleted', async bench => {
    const ana = await bench.person()
    const [before, after] = [letters(), letters()]
    const { id } = await bench.send(ana, before, ana)
    await bench.data(ana, EDIT, { id, text: after })
    same(
      [await found(bench, ana, before), await found(bench, ana, after)],
      [[], [after]],
      'the old text and the new one',
    )
    await bench.data(ana, DELETE, { id })
    same(await found(bench, ana, after), [], 'the text that was deleted')
  }),
  must('SEARCH-6a', 'refuse no word, more than 16 and more than 256 characters with BAD_USER_INPUT', async bench => {
    const ana = await bench.person()
    await search(bench, ana, { text: letters() })
    for (const text of [' !? "" ', 'a '.repeat(17), 'x'.repeat(257)]) {
      await bench.refuses(ana, SEARCH, { text }, 'BAD_USER_INPUT', JSON.stringify(text.slice(0, 20)))
    }
  }),
  must('SEARCH-6b', 'refuse searches over their rate with RATE_LIMITED and `retryAfterMs`', async bench => {
    const ana = await bench.stranger()
    await search(bench, ana, { text: letters() })
    const post = () => bench.post(SEARCH, { token: ana.token, impatient: true, variables: { text: 'audit' } })
    const answers = await Promise.all(Array.from({ length: 40 }, post))
    const limited = answers.find(({ result }) => codeOf(result) !== null)
    if (!limited) skip('none of 40 searches at once was refused: no limit, or a higher one')
    refused(limited.result, 'RATE_LIMITED', 'one search too many')
    check(Number(limited.result.errors?.[0]?.extensions?.retryAfterMs) > 0, 'there is no retryAfterMs')
  }),
  must('TYPING-1a', 'answer `setTyping` with true, and in the two seconds after that with false', async bench => {
    const ana = await bench.stranger()
    same([await setTyping(bench, ana), await setTyping(bench, ana)], [true, false], 'two answers')
  }),
  must('TYPING-1b', 'refuse typing to nobody with UNKNOWN_RECIPIENT', async bench => {
    const ana = await bench.stranger()
    await bench.refuses(ana, SET_TYPING, { to: 'nobody-has-this-name' }, 'UNKNOWN_RECIPIENT', 'typing to nobody')
  }),
  must('TYPING-2a', 'tell others who writes to everyone, and never the account itself', async bench => {
    const [ana, bia, cleo] = [await bench.stranger(), await bench.stranger(), await bench.person()]
    const [ofAna, ofCleo] = [await typing(bench, ana), await typing(bench, cleo)]
    await setTyping(bench, ana)
    const told: Data[][] = await ofCleo.until(each => names([each]).includes(ana.id), 'word that somebody writes')
    same(told.flat().find(({ from }) => from.id === ana.id)?.private, false, '`private`')
    await setTyping(bench, bia)
    const own: Data[][] = await ofAna.until(each => names([each]).includes(bia.id), 'word that another writes')
    check(!names(own).includes(ana.id), 'somebody was told of itself')
  }),
  must('TYPING-2b', 'tell of writing to one person that person alone', async bench => {
    const [ana, dora] = [await bench.stranger(), await bench.stranger()]
    const [bia, cleo] = await bench.pair()
    const [ofBia, ofCleo] = [await typing(bench, bia), await typing(bench, cleo)]
    await setTyping(bench, ana, bia)
    const told: Data[][] = await ofBia.until(each => names([each]).includes(ana.id), 'word that somebody writes')
    same(told.flat().find(({ from }) => from.id === ana.id)?.private, true, '`private`')
    await setTyping(bench, dora)
    const others: Data[][] = await ofCleo.until(each => names([each]).includes(dora.id), 'word that another writes')
    check(!names(others).includes(ana.id), 'somebody else was told of it')
  }),
  must('TYPING-3', 'keep nothing of typing: it is no event of a feed', async bench => {
    const [ana, bia] = [await bench.stranger(), await bench.person()]
    const feed = await bench.feed(bia)
    await setTyping(bench, ana, bia)
    const types = new Set((await feed.soFar()).map(({ __typename }) => __typename))
    for (const known of ['MessageAdded', 'MessageEdited', 'MessageDeleted']) types.delete(known)
    same([...types], [], 'other events in the feed')
  }),
]
