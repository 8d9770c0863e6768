// Sessions by the hash of their token and by their id, and the durable sequence of what was revoked, which every node
// reads: a session that ended here ends everywhere although every notice of it was lost.
import type { RedisClient } from '../../redis/client.ts'
import { newestFirst } from '../newest-first.ts'
import { EXPIRED_DROPPED_AT_ONCE, EXPIRED_KEPT_MS, type Revocations, type SessionEntry, type Store } from '../store.ts'
import {
  CREATE_SESSION,
  END_SESSION,
  END_SESSIONS,
  RENEW_SESSION,
  REVOCATIONS_KEPT_MS,
  REVOKED_SINCE,
} from './account-scripts.ts'
import { type AccountsOptions, readAccount } from './accounts.ts'
import { runScript } from './script.ts'

export type Sessions = Pick<
  Store,
  'createSession' | 'findSession' | 'renewSession' | 'sessions' | 'endSession' | 'endSessions' | 'revokedSince'
>

/** Entries of the sequence in one answer of Redis. */
const REVOCATIONS_AT_ONCE = 1_000

/** The last two are missing in rows of before they were kept. */
type Row = [id: string, accountId: string, createdAt: number, device?: string, lastUsedAt?: number]
type RevokedEntry = [id: string, fields: string[]]

export function createSessions({ reads, writes, keys }: AccountsOptions): Sessions {
  const tokenOf = (tokenHash: Uint8Array) => Buffer.from(tokenHash).toString('base64url')

  return {
    async createSession(session, { most = 0, by = '' } = {}) {
      const { id, tokenHash, accountId, createdAt, expiresAt } = session
      const { account, sessionsOf, sessions, tokens, expiry, revoked } = keys
      const names = [account(accountId), sessions, tokens, expiry, sessionsOf(accountId), revoked]
      const before = createdAt - EXPIRED_KEPT_MS
      const row = sessionRowOf(session)
      const own = [id, tokenOf(tokenHash), row, expiresAt, before, EXPIRED_DROPPED_AT_ONCE]
      const args = [...own, accountId, most, keys.all, by]
      return (await writes.run(client => runScript(client, CREATE_SESSION, names, args))) as string[] | null
    },

    findSession: (tokenHash, now) =>
      reads.run(async client => {
        const row = await client.hget(keys.tokens, tokenOf(tokenHash))
        if (row === null) return null
        const entry = parseSessionRow(row)
        const { id, accountId } = entry
        const [expiry, account] = await Promise.all([
          client.zscore(keys.expiry, id),
          readAccount(client, keys, accountId),
        ])
        const expiresAt = Number(expiry ?? Number.NaN)
        if (!(expiresAt >= now) || account?.deletedAt !== null) return null
        return { session: { ...entry, tokenHash, expiresAt }, account }
      }),

    async renewSession(id, expiresAt, lastUsedAt) {
      const names = [keys.sessions, keys.tokens, keys.expiry]
      await writes.run(client => runScript(client, RENEW_SESSION, names, [id, expiresAt, lastUsedAt]))
    },

    sessions: (accountId, now) =>
      reads.run(async client => {
        const ids = await client.smembers(keys.sessionsOf(accountId))
        if (ids.length === 0) return []
        const tokens = (await client.hmget(keys.sessions, ...ids)).filter(token => token !== null)
        if (tokens.length === 0) return []
        const rows = (await client.hmget(keys.tokens, ...tokens)).filter(row => row !== null).map(parseSessionRow)
        if (rows.length === 0) return []
        const expiries = await client.zmscore(keys.expiry, ...rows.map(({ id }) => id))
        return rows
          .map((row, n): SessionEntry => ({ ...row, expiresAt: Number(expiries[n] ?? Number.NaN) }))
          .filter(({ expiresAt }) => expiresAt >= now)
          .sort(newestFirst)
      }),

    async endSession(id, accountId) {
      const names = [keys.sessions, keys.tokens, keys.expiry, keys.revoked]
      const args = [id, keys.all, accountId]
      return (await writes.run(client => runScript(client, END_SESSION, names, args), 'frees memory')) === 1
    },

    async endSessions(accountId) {
      const names = [keys.sessions, keys.tokens, keys.expiry, keys.sessionsOf(accountId), keys.revoked]
      const end = (client: RedisClient) => runScript(client, END_SESSIONS, names, [keys.all, accountId])
      return (await writes.run(end, 'frees memory')) as string[]
    },

    async revokedSince(mark) {
      const sessionIds: string[] = []
      const accountIds: string[] = []
      const changedIds = new Set<string>()
      let complete = true
      let [markEpoch, markId, markTime] = parseMark(mark)
      for (;;) {
        const names = [keys.meta, keys.revoked]
        const args = [markEpoch, markId, REVOCATIONS_AT_ONCE]
        const answer = await reads.run(client => runScript(client, REVOKED_SINCE, names, args))
        const [epoch, now, last, entries] = answer as [string, number, string, RevokedEntry[]]
        // Whatever came after the mark was made is younger than it, and only what is older than this is trimmed.
        if (mark !== null && markTime < now - REVOCATIONS_KEPT_MS) complete = false
        for (const [, fields] of entries) {
          for (let n = 0; n < fields.length; n += 2) {
            const id = fields[n + 1] as string
            if (fields[n] === 'a') accountIds.push(id)
            else if (fields[n] === 'd') changedIds.add(id)
            else sessionIds.push(id)
          }
        }
        const isWhole = entries.length < REVOCATIONS_AT_ONCE
        markEpoch = epoch
        markId = isWhole ? last : (entries.at(-1)?.[0] ?? last)
        markTime = now
        if (!isWhole) continue
        const answered: Revocations = {
          mark: `${epoch}:${markId}:${now}`,
          sessionIds,
          accountIds,
          changedIds: [...changedIds],
          complete,
        }
        return answered
      }
    },
  }
}

/** What `tokens` has of a session. */
export function sessionRowOf({
  id,
  accountId,
  createdAt,
  device,
  lastUsedAt,
}: Omit<SessionEntry, 'expiresAt'>): string {
  return JSON.stringify([id, accountId, createdAt, device, lastUsedAt] satisfies Row)
}

export function parseSessionRow(json: string): Omit<SessionEntry, 'expiresAt'> {
  const [id, accountId, createdAt, device = '?', lastUsedAt = createdAt] = JSON.parse(json) as Row
  return { id, accountId, device, createdAt, lastUsedAt }
}

/** Epoch of the history, id in its stream, and when Redis gave it, in milliseconds. */
function parseMark(mark: string | null): [epoch: string, id: string, time: number] {
  const [, epoch = '', id = '', time = '0'] = /^([0-9a-z]{8}):(\d+-\d+):(\d+)$/.exec(mark ?? '') ?? []
  if (mark !== null && id === '') throw new TypeError(`That is no mark of revocations: ${JSON.stringify(mark)}.`)
  return [epoch, id, Number(time)]
}
