// What random accounts do, each step judged against the model at once: what is answered is what the model says, and what
// is somebody else's is answered, byte for byte, as what does not exist.
import { createCursorCodec } from '../../../server/domain/cursor.ts'
import { messageId } from '../../../server/domain/message.ts'
import { codeOf, type Data, type Result } from '../../setup/request.ts'
import type { Model, ModelEntry, ModelMessage, PageArguments } from './model.ts'
import { maySee } from './model.ts'
import { type Person, VIAS } from './person.ts'

/** Numbers that a step takes its choices from. */
export interface Step {
  readonly kind: StepKind
  readonly who: number
  readonly whom: number
  readonly which: number
  readonly via: number
  readonly option: number
}

export interface World {
  readonly people: readonly Person[]
  readonly model: Model
  readonly epoch: string
  /** Private things that were made, and who may know them: account ids. */
  readonly secrets: { readonly text: string; readonly mayKnow: ReadonlySet<string> }[]
  /** By writer: whom it told privately. */
  readonly told: { readonly from: string; readonly to: string }[]
  /** What was sent, to be tried again by others. */
  readonly sends: { readonly by: string; readonly variables: Record<string, unknown>; readonly id: string }[]
  /** A word that stands in no other text. */
  word(): string
  /** Somebody new, who is not among `people`. */
  enter(username: string): Promise<Person>
}

export class Leak extends Error {}

const MESSAGE = 'id cursor text from { id } to { id } replyTo { id cursor from { id } } sentAt editedAt deletedAt'
const PAGE = `nodes { ${MESSAGE} } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }`
const SEND = `mutation ($text: String!, $to: String, $plain: Boolean, $nonce: ID, $replyTo: ID) {
  sendMessage(text: $text, to: $to, plain: $plain, nonce: $nonce, replyTo: $replyTo) { ${MESSAGE} } }`

function pick<T>(values: readonly T[], index: number): T {
  const value = values[index % values.length]
  if (value === undefined) throw new RangeError('nothing to pick from')
  return value
}

function expectEqual(what: string, actual: unknown, expected: unknown): void {
  const [got, wanted] = [JSON.stringify(actual), JSON.stringify(expected)]
  if (got !== wanted) throw new Leak(`${what}: expected ${wanted}, got ${got}`)
}

/** An id and a place that there never were, as like real ones as can be. */
function nothing({ epoch }: World): { id: string; cursor: string } {
  return { id: messageId(Date.now()), cursor: createCursorCodec(epoch).encode(Date.now() * 1000 - 1_234_567) }
}

async function send(world: World, by: Person, step: Step, to: Person | null, replyTo?: ModelMessage): Promise<void> {
  const { model } = world
  const word = world.word()
  const text = `${word} from ${by.username}`
  const nonce = crypto.randomUUID()
  const asCommand = to !== null && step.option % 3 === 0
  const variables = {
    text: asCommand ? `/${pick(['msg', 'w', 'DM'], step.option)} ${to.username} ${text}` : text,
    ...(asCommand ? {} : to === null ? { plain: true } : { to: to.username }),
    nonce,
    ...(replyTo ? { replyTo: replyTo.id } : {}),
  }
  const { result, text: answer } = await by.ask(pick(VIAS, step.via), SEND, variables)
  if (replyTo) {
    const recipients = new Set([by.id, to?.id])
    const isShared =
      replyTo.to === null ||
      (to !== null &&
        maySee(by.id, replyTo) &&
        recipients.has(replyTo.from) &&
        recipients.has(replyTo.to) &&
        // Between just these two, notes being between one and the same.
        new Set([replyTo.from, replyTo.to]).size === recipients.size)
    if (!isShared || replyTo.isDeleted) {
      expectEqual('an answer to what not all may see', codeOf(result), 'UNKNOWN_MESSAGE')
      const other = await by.ask(pick(VIAS, step.via), SEND, { ...variables, replyTo: nothing(world).id })
      expectEqual('the refusals of a foreign and of no message', other.text, answer)
      return
    }
  }
  if (result.errors) throw new Leak(`not sent: ${answer}`)
  const { id, cursor, to: recipient, replyTo: reference } = result.data.sendMessage
  expectEqual('the recipient', recipient?.id ?? null, to?.id ?? null)
  expectEqual('what it answers', reference?.id ?? null, replyTo?.id ?? null)
  const message = { id, cursor, from: by.id, to: to?.id ?? null, text, isDeleted: false }
  model.add({ kind: 'MessageAdded', cursor, message })
  world.sends.push({ by: by.id, variables, id })
  if (to) {
    const mayKnow = new Set([by.id, to.id])
    world.secrets.push(...[word, id, cursor].map(each => ({ text: each, mayKnow })))
  }
}

function pageArguments(
  world: World,
  by: Person,
  step: Step,
): { args: PageArguments; variables: Record<string, unknown> } {
  const scope = pick(['ALL', 'PUBLIC', 'PRIVATE', 'ALL'] as const, step.option)
  const entry = anyEntry(world, by, step)
  const place = pick([null, 'since', 'before'] as const, step.option >> 2)
  const peer = scope === 'PUBLIC' || step.option % 5 > 2 ? null : pick(world.people, step.whom)
  const limit = 1 + (step.option % 7)
  const args = {
    scope,
    limit,
    ...(peer ? { with: peer.id } : {}),
    ...(entry && place ? { [place]: entry.cursor } : {}),
  } as PageArguments
  const { with: id, ...rest } = args
  const variables = { ...rest, ...(peer ? (step.option % 2 ? { with: peer.username } : { withId: id }) : {}) }
  return { args, variables }
}

const MESSAGES = `query ($since: Cursor, $before: Cursor, $scope: Scope, $with: String, $withId: ID, $limit: Int) {
  messages(since: $since, before: $before, scope: $scope, with: $with, withId: $withId, limit: $limit) { ${PAGE} } }`

/** A place to ask at: mostly one that the account knows, of which the half are the newest. */
function anyEntry({ model }: World, by: Person, { which, via }: Step): ModelEntry | null {
  const known = model.eventsAfter(by.id, '')
  const entries = via % 4 === 0 ? model.entries : via % 2 === 0 ? known : known.slice(-20)
  return entries.length > 0 ? pick(entries, which) : null
}

/** Asks for something at a place: as somebody else's it is refused exactly as no place at all. */
async function expectForeignPlace(
  world: World,
  by: Person,
  ask: (cursor: string) => Promise<string>,
  cursor: string,
): Promise<boolean> {
  if (world.model.knows(by.id, cursor)) return false
  const [foreign, none] = [await ask(cursor), await ask(nothing(world).cursor)]
  expectEqual('the refusals of a foreign place and of none', foreign, none)
  if (!foreign.includes('"HISTORY_RESET"')) throw new Leak(`a foreign place: ${foreign}`)
  return true
}

type Run = (world: World, by: Person, step: Step) => Promise<void>

const STEPS = {
  sendPublic: (world, by, step) => send(world, by, step, null),
  sendPrivate: (world, by, step) => send(world, by, step, pick(world.people, step.whom)),
  reply: async (world, by, step) => {
    if (world.model.messages.length === 0) return
    const target = pick(recent(world), step.which)
    await send(world, by, step, step.option % 2 ? pick(world.people, step.whom) : null, target)
  },
  edit: async (world, by, step) => {
    if (world.model.messages.length === 0) return
    const message = pick(recent(world), step.which)
    const isDeletion = step.option % 3 === 0
    const word = world.word()
    const query = isDeletion
      ? `mutation ($id: ID!) { deleteMessage(id: $id) { ${MESSAGE} } }`
      : `mutation ($id: ID!, $text: String!) { editMessage(id: $id, text: $text) { ${MESSAGE} } }`
    const ask = (id: string) => by.ask(pick(VIAS, step.via), query, { id, ...(isDeletion ? {} : { text: word }) })
    const { result, text } = await ask(message.id)
    if (!maySee(by.id, message) || (message.isDeleted && !isDeletion)) {
      expectEqual('a change of what is not there', codeOf(result), 'UNKNOWN_MESSAGE')
      expectEqual('the refusals of a foreign and of no message', text, (await ask(nothing(world).id)).text)
      return
    }
    if (message.from !== by.id) return expectEqual('a change of somebody else’s', codeOf(result), 'NOT_AUTHOR')
    if (result.errors) throw new Leak(`not changed: ${text}`)
    if (message.isDeleted) return
    message.text = isDeletion ? '' : word
    message.isDeleted = isDeletion
    const mayKnow = new Set([message.from, message.to ?? ''])
    if (message.to !== null) world.secrets.push({ text: word, mayKnow })
    const place = await latestPlace(world, by)
    if (message.to !== null) world.secrets.push({ text: place, mayKnow })
    world.model.add({ kind: isDeletion ? 'MessageDeleted' : 'MessageEdited', cursor: place, message })
  },
  page: async (world, by, step) => {
    const { args, variables } = pageArguments(world, by, step)
    const ask = async (place: Record<string, unknown>) =>
      (await by.ask(pick(VIAS, step.via), MESSAGES, { ...variables, ...place })).text
    const name = args.since === undefined ? 'before' : 'since'
    const cursor = args.since ?? args.before
    const isForeign =
      cursor !== undefined && (await expectForeignPlace(world, by, other => ask({ [name]: other }), cursor))
    if (isForeign) return
    const { messages } = (JSON.parse(await ask({})) as Data).data
    const { hasNextPage, hasPreviousPage, startCursor, endCursor } = messages.pageInfo
    const page = { ids: messages.nodes.map(({ id }: Data) => id), hasNextPage, hasPreviousPage, startCursor, endCursor }
    const expected = world.model.page(by.id, args)
    if (expected.endCursor === null) {
      const isOrigin = endCursor === createCursorCodec(world.epoch).encode(0)
      if (!isOrigin && !world.model.knows(by.id, endCursor)) throw new Leak(`an end that is nobody's: ${endCursor}`)
    }
    expectEqual(`a page of ${JSON.stringify(args)}`, { ...page, endCursor: null }, { ...expected, endCursor: null })
    if (expected.endCursor !== null) expectEqual('the end of a page', endCursor, expected.endCursor)
  },
  message: async (world, by, step) => {
    if (world.model.messages.length === 0) return
    const message = pick(recent(world), step.which)
    const query = `query ($id: ID!) { message(id: $id) { ${MESSAGE} } }`
    const { result, text } = await by.ask(pick(VIAS, step.via), query, { id: message.id })
    if (maySee(by.id, message)) {
      expectEqual('a message', [result.data.message?.id, result.data.message?.text], [message.id, message.text])
      return
    }
    const none = await by.ask(pick(VIAS, step.via), query, { id: nothing(world).id })
    expectEqual('the answers to a foreign and to no message', text, none.text)
    expectEqual('a foreign message', result.data, { message: null })
  },
  conversations: async (world, by, step) => {
    const query = `query ($before: Cursor) { conversations(limit: 100, before: $before) { with { id } latest { ${MESSAGE} } readUpTo unread } }`
    const entry = world.model.entries.length > 0 && step.option % 4 === 0 ? pick(world.model.entries, step.which) : null
    if (entry) {
      const ask = async (before: string) => (await by.ask(pick(VIAS, step.via), query, { before })).text
      await expectForeignPlace(world, by, ask, entry.cursor)
      return
    }
    const { result } = await by.ask(pick(VIAS, step.via), query)
    const conversations = result.data.conversations.map(({ with: peer, latest, readUpTo, unread }: Data) => ({
      with: peer?.id ?? null,
      readUpTo,
      unread,
      latest: latest?.id ?? null,
    }))
    expectEqual('conversations', conversations, world.model.conversations(by.id))
  },
  search: async (world, by, step) => {
    if (world.model.messages.length === 0) return
    const message = pick(recent(world), step.which)
    const [word = ''] = message.text.split(' ')
    if (word === '') return
    const query = `query ($text: String!) { search(text: $text) { ${PAGE} } }`
    const { result, text } = await by.ask(pick(VIAS, step.via), query, { text: word })
    const expected = world.model.visible(by.id).filter(each => each.text.split(' ').includes(word))
    const found = result.data.search.nodes.map(({ id }: Data) => id)
    expectEqual(
      'what is found',
      found,
      expected.map(({ id }) => id),
    )
    if (expected.length > 0) return
    const none = await by.ask(pick(VIAS, step.via), query, { text: world.word() })
    expectEqual('the answers to a foreign word and to none', text, none.text)
  },
  markRead: async (world, by, step) => {
    const entry = anyEntry(world, by, step)
    if (!entry) return
    const { cursor } = entry
    const peer = step.option % 2 ? pick(world.people, step.whom) : null
    const query =
      'mutation ($cursor: Cursor!, $withId: ID) { markRead(cursor: $cursor, withId: $withId) { with { id } cursor } }'
    const ask = async (place: string) =>
      (await by.ask(pick(VIAS, step.via), query, { cursor: place, ...(peer ? { withId: peer.id } : {}) })).text
    if (await expectForeignPlace(world, by, ask, cursor)) return
    const { data } = JSON.parse(await ask(cursor)) as Data
    const noted = world.model.markRead(by.id, peer?.id ?? null, cursor)
    expectEqual('what is noted', data.markRead, { with: peer && { id: peer.id }, cursor: noted })
  },
  retry: async (world, by, step) => {
    if (world.sends.length === 0) return
    const first = pick(world.sends, step.which)
    const { result, text } = await by.ask(pick(VIAS, step.via), SEND, first.variables)
    // Perhaps it has taken the nonce of somebody else before: since then that is one of its own.
    const own = world.sends.find(each => each.by === by.id && each.variables.nonce === first.variables.nonce)
    if (own) {
      if (result.errors) throw new Leak(`a repeated send: ${text}`)
      return expectEqual('a repeated send', result.data.sendMessage.id, own.id)
    }
    // Somebody else's nonce is nothing to this account: it is a send of its own, or refused for what it answers.
    if (result.errors) return expectEqual('somebody else’s nonce', codeOf(result), 'UNKNOWN_MESSAGE')
    const { id, cursor, to, text: sent } = result.data.sendMessage
    if (id === first.id) throw new Leak(`somebody else's nonce gave their message: ${text}`)
    world.model.add({
      kind: 'MessageAdded',
      cursor,
      message: { id, cursor, from: by.id, to: to?.id ?? null, text: sent, isDeleted: false },
    })
    world.sends.push({ by: by.id, variables: first.variables, id })
    // The words are the first one's: who may know them is whoever may know either.
    const [word = ''] = sent.split(' ')
    const mayKnow = new Set([by.id, to?.id ?? ''])
    for (const [index, secret] of world.secrets.entries()) {
      if (secret.text !== word) continue
      world.secrets[index] = { text: word, mayKnow: new Set([...secret.mayKnow, ...mayKnow]) }
    }
    if (to) world.secrets.push({ text: id, mayKnow }, { text: cursor, mayKnow })
    else for (let i = world.secrets.length; i-- > 0; ) if (world.secrets[i]?.text === word) world.secrets.splice(i, 1)
  },
  replay: async (world, by, step) => {
    const entry = anyEntry(world, by, step)
    if (!entry) return
    const { cursor } = entry
    const via = step.option % 2 ? 'sse' : 'socket'
    const { code, events } = await by.replay(via, cursor)
    if (!world.model.knows(by.id, cursor)) {
      const none = await by.replay(via, nothing(world).cursor)
      return expectEqual('feeds from a foreign place and from none', [code, events], [none.code, none.events])
    }
    const expected = world.model
      .eventsAfter(by.id, cursor)
      .map(({ kind, cursor: place, message }) => ({ type: kind, cursor: place, id: message.id }))
    expectEqual('a replay', [code, events], [null, expected])
  },
  typing: async (world, by, step) => {
    const to = step.option % 2 ? pick(world.people, step.whom) : null
    const { result } = await by.ask(pick(VIAS, step.via), 'mutation ($to: String) { setTyping(to: $to) }', {
      ...(to ? { to: to.username } : {}),
    })
    if (to && result.data?.setTyping) world.told.push({ from: by.id, to: to.id })
  },
  sessions: async (world, by, step) => {
    const { result } = await by.ask(pick(VIAS, step.via), '{ sessions { id current } me { id } }')
    expectEqual('who one is', result.data.me.id, by.id)
    const own = new Set(by.sessions)
    for (const { id } of result.data.sessions as { id: string }[]) {
      if (!own.has(id)) world.secrets.push({ text: id, mayKnow: new Set([by.id]) })
    }
    const other = pick(world.people, step.whom)
    if (other.id === by.id) return
    const [foreign] = other.sessions
    const end = (id: string | undefined) =>
      by.ask(pick(VIAS, step.via), 'mutation ($id: ID!) { endSession(id: $id) }', { id })
    const { result: ended, text } = await end(foreign)
    expectEqual('an end of somebody else’s session', ended.data, { endSession: false })
    expectEqual('the ends of a foreign and of no session', text, (await end('nothing')).text)
  },
  pair: async (world, by, step) => {
    const other = pick(world.people, step.whom)
    const requested = await by.ask(
      'bearer',
      'mutation ($username: String!) { requestDevice(username: $username) { userCode deviceCode } }',
      { username: other.username },
    )
    if (codeOf(requested.result) === 'RATE_LIMITED') return
    const { userCode } = requested.result.data.requestDevice
    const approve = (code: string) =>
      by.ask(pick(VIAS, step.via), 'mutation ($code: String!) { approveDevice(userCode: $code) }', { code })
    const { result, text } = await approve(userCode)
    if (codeOf(result) === 'RATE_LIMITED') return
    if (other.id === by.id) return expectEqual('an approval of one’s own', codeOf(result), null)
    const none = await approve('ABCD-EFGH')
    if (codeOf(none.result) !== 'RATE_LIMITED')
      expectEqual('the approvals of a foreign and of no code', text, none.text)
    expectEqual('an approval of somebody else’s', codeOf(result), 'CODE_INVALID')
  },
  /** An account is deleted and somebody else takes its name: what was said to the first one is nothing to the second. */
  succession: async (world, by, step) => {
    const { model } = world
    const name = `s${world.word()}`
    const [first, index] = [await world.enter(name), model.messages.length]
    await send(world, by, step, first)
    await send(world, first, { ...step, option: step.option + 1 }, by)
    const { result: gone } = await first.ask('bearer', 'mutation { deleteAccount }')
    expectEqual('the end of an account', gone, { data: { deleteAccount: true } })
    first.close()
    const second = await world.enter(name)
    try {
      if (second.id === first.id) throw new Leak('a name that was given back has the account that it had')
      const said = model.messages.slice(index)
      const via = pick(VIAS, step.via)
      for (const query of [
        `{ messages(scope: PRIVATE) { nodes { id } } }`,
        `query ($peer: ID!) { messages(withId: $peer) { nodes { id } } }`,
      ]) {
        const { result } = await second.ask(via, query, { peer: by.id })
        expectEqual('private messages of whoever takes a name', result.data.messages.nodes, [])
      }
      for (const { id, text } of said) {
        const { result } = await second.ask(via, 'query ($id: ID!) { message(id: $id) { id } }', { id })
        expectEqual('a message to whoever had the name before', result.data, { message: null })
        const [word = ''] = text.split(' ')
        const found = await second.ask(via, `query ($text: String!) { search(text: $text) { ${PAGE} } }`, {
          text: word,
        })
        expectEqual('what is found of it', found.result.data.search.nodes, [])
      }
      const { result: list } = await second.ask(via, '{ conversations { with { id } } }')
      expectEqual('the conversations of whoever takes a name', list.data.conversations, [{ with: null }])
      // Whoever spoke with the first one still has that, and nothing with the second.
      const own = (variables: object) => by.ask(via, MESSAGES, { limit: 100, ...variables })
      const ids = ({ result }: { result: Result }) => result.data.messages.nodes.map((node: Data) => node.id)
      expectEqual(
        'what was said to the first',
        ids(await own({ withId: first.id })),
        said.map(({ id }) => id),
      )
      expectEqual('what was said to the second', ids(await own({ with: name })), [])
      const received = second.received()
      for (const { id, text } of said) {
        const [word = ''] = text.split(' ')
        if (received.includes(id) || received.includes(word)) throw new Leak(`${name} has heard of ${id}`)
      }
    } finally {
      second.close()
    }
  },
  /** Whatever others do among themselves, what this account is answered stays the same, byte for byte. */
  privacy: async (world, by, step) => {
    const others = world.people.filter(({ id }) => id !== by.id)
    const before = await view(world, by)
    const [one, two] = [pick(others, step.whom), pick(others, step.whom + 1)]
    await send(world, one, step, two)
    await send(world, two, { ...step, option: step.option + 1 }, one)
    const own = world.model.messages.filter(({ from, to }) => from === one.id && to === two.id)
    const index = world.model.messages.indexOf(own.at(-1) as ModelMessage)
    await STEPS.edit(world, one, { ...step, which: recentIndex(world, index) })
    await two.ask('bearer', 'mutation ($to: String) { setTyping(to: $to) }', { to: one.username })
    world.told.push({ from: two.id, to: one.id })
    const { cursor } = own.at(-1) as ModelMessage
    await two.ask('bearer', 'mutation ($c: Cursor!, $w: ID) { markRead(cursor: $c, withId: $w) { cursor } }', {
      c: cursor,
      w: one.id,
    })
    world.model.markRead(two.id, one.id, cursor)
    expectEqual(
      'what an account is answered before and after others wrote to each other',
      await view(world, by),
      before,
    )
  },
} as const satisfies Record<string, Run>

export type StepKind = keyof typeof STEPS
export const STEP_KINDS = Object.keys(STEPS) as StepKind[]

export function runStep(world: World, step: Step): Promise<void> {
  return STEPS[step.kind](world, pick(world.people, step.who), step)
}

/** Messages that steps choose among: of all runs, only those of this one's people and the newest others. */
function recent({ model, people }: World): readonly ModelMessage[] {
  const ids = new Set(people.map(({ id }) => id))
  const own = model.messages.filter(({ from }) => ids.has(from))
  return own.length > 0 ? own : model.messages.slice(-20)
}

function recentIndex(world: World, index: number): number {
  return recent(world).indexOf(world.model.messages[index] as ModelMessage)
}

/** Where the newest entry is that this account may see: right after a change of its own, that change. */
async function latestPlace({ model }: World, by: Person): Promise<string> {
  const known = model.visible(by.id).at(-1)?.cursor ?? ''
  const since = model.entries.findLast(({ message }) => maySee(by.id, message))?.cursor ?? known
  const { events } = await by.replay('socket', since)
  const last = events.at(-1)
  if (events.length !== 1 || !last) throw new Leak(`a change is ${events.length} events`)
  return last.cursor
}

/** Everything that can be asked about messages, in one text. */
async function view(world: World, by: Person): Promise<string> {
  const cursors = world.model.eventsAfter(by.id, '').map(({ cursor }) => cursor)
  const since = cursors.at(-Math.min(5, cursors.length))
  const query = `query { all: messages { ${PAGE} } private: messages(scope: PRIVATE) { ${PAGE} }
    public: messages(scope: PUBLIC, limit: 3) { ${PAGE} } conversations(limit: 100) { with { id online lastSeenAt } latest { id } readUpTo unread }
    search(text: "from") { ${PAGE} } }`
  const { text } = await by.ask('bearer', query)
  const peers = await Promise.all(
    world.people.map(({ id }) =>
      by.ask('bearer', `query ($id: ID) { messages(withId: $id, limit: 2) { ${PAGE} } }`, { id }),
    ),
  )
  const replayed = since === undefined ? null : await by.replay('sse', since)
  return JSON.stringify([text, peers.map(each => each.text), replayed])
}
