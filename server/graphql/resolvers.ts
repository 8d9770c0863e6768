// schema.graphql's fields, each as thin as it can be: the work is in send, pages, accounts and the log. What a message's
// fields say never depends on who looks, so that the fan-out may execute once for many.
import { readFileSync } from 'node:fs'
import { makeExecutableSchema } from '@graphql-tools/schema'
import { type GraphQLResolveInfo, type GraphQLSchema, responsePathAsArray } from 'graphql'
import type { Accounts } from '../accounts/accounts.ts'
import type { Sessions } from '../accounts/sessions.ts'
import type { Probe } from '../challenge/probe.ts'
import type { CursorCodec } from '../domain/cursor.ts'
import { Refusal } from '../domain/errors.ts'
import { usernameKey } from '../domain/username.ts'
import type { Presence } from '../feed/presence.ts'
import { type Context, requireViewer } from './context.ts'
import type { Limits, Resolvers } from './generated/resolvers.ts'
import type { Pages } from './pages.ts'
import type { Send } from './send.ts'
import type { CaughtUpShape, EventShape, MessageShape, UserShape } from './shapes.ts'

export const PROTOCOL_VERSION = '1.1'

export interface ResolverOptions {
  readonly accounts: Accounts
  readonly sessions: Sessions
  readonly presence: Presence
  readonly pages: Pages
  readonly send: Send
  readonly probe: Probe
  readonly cursors: CursorCodec
  /** `epoch` is read for each answer: the log may become another history. */
  readonly server: { readonly version: string; readonly epoch: string; readonly limits: Limits }
  /** Sources of the subscriptions that are not shared: `since` is as the client gave it. */
  readonly sources: {
    messages(context: Context, since: string | null): Promise<AsyncIterable<MessageShape>>
    events(context: Context, since: string | null): Promise<AsyncIterable<EventShape>>
    presence(context: Context): Promise<AsyncIterable<readonly UserShape[]>>
  }
}

export function createExecutableSchema(options: ResolverOptions): GraphQLSchema {
  const typeDefs = readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8')
  return makeExecutableSchema({ typeDefs, resolvers: createResolvers(options) })
}

function createResolvers(options: ResolverOptions): Resolvers {
  const { accounts, sessions, presence, pages, send, probe, cursors, server, sources } = options

  async function lastSeenAt(id: string): Promise<string | null> {
    const account = await accounts.byId(id)
    return account?.lastSeenAt == null ? null : dateTime(account.lastSeenAt)
  }

  return {
    Query: {
      me: (_, _args, { viewer }) => viewer?.account ?? null,
      messages: (_, args, context) => pages.messages(requireViewer(context).account.id, args),
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
      enter: async (_, { username, password }, { viewer, address, cookies }) => {
        const mine = viewer?.via === 'cookie' && usernameKey(username) === usernameKey(viewer.account.username)
        if (viewer?.via === 'cookie' && !mine) throw new Refusal('ALREADY_ENTERED')
        // The cookie is as good as the password; one that is given all the same is checked as ever.
        const entered =
          mine && password == null
            ? { ...(await sessions.create(viewer.account.id)), account: viewer.account }
            : await accounts.enter({ username, password: password ?? null, address })
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
      sendMessage: (_, args, context, info: GraphQLResolveInfo) =>
        send(requireViewer(context).account, {
          ...args,
          operationId: context.operationId,
          path: context.operationId === null ? [] : responsePathAsArray(info.path),
        }),
    },
    Subscription: {
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
    } as Resolvers['Subscription'] & object,
    Event: { __resolveType: eventType },
    LogEvent: { __resolveType: eventType as () => 'MessageAdded' | 'CaughtUp' },
    MessageAdded: {
      cursor: event => cursorOf(event),
      message: event => event as MessageShape,
    },
    CaughtUp: {
      cursor: event => cursorOf(event),
      replayed: event => (event as CaughtUpShape).replayed,
    },
    Message: {
      id: message => message.messageId,
      cursor: message => cursors.encode(message.position),
      sentAt: message => dateTime(message.sentAt),
      // No operation of this version edits or deletes; the log has no such entries.
      editedAt: () => null,
      deletedAt: () => null,
    },
    User: {
      online: user => presence.isOnline(user.id),
      lastSeenAt: user => {
        const at = presence.lastSeen(user.id)
        return at === undefined ? lastSeenAt(user.id) : at === null ? null : dateTime(at)
      },
      deletedAt: async user => {
        const account = await accounts.byId(user.id)
        return account?.deletedAt == null ? null : dateTime(account.deletedAt)
      },
    },
  }

  function cursorOf(event: EventShape): string {
    return event.kind === 'caught-up' ? event.cursor : cursors.encode(event.position)
  }
}

function eventType(event: EventShape): 'MessageAdded' | 'CaughtUp' {
  return event.kind === 'caught-up' ? 'CaughtUp' : 'MessageAdded'
}

function dateTime(at: number): string {
  return new Date(at).toISOString()
}
