// Invitations: secrets that let somebody new in where REGISTRATION is `invite`. The store has their SHA-256 only; each is
// good for so many names, for so many days, until it is revoked. (PROTOCOL.md: INVITE)
import { hash, randomBytes } from 'node:crypto'
import type { AccountRef } from '../domain/entry.ts'
import { Refusal } from '../domain/errors.ts'
import { DAY_MS } from '../domain/time.ts'
import type { RecordStore } from '../store/records.ts'
import type { AuditLog } from './audit-log.ts'

const TOKEN_BYTES = 16
const TOKEN = /^[\w-]{22}$/
/** Those that are over are shown for so long. */
const KEPT_MS = 30 * DAY_MS
/** In one list, and that may be there at a time. */
const INVITATIONS_MOST = 1_000
/** Of the digest, which is the key: enough to name one. */
const ID_LENGTH = 16
const ATTEMPTS = 50

export const INVITATION_LIMITS = { uses: 1_000, days: 365 } as const

export interface Invitation {
  /** Not a secret. */
  readonly id: string
  /** Who made it; null: the operator. */
  readonly by: AccountRef | null
  /** Milliseconds since 1970. */
  readonly createdAt: number
  readonly expiresAt: number
  /** How many names it is good for, and how many it was used for. */
  readonly uses: number
  readonly used: number
  readonly revokedAt: number | null
}

export interface NewInvitation extends Invitation {
  /** The secret, 22 characters of base64url: told now, and never again. */
  readonly token: string
}

export interface Invitations {
  /** @throws Refusal `BAD_USER_INPUT` for a number out of its range, or where there are too many */
  create(by: AccountRef | null, uses: number, days: number): Promise<NewInvitation>
  /** The newest first; also those that ended in the last 30 days. */
  list(): Promise<readonly Invitation[]>
  /** False: there is none of this id that could be used. */
  revoke(by: AccountRef | null, id: string): Promise<boolean>
  /** Whether it could be used now. */
  isGood(token: string): Promise<boolean>
  /**
   * Uses it once; of those who do so at the same time as many get in as it is good for.
   * @throws Refusal `INVITATION_INVALID`
   */
  use(token: string): Promise<void>
  /** Nobody got in after all. */
  giveBack(token: string): Promise<void>
}

type Kept = Omit<Invitation, 'id'>

export function createInvitations(store: RecordStore, audit: AuditLog, clock: () => number = Date.now): Invitations {
  const isGood = ({ expiresAt, uses, used, revokedAt }: Kept): boolean =>
    revokedAt === null && used < uses && expiresAt > clock()

  async function all(): Promise<(Invitation & { readonly key: string; readonly text: string })[]> {
    const rows = await store.records({ kind: 'invitation', limit: INVITATIONS_MOST })
    return rows.map(({ key, value }) => ({ ...(JSON.parse(value) as Kept), id: idOf(key), key, text: value }))
  }

  async function read(token: string): Promise<{ readonly key: string; readonly text: string; readonly kept: Kept }> {
    const key = TOKEN.test(token) ? digestOf(token) : null
    const text = key && (await store.record('invitation', key))
    if (!key || !text) throw new Refusal('INVITATION_INVALID')
    return { key, text, kept: JSON.parse(text) as Kept }
  }

  /** @param change null: it is to stay as it is */
  async function alter(token: string, change: (kept: Kept) => Kept | null): Promise<void> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const { key, text, kept } = await read(token)
      const after = change(kept)
      if (after === null) return
      const value = JSON.stringify(after)
      if (await store.writeRecords([{ kind: 'invitation', key, value, expect: text }])) return
    }
    throw new Refusal('STORAGE_UNAVAILABLE')
  }

  return {
    async create(by, uses, days) {
      inRange('uses', uses, INVITATION_LIMITS.uses)
      inRange('days', days, INVITATION_LIMITS.days)
      const now = clock()
      const known = await all()
      const over = known.filter(
        ({ expiresAt, revokedAt }) => Math.min(expiresAt, revokedAt ?? expiresAt) < now - KEPT_MS,
      )
      if (known.length - over.length >= INVITATIONS_MOST) {
        throw new Refusal('BAD_USER_INPUT', `There are ${INVITATIONS_MOST} invitations already: revoke some, or wait.`)
      }
      const token = randomBytes(TOKEN_BYTES).toString('base64url')
      const key = digestOf(token)
      const author = by && { id: by.id, username: by.username }
      const kept: Kept = { by: author, createdAt: now, expiresAt: now + days * DAY_MS, uses, used: 0, revokedAt: null }
      const id = idOf(key)
      await store.writeRecords([
        ...over.map(row => ({ kind: 'invitation' as const, key: row.key, value: null })),
        { kind: 'invitation', key, value: JSON.stringify(kept) },
        audit.entry({ by, action: 'CREATE_INVITATION', what: id, until: kept.expiresAt }),
      ])
      return { id, token, ...kept }
    },

    async list() {
      const rows = await all()
      return rows
        .map(({ key, text, ...invitation }) => invitation)
        .sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? -1 : 1))
    },

    async revoke(by, id) {
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const row = (await all()).find(each => each.id === id)
        if (!row || !isGood(row)) return false
        const { id: _, key, text, ...kept } = row
        const value = JSON.stringify({ ...kept, revokedAt: clock() })
        const written = await store.writeRecords([
          { kind: 'invitation', key, value, expect: text },
          audit.entry({ by, action: 'REVOKE_INVITATION', what: id }),
        ])
        if (written) return true
      }
      throw new Refusal('STORAGE_UNAVAILABLE')
    },

    async isGood(token) {
      const text = TOKEN.test(token) ? await store.record('invitation', digestOf(token)) : null
      return text !== null && isGood(JSON.parse(text) as Kept)
    },

    use: token =>
      alter(token, kept => {
        if (!isGood(kept)) throw new Refusal('INVITATION_INVALID')
        return { ...kept, used: kept.used + 1 }
      }),

    giveBack: token => alter(token, kept => (kept.used === 0 ? null : { ...kept, used: kept.used - 1 })),
  }
}

function digestOf(token: string): string {
  return hash('sha256', `invitation:${token}`, 'hex')
}

function idOf(key: string): string {
  return key.slice(0, ID_LENGTH)
}

function inRange(name: string, value: number, most: number): void {
  if (Number.isSafeInteger(value) && value >= 1 && value <= most) return
  throw new Refusal('BAD_USER_INPUT', `${name} is a whole number from 1 to ${most}, not ${value}.`)
}
