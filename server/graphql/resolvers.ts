// schema.graphql's fields, each as thin as it can be: the work is in send, pages, accounts and the log. What a message's
// fields say never depends on who looks, so that the fan-out may execute once for many.
import { readFileSync } from 'node:fs'
import { type GraphQLResolveInfo, type GraphQLSchema, responsePathAsArray } from 'graphql'
import type { Accounts } from '../accounts/accounts.ts'
import { isLoopback, networkOf } from '../accounts/address.ts'
import { parseDevice } from '../accounts/device-label.ts'
import type { Devices } from '../accounts/devices.ts'
import type { OutsideTokens } from '../accounts/outside-tokens.ts'
import type { Pairing } from '../accounts/pairing.ts'
import type { Sessions } from '../accounts/sessions.ts'
import type { Probe } from '../challenge/probe.ts'
import type { CursorCodec } from '../domain/cursor.ts'
import { type AccountRef, messageOf } from '../domain/entry.ts'
import { Refusal } from '../domain/errors.ts'
import { usernameKey } from '../domain/username.ts'
import type { Presence } from '../feed/presence.ts'
import type { Typing } from '../feed/typing.ts'
import type { Gate } from '../moderation/gate.ts'
import type { Standings } from '../moderation/standing.ts'
import { requireViewer } from './context.ts'
import { createDeviceResolvers } from './devices.ts'
import { makeExecutable } from './executable.ts'
import type { Limits, Registration, Resolvers } from './generated/resolvers.ts'
import { createModerationResolvers, type ModerationResolverOptions } from './moderation.ts'
import type { Pages } from './pages.ts'
import type { Reading } from './reading.ts'
import type { Revise } from './revise.ts'
import type { SearchPages } from './search.ts'
import type { Send } from './send.ts'
import {
  type CaughtUpShape,
  dateTime,
  type EventShape,
  type MessageShape,
  type ReadPositionShape,
  type TypingShape,
  type UserShape,
} from './shapes.ts'
import type { Sources } from './sources.ts'

const PROTOCOL_VERSION = '1.4'

export interface ResolverOptions extends Omit<ModerationResolverOptions, 'accounts' | 'standings'> {
  readonly accounts: Accounts
  readonly sessions: Sessions
  readonly devices: Devices
  readonly pairing: Pairing
  readonly presence: Presence
  readonly typing: Pick<Typing, 'admit' | 'tell'>
  readonly pages: Pages
  readonly reading: Reading
  readonly search: SearchPages
  readonly send: Send
  readonly revise: Revise
  readonly gate: Gate
  /** Everybody's role. */
  readonly standings: Pick<Standings, 'of' | 'now' | 'list'>
  /** Null: tokens of others are not taken. */
  readonly outside: Pick<OutsideTokens, 'holder'> | null
  readonly probe: Probe
  readonly cursors: CursorCodec
  /** `epoch` is read for each answer: the log may become another history. */
  readonly server: {
    readonly version: string
    readonly epoch: string
    readonly limits: Limits
    readonly registration: Registration
  }
  readonly sources: Sources
}

export function createExecutableSchema(options: ResolverOptions): GraphQLSchema {
  const source = readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8')
  return makeExecutable(source, createResolvers(options))
}

function createResolvers(options: ResolverOptions): Resolvers {
  const {
    accounts,
    sessions,
    presence,
    typing,
    pages,
    reading,
    search,
    send,
    revise,
    gate,
    standings,
    outside,
    limiter,
    probe,
    cursors,
    server,
    sources,
  } = options
  const ofModeration = createModerationResolvers(options)
  const ofDevices = createDeviceResolvers({ ...options, source: sources.sessions })

  async function lastSeenAt(id: string): Promise<string | null> {
    const account = await accounts.byId(id)
    return dateTime(account?.lastSeenAt ?? null)
  }

  /** Whoever may not be told is not told of, and whoever writes learns nothing of it. */
  async function mayTell(from: AccountRef, to: AccountRef | null): Promise<boolean> {
    try {
      await (to ? gate.private(from.id, to.id) : gate.public(from.id))
      return true
    } catch (error) {
      if (error instanceof Refusal && (error.code === 'MUTED' || error.code === 'RECIPIENT_UNAVAILABLE')) return false
      throw error
    }
  }

  return {
    DeviceSession: ofDevices.DeviceSession,
    Standing: ofModeration.Standing,
    Restriction: ofModeration.Restriction,
    AuditEntry: ofModeration.AuditEntry,
    Invitation: ofModeration.Invitation,
    Query: {
      ...ofDevices.Query,
      ...ofModeration.Query,
      me: (_, _args, { viewer }) => viewer?.account ?? null,
      messages: (_, args, context) => pages.messages(requireViewer(context).account.id, args),
      conversations: (_, args, context) => reading.conversations(requireViewer(context).account.id, args),
      search: (_, args, context) => search(requireViewer(context).account.id, args),
      message: (_, { id }, context) => pages.message(requireViewer(context).account.id, id),
      users: (_, args, context) => {
        requireViewer(context)
        return pages.users(args)
      },
      probe: async () => {
        const result = await probe.read()
        return { ...result, at: dateTime(result.at) }
      },
      server: () => ({ protocol: PROTOCOL_VERSION, ...server }),
    },
    Mutation: {
      ...ofDevices.Mutation,
      ...ofModeration.Mutation,
      enter: async (
        _,
        { username, password, device: label, invitation },
        { viewer, address, cookies, device: seeming },
      ) => {
        const device = parseDevice(label) ?? seeming
        const mine = viewer?.via === 'cookie' && usernameKey(username) === usernameKey(viewer.account.username)
        if (viewer?.via === 'cookie' && !mine) throw new Refusal('ALREADY_ENTERED')
        // The cookie is as good as the password; one that is given all the same is checked as ever.
        const entered =
          mine && password == null
            ? { ...(await sessions.create(viewer.account.id, device)), account: viewer.account }
            : await accounts.enter({
                username,
                password: password ?? null,
                invitation: invitation ?? null,
                device,
                address,
              })
        cookies?.set(entered.token, entered.expiresAt)
        return { token: entered.token, expiresAt: dateTime(entered.expiresAt), me: entered.account }
      },
      enterWithToken: async (_, { token, device: label }, { viewer, address, cookies, device: seeming }) => {
        if (viewer?.via === 'cookie') throw new Refusal('ALREADY_ENTERED')
        const device = parseDevice(label) ?? seeming
        if (!isLoopback(address)) await limiter.take('tokens', networkOf(address))
        if (!outside) throw new Refusal('TOKEN_INVALID', 'This server takes no tokens of others.')
        const entered = await accounts.open(await outside.holder(token), device)
        cookies?.set(entered.token, entered.expiresAt)
        return { token: entered.token, expiresAt: dateTime(entered.expiresAt), me: entered.account }
      },
      setPassword: async (_, { password, current }, context) => {
        const { account } = requireViewer(context)
        await accounts.setPassword({
          accountId: account.id,
          password,
          current: current ?? null,
          address: context.address,
        })
        return true
      },
      leave: async (_, { everywhere }, context) => {
        const { account, sessionId } = requireViewer(context)
        if (everywhere) await sessions.endAll(account.id)
        else await sessions.end(sessionId, account.id)
        context.cookies?.clear()
        return true
      },
      deleteAccount: async (_, { password }, context) => {
        const { account } = requireViewer(context)
        await accounts.deleteAccount({ accountId: account.id, password: password ?? null, address: context.address })
        presence.forget(account.id)
        context.cookies?.clear()
        return true
      },
      markRead: (_, args, context) => reading.markRead(requireViewer(context).account.id, args),
      sendMessage: (_, args, context, info: GraphQLResolveInfo) =>
        send(requireViewer(context).account, {
          ...args,
          operationId: context.operationId,
          path: context.operationId === null ? [] : responsePathAsArray(info.path),
        }),
      setTyping: async (_, { to }, context) => {
        const { account } = requireViewer(context)
        if (!typing.admit(account.id)) return false
        const recipient = to == null ? null : await accounts.byName(to)
        if (to != null && !recipient) throw new Refusal('UNKNOWN_RECIPIENT')
        if (await mayTell(account, recipient)) typing.tell(account, recipient)
        return true
      },
      editMessage: (_, { id, text }, context) => revise.edit(requireViewer(context).account, id, text),
      deleteMessage: (_, { id }, context) => revise.delete(requireViewer(context).account, id),
    },
    Subscription: {
      ...ofDevices.Subscription,
      onMessage: {
        subscribe: (_, { since }, context) => sources.messages(context, since ?? null),
        resolve: (message: MessageShape) => message,
      },
      onEvent: {
        subscribe: (_, { since }, context) => sources.events(context, since ?? null),
        resolve: (event: EventShape) => event,
      },
      onPresence: {
        subscribe: (_, _args, context) => sources.presence(context),
        resolve: (users: readonly UserShape[]) => users,
      },
      onReadPosition: {
        subscribe: (_, _args, context) => sources.readPositions(context),
        resolve: (positions: readonly ReadPositionShape[]) => positions,
      },
      onTyping: {
        subscribe: (_, _args, context) => sources.typing(context),
        resolve: (typists: readonly TypingShape[]) => typists,
      },
    } as Resolvers['Subscription'] & object,
    Event: { __resolveType: eventType },
    LogEvent: { __resolveType: eventType as () => ReturnType<typeof eventType> },
    MessageAdded: {
      cursor: event => cursorOf(event),
      message: messageShown,
    },
    MessageEdited: {
      cursor: event => cursorOf(event),
      message: messageShown,
    },
    MessageDeleted: {
      cursor: event => cursorOf(event),
      message: messageShown,
    },
    CaughtUp: {
      cursor: event => cursorOf(event),
      replayed: event => (event as CaughtUpShape).replayed,
    },
    Message: {
      id: message => message.messageId,
      cursor: message => cursors.encode(message.position),
      sentAt: message => dateTime(message.sentAt),
      editedAt: message => dateTime(message.editedAt),
      deletedAt: message => dateTime(message.deletedAt),
    },
    MessageRef: {
      id: ref => ref.messageId,
      cursor: ref => cursors.encode(ref.position),
    },
    Conversation: {
      with: ({ peer }) => peer,
      readUpTo: ({ readUpTo }) => (readUpTo === null ? null : cursors.encode(readUpTo)),
    },
    ReadPosition: {
      with: ({ peer }) => peer,
      cursor: ({ position }) => cursors.encode(position),
    },
    User: {
      role: async user => ((await standings.of(user.id)).isAdministrator ? 'ADMINISTRATOR' : 'USER'),
      online: user => presence.isOnline(user.id),
      lastSeenAt: user => {
        const at = presence.lastSeen(user.id)
        return at === undefined ? lastSeenAt(user.id) : dateTime(at)
      },
      deletedAt: async user => {
        const account = await accounts.byId(user.id)
        return dateTime(account?.deletedAt ?? null)
      },
    },
  }

  function cursorOf(event: EventShape): string {
    return event.kind === 'caught-up' ? event.cursor : cursors.encode(event.position)
  }
}

const EVENT_TYPES = {
  added: 'MessageAdded',
  edited: 'MessageEdited',
  deleted: 'MessageDeleted',
  'caught-up': 'CaughtUp',
} as const satisfies Record<EventShape['kind'], string>

function eventType(event: EventShape) {
  return EVENT_TYPES[event.kind]
}

function messageShown(event: EventShape): MessageShape {
  if (event.kind === 'caught-up') throw new Error('CaughtUp shows no message')
  return messageOf(event)
}
