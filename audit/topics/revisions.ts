// Replies, edits and deletions: who may, what becomes of the old text, and what others hear.
import { randomUUID } from 'node:crypto'
import { must } from '../audit.ts'
import { about } from '../bench.ts'
import { check, codeOf, same } from '../check.ts'
import { DELETE, EDIT, ONE, SEND } from '../documents.ts'
import type { Data } from '../wire/http.ts'

export const revisions = [
  must('REPLY-1a', 'take a reply to a message of the same conversation, or to a public one', async bench => {
    const [ana, bia] = await bench.pair()
    const open = await bench.send(ana, bench.word())
    const secret = await bench.send(ana, bench.word(), bia)
    for (const [to, replyTo] of [
      [undefined, open.id],
      [ana, open.id],
      [ana, secret.id],
    ] as const) {
      same((await bench.send(bia, bench.word(), to, { replyTo })).replyTo?.id, replyTo, 'replyTo')
    }
  }),
  must('REPLY-1b', 'refuse a public reply to a private message with UNKNOWN_MESSAGE, and send nothing', async bench => {
    const [ana, bia] = await bench.pair()
    const secret = await bench.send(ana, bench.word(), bia)
    const feed = await bench.feed(ana)
    const text = bench.word()
    const variables = { text, plain: true, replyTo: secret.id }
    await bench.refuses(bia, SEND, variables, 'UNKNOWN_MESSAGE', 'a public reply')
    same(
      (await feed.soFar()).filter(({ message }) => message?.text === text),
      [],
      'what was sent',
    )
  }),
  must('REPLY-1c', 'refuse a private reply to a message of another conversation', async bench => {
    const [ana, bia, cleo] = await bench.three()
    const secret = await bench.send(ana, bench.word(), bia)
    const variables = { text: bench.word(), to: cleo.username, replyTo: secret.id }
    await bench.refuses(ana, SEND, variables, 'UNKNOWN_MESSAGE', 'a reply elsewhere')
  }),
  must('REPLY-1d', 'refuse a reply to an id of no message, and to one that the sender may not see', async bench => {
    const [ana, bia, cleo] = await bench.three()
    const secret = await bench.send(ana, bench.word(), bia)
    for (const replyTo of [secret.id, randomUUID()]) {
      const variables = { text: bench.word(), to: ana.username, replyTo }
      await bench.refuses(cleo, SEND, variables, 'UNKNOWN_MESSAGE', 'the reply')
    }
  }),
  must('REPLY-1e', 'refuse a reply to a message that was deleted', async bench => {
    const ana = await bench.person()
    const { id } = await bench.send(ana, bench.word(), ana)
    await bench.data(ana, DELETE, { id })
    const variables = { text: bench.word(), to: ana.username, replyTo: id }
    await bench.refuses(ana, SEND, variables, 'UNKNOWN_MESSAGE', 'the reply')
  }),
  must('REPLY-2a', 'give `replyTo` as a reference that stays when its message is deleted', async bench => {
    const [ana, bia] = await bench.pair()
    const first = await bench.send(ana, bench.word(), bia)
    const reply = await bench.send(bia, bench.word(), ana, { replyTo: first.id })
    const reference = { id: first.id, cursor: first.cursor, from: { id: ana.id } }
    same(reply.replyTo, reference, 'the reference')
    await bench.data(ana, DELETE, { id: first.id })
    same((await bench.data(bia, ONE, { id: reply.id })).message?.replyTo, reference, 'the reference after a deletion')
  }),
  must('REPLY-2b', 'answer `message` with null for an id of no message that the account may see', async bench => {
    const [ana, bia, cleo] = await bench.three()
    const { id } = await bench.send(ana, bench.word(), bia)
    for (const each of [id, randomUUID(), ''])
      same(await bench.data(cleo, ONE, { id: each }), { message: null }, 'the answer')
  }),
  must('EDIT-1a', 'tell every feed of an edit as MessageEdited, with a cursor of its own', async bench => {
    const [ana, bia] = await bench.pair()
    const feeds = [await bench.feed(ana), await bench.feed(bia)]
    const sent = await bench.send(ana, bench.word(), bia)
    const text = bench.word()
    const { editMessage } = await bench.data(ana, EDIT, { id: sent.id, text })
    same([editMessage.id, editMessage.text], [sent.id, text], 'the acknowledgement')
    check(Number.isFinite(Date.parse(editMessage.editedAt)), 'the acknowledgement has no `editedAt`')
    for (const feed of feeds) {
      const [added, edited, ...more] = about(await feed.soFar(), sent.id)
      same([edited?.__typename, edited?.message.text, more.length], ['MessageEdited', text, 0], 'what a feed told')
      check(edited.cursor > added.cursor, 'the edit has no later place than the message')
      same(edited.message.cursor, sent.cursor, "the message's own cursor")
    }
  }),
  must(
    'EDIT-1b',
    'tell every feed of a deletion as MessageDeleted, with a cursor of its own and no text',
    async bench => {
      const [ana, bia] = await bench.pair()
      const feeds = [await bench.feed(ana), await bench.feed(bia)]
      const sent = await bench.send(ana, bench.word(), bia)
      await bench.data(ana, DELETE, { id: sent.id })
      for (const feed of feeds) {
        const [added, deleted, ...more] = about(await feed.soFar(), sent.id)
        same([deleted?.__typename, deleted?.message.text, more.length], ['MessageDeleted', '', 0], 'what a feed told')
        check(deleted.cursor > added.cursor, 'the deletion has no later place than the message')
      }
    },
  ),
  must('EDIT-1c', 'tell nobody of an edit or a deletion who may not see the message', async bench => {
    const [ana, bia, cleo] = await bench.three()
    const feed = await bench.feed(cleo)
    const { id } = await bench.send(ana, bench.word(), bia)
    await bench.data(ana, EDIT, { id, text: bench.word() })
    await bench.data(ana, DELETE, { id })
    same(about(await feed.soFar(), id), [], 'what a bystander was told')
  }),
  must('EDIT-2a', "refuse a change of somebody else's message with NOT_AUTHOR", async bench => {
    const [ana, bia] = await bench.pair()
    const { id, text } = await bench.send(ana, bench.word(), bia)
    await bench.refuses(bia, EDIT, { id, text: bench.word() }, 'NOT_AUTHOR', 'an edit by the recipient')
    await bench.refuses(bia, DELETE, { id }, 'NOT_AUTHOR', 'a deletion by the recipient')
    same((await bench.data(ana, ONE, { id })).message.text, text, 'the text afterwards')
  }),
  must('EDIT-2b', 'refuse a change of a message that the account may not see as if there were none', async bench => {
    const [ana, bia, cleo] = await bench.three()
    const { id } = await bench.send(ana, bench.word(), bia)
    const answers = new Set<string>()
    for (const each of [id, randomUUID()]) {
      const results = [
        await bench.ask(cleo, EDIT, { id: each, text: bench.word() }),
        await bench.ask(cleo, DELETE, { id: each }),
      ]
      for (const result of results) {
        same(codeOf(result), 'UNKNOWN_MESSAGE', 'the code')
        answers.add(JSON.stringify([result.errors?.[0]?.message, result.errors?.[0]?.extensions]))
      }
    }
    same(answers.size, 1, `different words (${[...answers].join(' and ')})`)
  }),
  must('EDIT-2c', 'refuse to edit a message that was deleted with UNKNOWN_MESSAGE', async bench => {
    const ana = await bench.person()
    const { id } = await bench.send(ana, bench.word(), ana)
    await bench.data(ana, DELETE, { id })
    await bench.refuses(ana, EDIT, { id, text: bench.word() }, 'UNKNOWN_MESSAGE', 'the edit')
  }),
  must('EDIT-3a', 'give the text that was replaced in no answer: no page, no message', async bench => {
    const [ana, bia] = await bench.pair()
    const sent = await bench.send(ana, bench.word(), bia)
    await bench.data(ana, EDIT, { id: sent.id, text: bench.word() })
    for (const who of [ana, bia]) {
      const answers = JSON.stringify([await bench.page(who, {}), await bench.data(who, ONE, { id: sent.id })])
      check(!answers.includes(sent.text), 'the old text is still there')
    }
  }),
  must('EDIT-3b', 'replay a message that was edited with its latest text', async bench => {
    const [ana, bia] = await bench.pair()
    const start = await bench.send(ana, bench.word(), bia)
    const { id } = await bench.send(ana, bench.word(), bia)
    const texts = [bench.word(), bench.word()]
    for (const text of texts) await bench.data(ana, EDIT, { id, text })
    const feed = await bench.feed(bia, start.cursor)
    same(
      about(feed.replayed, id).map(({ __typename, message }) => [__typename, message.text]),
      ['MessageAdded', 'MessageEdited', 'MessageEdited'].map(type => [type, texts[1]]),
      'the replay',
    )
  }),
  must('EDIT-3c', 'replay a message that was deleted with an empty text and `deletedAt`', async bench => {
    const [ana, bia] = await bench.pair()
    const start = await bench.send(ana, bench.word(), bia)
    const { id } = await bench.send(ana, bench.word(), bia)
    await bench.data(ana, DELETE, { id })
    const feed = await bench.feed(bia, start.cursor)
    same(
      about(feed.replayed, id).map(({ __typename, message }) => [__typename, message.text, message.deletedAt !== null]),
      [
        ['MessageAdded', '', true],
        ['MessageDeleted', '', true],
      ],
      'the replay',
    )
  }),
  must('EDIT-4a', 'keep id, cursor and place of a message that was edited, and put no edit on a page', async bench => {
    const [ana, bia] = [await bench.person(), await bench.stranger()]
    const sent = [await bench.send(ana, bench.word(), bia), await bench.send(ana, bench.word(), bia)]
    await bench.data(ana, EDIT, { id: sent[0].id, text: bench.word() })
    const { nodes } = await bench.page(ana, { with: bia.username })
    same(
      nodes.map(({ id, cursor }: Data) => [id, cursor]),
      sent.map(({ id, cursor }) => [id, cursor]),
      'the page',
    )
  }),
  must('EDIT-4b', 'keep a message that was deleted in its place, with an empty text and `deletedAt`', async bench => {
    const [ana, bia] = [await bench.person(), await bench.stranger()]
    const sent = [await bench.send(ana, bench.word(), bia), await bench.send(ana, bench.word(), bia)]
    await bench.data(ana, DELETE, { id: sent[0].id })
    const { nodes } = await bench.page(bia, { with: ana.username })
    same(
      nodes.map(({ id, text, deletedAt }: Data) => [id, text, deletedAt !== null]),
      [
        [sent[0].id, '', true],
        [sent[1].id, sent[1].text, false],
      ],
      'the page',
    )
  }),
  must('EDIT-4c', "take the cursor of an edit's place wherever one is good", async bench => {
    const ana = await bench.person()
    const feed = await bench.feed(ana)
    const sent = await bench.send(ana, bench.word(), ana)
    await bench.data(ana, EDIT, { id: sent.id, text: bench.word() })
    const place = about(await feed.soFar(), sent.id).at(-1)?.cursor
    const next = await bench.send(ana, bench.word(), ana)
    const page = await bench.page(ana, { with: ana.username, since: place })
    check(
      page.nodes.some(({ id }: Data) => id === next.id),
      'the page since the edit misses the next message',
    )
    same(about((await bench.feed(ana, place)).replayed, next.id).length, 1, 'deliveries of the next message')
  }),
  must('EDIT-5a', 'change nothing by an edit to the text that there is, and put nothing into the log', async bench => {
    const ana = await bench.person()
    const feed = await bench.feed(ana)
    const sent = await bench.send(ana, bench.word(), ana)
    const { editMessage } = await bench.data(ana, EDIT, { id: sent.id, text: sent.text })
    same(editMessage, sent, 'the answer')
    same(about(await feed.soFar(), sent.id).length, 1, 'events about the message')
  }),
  must('EDIT-5b', 'change nothing by a second deletion, and answer with the message', async bench => {
    const ana = await bench.person()
    const feed = await bench.feed(ana)
    const { id } = await bench.send(ana, bench.word(), ana)
    const first = await bench.data(ana, DELETE, { id })
    same(await bench.data(ana, DELETE, { id }), first, 'the second answer')
    same(about(await feed.soFar(), id).length, 2, 'events about the message')
  }),
  must('EDIT-6a', 'take the new text as it is, also where it looks like a command', async bench => {
    const ana = await bench.person()
    const { id } = await bench.send(ana, bench.word(), ana)
    const { editMessage } = await bench.data(ana, EDIT, { id, text: '/msg x y' })
    same(editMessage.text, '/msg x y', 'the text')
  }),
  must('EDIT-6b', 'hold the new text to the rules of texts', async bench => {
    const ana = await bench.person()
    const { id } = await bench.send(ana, bench.word(), ana)
    await bench.refuses(ana, EDIT, { id, text: ' \u200b' }, 'TEXT_EMPTY', 'an empty text')
    await bench.refuses(ana, EDIT, { id, text: 'a\u0000b' }, 'TEXT_INVALID', 'a text with a NUL')
  }),
]
