// Sessions by the hash of their token and by their id, and the durable sequence of what was revoked, which every node
// reads: a session that ended here ends everywhere although every notice of it was lost.
import type { RedisClient } from '../../redis/client.ts'
import type { Revocations, Store } from '../store.ts'
import { CREATE_SESSION, END_SESSION, END_SESSIONS, REVOCATIONS_KEPT_MS, REVOKED_SINCE } from './account-scripts.ts'
import { type AccountsOptions, readAccount } from './accounts.ts'
import { runScript } from './script.ts'

export type Sessions = Pick<
  Store,
  'createSession' | 'findSession' | 'renewSession' | 'endSession' | 'endSessions' | 'revokedSince'
>

/** Sessions that ended this long ago are dropped, not sooner: a clock that was set forward for a while ends none. */
const EXPIRED_KEPT_MS = 7 * 24 * 60 * 60 * 1000
/** Expired sessions dropped at each new one. */
const EXPIRED_DROPPED_AT_ONCE = 10
/** Entries of the sequence in one answer of Redis. */
const REVOCATIONS_AT_ONCE = 1_000

type Row = [id: string, accountId: string, createdAt: number]
type RevokedEntry = [id: string, fields: string[]]

export function createSessions({ reads, writes, keys }: AccountsOptions): Sessions {
  const tokenOf = (tokenHash: Uint8Array) => Buffer.from(tokenHash).toString('base64url')

  return {
    async createSession({ id, tokenHash, accountId, createdAt, expiresAt }) {
      const row: Row = [id, accountId, createdAt]
      const names = [keys.account(accountId), keys.sessions, keys.tokens, keys.expiry, keys.sessionsOf(accountId)]
      const before = createdAt - EXPIRED_KEPT_MS
      const args = [id, tokenOf(tokenHash), JSON.stringify(row), expiresAt, before, EXPIRED_DROPPED_AT_ONCE]
      await writes.run(client => runScript(client, CREATE_SESSION, names, args))
    },

    findSession: (tokenHash, now) =>
      reads.run(async client => {
        const row = await client.hget(keys.tokens, tokenOf(tokenHash))
        if (row === null) return null
        const [id, accountId, createdAt] = JSON.parse(row) as Row
        const [expiry, account] = await Promise.all([
          client.zscore(keys.expiry, id),
          readAccount(client, keys, accountId),
        ])
        const expiresAt = Number(expiry ?? Number.NaN)
        if (!(expiresAt >= now) || account?.deletedAt !== null) return null
        return { session: { id, tokenHash, accountId, createdAt, expiresAt }, account }
      }),

    async renewSession(id, expiresAt) {
      await writes.run(client => client.zadd(keys.expiry, 'XX', expiresAt, id))
    },

    async endSession(id) {
      const names = [keys.sessions, keys.tokens, keys.expiry, keys.revoked]
      await writes.run(client => runScript(client, END_SESSION, names, [id, keys.all]), 'frees memory')
    },

    async endSessions(accountId) {
      const names = [keys.sessions, keys.tokens, keys.expiry, keys.sessionsOf(accountId), keys.revoked]
      const end = (client: RedisClient) => runScript(client, END_SESSIONS, names, [keys.all])
      return (await writes.run(end, 'frees memory')) as string[]
    },

    async revokedSince(mark) {
      const sessionIds: string[] = []
      const accountIds: string[] = []
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
            const ids = fields[n] === 'a' ? accountIds : sessionIds
            ids.push(fields[n + 1] as string)
          }
        }
        const isWhole = entries.length < REVOCATIONS_AT_ONCE
        markEpoch = epoch
        markId = isWhole ? last : (entries.at(-1)?.[0] ?? last)
        markTime = now
        if (isWhole)
          return { mark: `${epoch}:${markId}:${now}`, sessionIds, accountIds, complete } satisfies Revocations
      }
    },
  }
}

/** Epoch of the history, id in its stream, and when Redis gave it, in milliseconds. */
function parseMark(mark: string | null): [epoch: string, id: string, time: number] {
  const [, epoch = '', id = '', time = '0'] = /^([0-9a-z]{8}):(\d+-\d+):(\d+)$/.exec(mark ?? '') ?? []
  if (mark !== null && id === '') throw new TypeError(`That is no mark of revocations: ${JSON.stringify(mark)}.`)
  return [epoch, id, Number(time)]
}
