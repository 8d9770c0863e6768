// What whoever runs the server may do on its own machine, without being anybody on the network: named calls with plain
// arguments, checked here, plain answers. Served over a local socket by a server that runs (operator-socket.ts), or called
// by the command on a store that no server holds. Every act is in the audit log, by nobody: the operator.
import { randomInt } from 'node:crypto'
import type { Accounts } from '../accounts/accounts.ts'
import { parseDevice } from '../accounts/device-label.ts'
import type { Sessions } from '../accounts/sessions.ts'
import { type AccountRef, messageOf, ORIGIN } from '../domain/entry.ts'
import { Refusal } from '../domain/errors.ts'
import { DAY_MS } from '../domain/time.ts'
import type { AuditLog } from '../moderation/audit-log.ts'
import type { Blocks } from '../moderation/blocks.ts'
import type { Invitations } from '../moderation/invitations.ts'
import type { Moderation, Sentence } from '../moderation/moderation.ts'
import type { Standings } from '../moderation/standing.ts'
import { type Account, NAMED_TOKENS, type SessionEntry, type Store } from '../store/store.ts'

export interface OperatorParts {
  readonly store: Pick<
    Store,
    'accounts' | 'accountById' | 'sessions' | 'page' | 'readPositions' | 'record' | 'records' | 'writeRecords' | 'epoch'
  >
  readonly accounts: Pick<Accounts, 'byName' | 'claimNamed' | 'resetPassword'>
  readonly sessions: Pick<Sessions, 'createNamed' | 'end' | 'endAll'>
  readonly standings: Pick<Standings, 'now'>
  readonly moderation: Moderation
  readonly invitations: Invitations
  readonly blocks: Pick<Blocks, 'list'>
  readonly audit: AuditLog
  /** Milliseconds since 1970. Default `Date.now`. */
  readonly clock?: () => number
}

/** Arguments as they come, from a socket or a command line. */
export type OperatorArguments = Readonly<Record<string, unknown>>

export interface Operator {
  /**
   * @throws Refusal: `UNKNOWN_RECIPIENT` (no such account), `BAD_USER_INPUT` (an unknown call, or an argument that is none),
   *   or what the act itself is refused with
   */
  call(name: string, args: OperatorArguments): Promise<unknown>
}

/** Of an account, in lists. Times are milliseconds since 1970. */
export interface AccountSummary {
  readonly id: string
  readonly username: string
  readonly createdAt: number
  readonly lastSeenAt: number | null
  readonly hasPassword: boolean
  readonly isAdministrator: boolean
  readonly muted: { readonly until: number | null; readonly reason: string } | null
  readonly banned: { readonly until: number | null; readonly reason: string } | null
}

/** Without what is taken for something else. */
const PASSWORD_ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789'
const PASSWORD_GROUPS = 4
const GROUP = 5
/** Rows of one answer. */
export const PAGE_MOST = 500

export function createOperator(parts: OperatorParts): Operator {
  const { store, accounts, sessions, standings, moderation, invitations, blocks, audit, clock = Date.now } = parts

  async function named(args: OperatorArguments): Promise<AccountRef> {
    const found = await accounts.byName(text(args, 'username'))
    if (!found) throw new Refusal('UNKNOWN_RECIPIENT')
    return found
  }

  async function summary(account: Account): Promise<AccountSummary> {
    const { id, username, createdAt, lastSeenAt, passwordHash } = account
    return { id, username, createdAt, lastSeenAt, hasPassword: passwordHash !== null, ...(await standings.now(id)) }
  }

  async function sessionsOf(accountId: string): Promise<(SessionEntry & { readonly isToken: boolean })[]> {
    const found = await store.sessions(accountId, clock())
    return found.map(session => ({ ...session, isToken: session.id.startsWith(NAMED_TOKENS) }))
  }

  function sentence(args: OperatorArguments): Sentence {
    const days = number(args, 'days', null)
    return { until: days === null ? null : clock() + days * DAY_MS, reason: text(args, 'reason', '') }
  }

  const calls: Readonly<Record<string, (args: OperatorArguments) => Promise<unknown>>> = {
    ping: async () => true,
    async accounts(args) {
      const after = text(args, 'after', '')
      const found = await store.accounts(after === '' ? null : after, page(args))
      return { accounts: await Promise.all(found.map(summary)), next: found.at(-1)?.key ?? null }
    },
    async account(args) {
      const { id } = await named(args)
      const account = await store.accountById(id)
      if (!account) throw new Refusal('UNKNOWN_RECIPIENT')
      return summary(account)
    },

    grant: async args => moderation.grant(null, await named(args), text(args, 'reason', '')),
    revoke: async args => moderation.revoke(null, await named(args), text(args, 'reason', '')),
    mute: async args => moderation.mute(null, await named(args), sentence(args)),
    unmute: async args => moderation.unmute(null, await named(args), text(args, 'reason', '')),
    ban: async args => moderation.ban(null, await named(args), sentence(args)),
    unban: async args => moderation.unban(null, await named(args), text(args, 'reason', '')),

    async password(args) {
      const whom = await named(args)
      const given = text(args, 'password', '')
      const password = given === '' ? randomPassword() : given
      await accounts.resetPassword(whom.id, password)
      await audit.add({ by: null, action: 'RESET_PASSWORD', whom, reason: text(args, 'reason', '') })
      // Whoever had the old one is out.
      await sessions.endAll(whom.id)
      return { password }
    },
    sessions: async args => sessionsOf((await named(args)).id),
    async endSession(args) {
      const whom = await named(args)
      const id = text(args, 'id')
      const isEnded = await sessions.end(id, whom.id)
      if (isEnded) await audit.add({ by: null, action: 'END_SESSIONS', whom, what: id })
      return isEnded
    },
    async endSessions(args) {
      const whom = await named(args)
      const { length } = await sessionsOf(whom.id)
      await audit.add({ by: null, action: 'END_SESSIONS', whom, reason: text(args, 'reason', '') })
      await sessions.endAll(whom.id)
      return length
    },

    async createToken(args) {
      const name = parseDevice(text(args, 'name'))
      const days = number(args, 'days', null)
      if (name === null) throw new Refusal('BAD_USER_INPUT', 'A token has a name.')
      const known = await accounts.byName(text(args, 'username'))
      if (known && (await sessionsOf(known.id)).some(({ isToken, device }) => isToken && device === name)) {
        throw new Refusal('BAD_USER_INPUT', 'That account has a token of this name already.')
      }
      const whom = known ?? (await accounts.claimNamed(text(args, 'username')))
      await audit.add({ by: null, action: 'CREATE_TOKEN', whom, what: name })
      const { token, sessionId, expiresAt } = await sessions.createNamed(whom.id, name, days)
      return { token, id: sessionId, username: whom.username, isNew: known === null, expiresAt }
    },
    async tokens(args) {
      return (await sessionsOf((await named(args)).id)).filter(({ isToken }) => isToken)
    },
    async revokeToken(args) {
      const whom = await named(args)
      const name = text(args, 'name')
      const token = (await sessionsOf(whom.id)).find(each => each.isToken && (each.device === name || each.id === name))
      if (!token || !(await sessions.end(token.id, whom.id))) return false
      await audit.add({ by: null, action: 'REVOKE_TOKEN', whom, what: token.device })
      return true
    },

    invite: args => invitations.create(null, number(args, 'uses', 1) ?? 1, number(args, 'days', 7) ?? 7),
    invitations: () => invitations.list(),
    revokeInvitation: args => invitations.revoke(null, text(args, 'id')),

    async log(args) {
      const before = text(args, 'before', '')
      return audit.page(before === '' ? null : before, page(args))
    },

    async person(args) {
      const { id } = await named(args)
      const account = await store.accountById(id)
      if (!account) throw new Refusal('UNKNOWN_RECIPIENT')
      const whom = { id, username: account.username }
      await audit.add({ by: null, action: 'EXPORT', whom, reason: text(args, 'reason', '') })
      const [list, positions, blocked, bound] = await Promise.all([
        sessionsOf(id),
        store.readPositions(id),
        blocks.list(id),
        store.records({ kind: 'bound', prefix: `${id}:`, limit: 100 }),
      ])
      return {
        account: await summary(account),
        sessions: list.map(({ accountId, ...session }) => session),
        readPositions: positions,
        blocked: await Promise.all(
          blocked.map(async other => ({ id: other, username: (await store.accountById(other))?.username ?? null })),
        ),
        outsideIdentities: bound.map(({ value }) => JSON.parse(value) as unknown),
      }
    },
    /** What the person wrote or was written privately, in the order of the log, from a position on. */
    async messages(args) {
      const { id } = await named(args)
      const after = number(args, 'after', ORIGIN) ?? ORIGIN
      const found = await store.page({ viewer: id, after, scope: 'ALL', limit: PAGE_MOST })
      const messages = found.entries.map(messageOf).filter(({ from, to }) => to !== null || from.id === id)
      return { messages, next: found.hasNext ? (found.entries.at(-1)?.position ?? null) : null }
    },
  }

  return {
    async call(name, args) {
      const found = Object.hasOwn(calls, name) ? calls[name] : undefined
      if (!found) throw new Refusal('BAD_USER_INPUT', `There is no call ${JSON.stringify(name.slice(0, 40))}.`)
      return found(args)
    },
  }
}

function randomPassword(): string {
  const letter = () => PASSWORD_ALPHABET[randomInt(PASSWORD_ALPHABET.length)]
  const group = () => Array.from({ length: GROUP }, letter).join('')
  return Array.from({ length: PASSWORD_GROUPS }, group).join('-')
}

/** @throws Refusal `BAD_USER_INPUT` unless it is there, or may be left out */
function text(args: OperatorArguments, name: string, standard?: string): string {
  const value = args[name] ?? standard
  if (typeof value === 'string' && (value !== '' || standard !== undefined)) return value
  throw new Refusal('BAD_USER_INPUT', `${name} is missing, or no text.`)
}

/** @throws Refusal `BAD_USER_INPUT` */
function number(args: OperatorArguments, name: string, standard: number | null): number | null {
  const value = args[name] ?? standard
  if (value === null || (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0)) return value
  throw new Refusal('BAD_USER_INPUT', `${name} is no whole number.`)
}

function page(args: OperatorArguments): number {
  return Math.min(number(args, 'limit', PAGE_MOST) ?? PAGE_MOST, PAGE_MOST)
}
