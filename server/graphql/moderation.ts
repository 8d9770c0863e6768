// The fields of administrators, and those by which anybody blocks somebody: who asks is the token's to say, and whether it is
// an administrator is asked of the store each time. (PROTOCOL.md: ADMIN, MUTE, BAN, BLOCK, INVITE)
import type { Accounts } from '../accounts/accounts.ts'
import type { Limiter } from '../accounts/limiter.ts'
import type { AccountRef } from '../domain/entry.ts'
import { Refusal } from '../domain/errors.ts'
import type { AuditLog } from '../moderation/audit-log.ts'
import type { Blocks } from '../moderation/blocks.ts'
import type { Invitations } from '../moderation/invitations.ts'
import type { Moderation, Sentence } from '../moderation/moderation.ts'
import type { Standing, Standings } from '../moderation/standing.ts'
import { checkLimit } from './arguments.ts'
import { type Context, requireViewer } from './context.ts'
import type {
  AuditEntryResolvers,
  InvitationResolvers,
  MutationResolvers,
  QueryResolvers,
  RestrictionResolvers,
  StandingResolvers,
} from './generated/resolvers.ts'
import type { Inspection } from './inspection.ts'
import { dateTime, type StandingShape, type UserShape } from './shapes.ts'

export interface ModerationResolverOptions {
  readonly accounts: Pick<Accounts, 'byName' | 'byId'>
  readonly limiter: Pick<Limiter, 'take'>
  readonly moderation: Moderation
  readonly standings: Pick<Standings, 'now' | 'list'>
  readonly blocks: Blocks
  readonly invitations: Invitations
  readonly audit: Pick<AuditLog, 'page'>
  /** What this server is doing. */
  inspect(): Promise<Inspection>
  /** The largest page; 0: no limit. */
  readonly pageLimit: number
  /** True once the server is about to stop. */
  isDraining(): boolean
  readonly clock?: () => number
}

export interface ModerationResolvers {
  readonly Query: Pick<
    QueryResolvers,
    'blocked' | 'standing' | 'restricted' | 'invitations' | 'auditLog' | 'inspection'
  >
  readonly Mutation: Pick<
    MutationResolvers,
    | 'block'
    | 'unblock'
    | 'mute'
    | 'unmute'
    | 'ban'
    | 'unban'
    | 'removeMessage'
    | 'createInvitation'
    | 'revokeInvitation'
  >
  readonly Standing: StandingResolvers
  readonly Restriction: RestrictionResolvers
  readonly AuditEntry: AuditEntryResolvers
  readonly Invitation: InvitationResolvers
}

const RESTRICTED_MOST = 1_000
/** Standings read at once. */
const AT_ONCE = 200
const AUDIT_PAGE = 50
const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/

interface SentenceArguments {
  readonly until?: string | null | undefined
  readonly forMs?: number | null | undefined
  readonly reason?: string | null | undefined
}

export function createModerationResolvers(options: ModerationResolverOptions): ModerationResolvers {
  const { accounts, limiter, moderation, standings, blocks, invitations, audit, pageLimit, isDraining } = options
  const { clock = Date.now } = options

  /** Before anything else is looked at. */
  async function administrator(context: Context): Promise<AccountRef> {
    const { account } = requireViewer(context)
    await moderation.requireAdministrator(account)
    return account
  }

  async function acting(context: Context): Promise<AccountRef> {
    const account = await administrator(context)
    await limiter.take('acts', account.id)
    return account
  }

  async function named(username: string): Promise<AccountRef> {
    const account = await accounts.byName(username)
    if (!account) throw new Refusal('UNKNOWN_RECIPIENT')
    return account
  }

  async function standingOf(user: AccountRef): Promise<StandingShape> {
    return { user, ...(await standings.now(user.id)) }
  }

  function sentenceOf({ until, forMs, reason }: SentenceArguments): Sentence {
    if (until != null && forMs != null) throw new Refusal('BAD_USER_INPUT', 'Give `until` or `forMs`, not both.')
    if (forMs != null) return { until: clock() + forMs, reason: reason ?? '' }
    return { until: until == null ? null : parseDateTime(until), reason: reason ?? '' }
  }

  type Act = (by: AccountRef, whom: AccountRef) => Promise<boolean>
  async function act(context: Context, username: string, carryOut: Act): Promise<StandingShape> {
    const by = await acting(context)
    const whom = await named(username)
    await carryOut(by, whom)
    return standingOf(whom)
  }

  async function restricted(): Promise<StandingShape[]> {
    const found: StandingShape[] = []
    for (let after: string | null = null; found.length < RESTRICTED_MOST; ) {
      const rows: readonly (Standing & { readonly accountId: string })[] = await standings.list(after, AT_ONCE)
      for (const { accountId, ...standing } of rows) {
        if (!standing.muted && !standing.banned) continue
        const user = await accounts.byId(accountId)
        if (user && user.deletedAt === null) found.push({ user, ...standing })
      }
      after = rows.at(-1)?.accountId ?? null
      if (rows.length < AT_ONCE) break
    }
    return found.slice(0, RESTRICTED_MOST)
  }

  return {
    Query: {
      blocked: async (_, _args, context) => {
        const ids = await blocks.list(requireViewer(context).account.id)
        const users = await Promise.all(ids.map(id => accounts.byId(id)))
        return users.filter(user => user !== null && user.deletedAt === null) as UserShape[]
      },
      standing: async (_, { username }, context) => {
        await administrator(context)
        return standingOf(await named(username))
      },
      restricted: async (_, _args, context) => {
        await administrator(context)
        return restricted()
      },
      inspection: async (_, _args, context) => {
        await administrator(context)
        return options.inspect()
      },
      invitations: async (_, _args, context) => {
        await administrator(context)
        return [...(await invitations.list())]
      },
      auditLog: async (_, { before, limit }, context) => {
        await administrator(context)
        return [...(await audit.page(before ?? null, checkLimit(limit ?? AUDIT_PAGE, pageLimit)))]
      },
    },
    Mutation: {
      block: async (_, { username }, context) => {
        const { account } = requireViewer(context)
        await limiter.take('blocks', account.id)
        const whom = await named(username)
        if (whom.id === account.id) throw new Refusal('BAD_USER_INPUT', 'Nobody blocks themselves.')
        await blocks.block(account.id, whom.id)
        return whom
      },
      unblock: async (_, { username }, context) => {
        const { account } = requireViewer(context)
        await limiter.take('blocks', account.id)
        return blocks.unblock(account.id, (await named(username)).id)
      },
      mute: (_, { username, ...args }, context) =>
        act(context, username, (by, whom) => moderation.mute(by, whom, sentenceOf(args))),
      unmute: (_, { username, reason }, context) =>
        act(context, username, (by, whom) => moderation.unmute(by, whom, reason ?? '')),
      ban: (_, { username, ...args }, context) =>
        act(context, username, (by, whom) => moderation.ban(by, whom, sentenceOf(args))),
      unban: (_, { username, reason }, context) =>
        act(context, username, (by, whom) => moderation.unban(by, whom, reason ?? '')),
      removeMessage: async (_, { id, reason }, context) => {
        const by = await acting(context)
        if (isDraining()) throw new Refusal('DRAINING')
        return moderation.removeMessage(by, id, reason ?? '')
      },
      createInvitation: async (_, { uses, days }, context) => {
        const by = await acting(context)
        const { token, ...invitation } = await invitations.create(by, uses ?? 1, days ?? 7)
        return { token, invitation }
      },
      revokeInvitation: async (_, { id }, context) => invitations.revoke(await acting(context), id),
    },
    Standing: {
      user: ({ user }) => user,
    },
    Restriction: {
      until: ({ until }) => dateTime(until),
      reason: ({ reason }) => reason || null,
    },
    AuditEntry: {
      at: ({ at }) => new Date(at).toISOString(),
      reason: ({ reason }) => reason || null,
      until: ({ until }) => dateTime(until),
    },
    Invitation: {
      createdAt: ({ createdAt }) => new Date(createdAt).toISOString(),
      expiresAt: ({ expiresAt }) => new Date(expiresAt).toISOString(),
      revokedAt: ({ revokedAt }) => dateTime(revokedAt),
    },
  }
}

/** @throws Refusal `BAD_USER_INPUT` */
function parseDateTime(text: string): number {
  const at = DATE_TIME.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(at)) throw new Refusal('BAD_USER_INPUT', 'A time is RFC 3339 text, such as 2030-01-31T12:00:00Z.')
  return at
}
