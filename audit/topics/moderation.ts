// Whom an account has blocked, and what is the administrators' alone.
import { must } from '../audit.ts'
import type { Bench } from '../bench.ts'
import { check, codeOf, same } from '../check.ts'
import { BLOCK, BLOCKED, DELETE, EDIT, SEND, UNBLOCK } from '../documents.ts'
import type { Person } from '../people.ts'
import type { Data } from '../wire/http.ts'
import { names, setTyping, typing } from './reading.ts'

const unblock = async (bench: Bench, who: Person, whom: Person): Promise<boolean> =>
  (await bench.data(who, UNBLOCK, { username: whom.username })).unblock

/** Looks while somebody is blocked; however it ends, they are not any more afterwards. */
async function whileBlocked(bench: Bench, who: Person, whom: Person, look: () => Promise<void>): Promise<void> {
  await bench.data(who, BLOCK, { username: whom.username })
  try {
    await look()
  } finally {
    same(await unblock(bench, who, whom), true, 'the answer to `unblock`')
  }
}

const blockedBy = async (bench: Bench, who: Person): Promise<string[]> =>
  (await bench.data(who, BLOCKED)).blocked.map(({ id }: Data) => id)

/** What the document asks, with names of one person. */
const ADMINISTRATORS: readonly string[] = [
  'query ($username: String!) { standing(username: $username) { __typename } }',
  '{ restricted { __typename } }',
  '{ invitations { id } }',
  '{ auditLog { id } }',
  '{ inspection { __typename } }',
  'mutation ($username: String!) { mute(username: $username, forMs: 1) { __typename } }',
  'mutation ($username: String!) { unmute(username: $username) { __typename } }',
  'mutation ($username: String!) { ban(username: $username, forMs: 1) { __typename } }',
  'mutation ($username: String!) { unban(username: $username) { __typename } }',
  'mutation ($id: ID!) { removeMessage(id: $id) { id } }',
  'mutation { createInvitation { __typename } }',
  'mutation ($id: ID!) { revokeInvitation(id: $id) }',
]

export const moderation = [
  must(
    'BLOCK-1a',
    'refuse private messages and edits of somebody who is blocked with RECIPIENT_UNAVAILABLE',
    async bench => {
      const [ana, bia] = await bench.pair()
      const before = await bench.send(bia, bench.word(), ana)
      await whileBlocked(bench, ana, bia, async () => {
        const text = bench.word()
        await bench.refuses(bia, SEND, { text, to: ana.username }, 'RECIPIENT_UNAVAILABLE', 'a send of the blocked')
        await bench.refuses(bia, EDIT, { id: before.id, text }, 'RECIPIENT_UNAVAILABLE', 'an edit of the blocked')
      })
      await bench.send(bia, bench.word(), ana)
    },
  ),
  must('BLOCK-1b', 'tell nobody that somebody who is blocked writes to them, and answer as ever', async bench => {
    const [ana, bia, cleo] = await bench.three()
    await whileBlocked(bench, ana, bia, async () => {
      const told = await typing(bench, ana)
      same(await setTyping(bench, bia, ana), true, 'the answer to the blocked')
      await setTyping(bench, cleo, ana)
      const lists = await told.until(
        (list: Data) => list.some(({ from }: Data) => from.id === cleo.id),
        'that somebody else is writing',
      )
      check(!names(lists).includes(bia.id), 'the blocked one was told as writing')
    })
  }),
  must('BLOCK-2a', 'not tell the blocked by whom they are: the refusal says nothing else', async bench => {
    const [ana, bia] = await bench.pair()
    await whileBlocked(bench, ana, bia, async () => {
      const { errors } = await bench.ask(bia, SEND, { text: bench.word(), to: ana.username })
      same(Object.keys(errors?.[0]?.extensions ?? {}), ['code'], 'what `extensions` of the refusal have')
    })
  }),
  must(
    'BLOCK-2b',
    'deliver what the blocked write to everyone, and let them delete what they sent before',
    async bench => {
      const [ana, bia] = await bench.pair()
      const before = await bench.send(bia, bench.word(), ana)
      await whileBlocked(bench, ana, bia, async () => {
        const feed = await bench.feed(ana)
        const said = await bench.send(bia, bench.word())
        await bench.data(bia, DELETE, { id: before.id })
        const events = await feed.soFar()
        const heard = events.flatMap(({ message }) => (message ? [message.id] : []))
        check(heard.includes(said.id), 'a public message of the blocked did not come')
        const deletion = events.find(event => event.__typename === 'MessageDeleted' && event.message.id === before.id)
        check(deletion, 'the deletion of an earlier message did not come')
      })
    },
  ),
  must('BLOCK-2c', 'acknowledge again a send that was acknowledged before the block', async bench => {
    const [ana, bia] = await bench.pair()
    const variables = { text: bench.word(), to: ana.username, nonce: bench.word() }
    const first = await bench.data(bia, SEND, variables)
    await whileBlocked(bench, ana, bia, async () => {
      const again = await bench.data(bia, SEND, variables)
      same(again.sendMessage.id, first.sendMessage.id, 'the message of a send that is repeated')
    })
  }),
  must(
    'BLOCK-3',
    'refuse what somebody writes to whom they have blocked, with `byYou`, until `unblock`',
    async bench => {
      const [ana, bia] = await bench.pair()
      let refusal: Data
      await whileBlocked(bench, ana, bia, async () => {
        refusal = (await bench.ask(ana, SEND, { text: bench.word(), to: bia.username })).errors?.[0]?.extensions
      })
      same([refusal?.code, refusal?.byYou], ['RECIPIENT_UNAVAILABLE', true], 'the refusal')
      same(await unblock(bench, ana, bia), false, 'the answer to a second `unblock`')
      await bench.send(ana, bench.word(), bia)
    },
  ),
  must('BLOCK-4', 'list whom an account has blocked to that account alone', async bench => {
    const [ana, bia] = await bench.pair()
    await whileBlocked(bench, ana, bia, async () => {
      check((await blockedBy(bench, ana)).includes(bia.id), '`blocked` lacks who was blocked')
      check(!(await blockedBy(bench, bia)).includes(ana.id), '`blocked` of the blocked has who blocked them')
    })
    check(!(await blockedBy(bench, ana)).includes(bia.id), '`blocked` still has who was unblocked')
    await bench.refuses(null, BLOCKED, {}, 'UNAUTHENTICATED', '`blocked` of nobody')
  }),
  must('ADMIN-1a', 'refuse what is for administrators with NOT_ADMINISTRATOR', async bench => {
    const [ana, bia] = await bench.pair()
    const { id } = await bench.send(bia, bench.word())
    for (const document of ADMINISTRATORS) {
      const result = await bench.ask(ana, document, { username: bia.username, id })
      same(codeOf(result), 'NOT_ADMINISTRATOR', `the answer to ${document}`)
    }
  }),
  must('ADMIN-1b', 'refuse what is for administrators with UNAUTHENTICATED without an account', async bench => {
    const bia = await bench.person()
    const { id } = await bench.send(bia, bench.word())
    for (const document of ADMINISTRATORS) {
      const result = await bench.ask(null, document, { username: bia.username, id })
      same(codeOf(result), 'UNAUTHENTICATED', `the answer to ${document}`)
    }
  }),
]
