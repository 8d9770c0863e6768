// What administrators may do: checked, written with its entry in the audit log, and carried out. `by` is null for the
// operator, whom nobody on the network can be. (PROTOCOL.md: ADMIN, MUTE, BAN)

import type { AccountRef, MessageEntry } from '../domain/entry.ts'
import { Refusal } from '../domain/errors.ts'
import { hasVisible } from '../domain/text.ts'
import { LAST_DAY } from '../domain/time.ts'
import type { Store } from '../store/store.ts'
import type { AuditLog } from './audit-log.ts'
import type { Restriction, Standing, Standings } from './standing.ts'

/** Of a reason, in UTF-16 units. */
const REASON_LIMIT = 500

export interface Sentence {
  /** Milliseconds since 1970; null: no end. */
  readonly until: number | null
  readonly reason: string
}

export interface Moderation {
  /** The account's role as the store has it. @throws Refusal `NOT_ADMINISTRATOR` */
  requireAdministrator(account: AccountRef): Promise<void>
  /** Each of these: false where it was so already. @throws Refusal `BAD_USER_INPUT` */
  grant(by: AccountRef | null, whom: AccountRef, reason: string): Promise<boolean>
  revoke(by: AccountRef | null, whom: AccountRef, reason: string): Promise<boolean>
  mute(by: AccountRef | null, whom: AccountRef, sentence: Sentence): Promise<boolean>
  unmute(by: AccountRef | null, whom: AccountRef, reason: string): Promise<boolean>
  /** Ends its sessions on every node, too, before it resolves here. */
  ban(by: AccountRef | null, whom: AccountRef, sentence: Sentence): Promise<boolean>
  unban(by: AccountRef | null, whom: AccountRef, reason: string): Promise<boolean>
  /**
   * Removes a public message for everybody.
   * @throws Refusal `UNKNOWN_MESSAGE` for one that the administrator may not see, `NOT_AUTHOR` for a private one of somebody
   *   else, `STORAGE_UNAVAILABLE`
   */
  removeMessage(by: AccountRef, messageId: string, reason: string): Promise<MessageEntry>
}

export interface ModerationOptions {
  readonly standings: Standings
  readonly audit: AuditLog
  readonly sessions: { endAll(accountId: string): Promise<void> }
  readonly store: Pick<Store, 'message' | 'revise'>
  /** Milliseconds since 1970. Default `Date.now`. */
  readonly clock?: () => number
}

export function createModeration(options: ModerationOptions): Moderation {
  const { standings, audit, sessions, store, clock = Date.now } = options

  /** Administrators are out of each other's reach: the operator takes the role away first. */
  function refuseAdministrators(standing: Standing): void {
    if (!standing.isAdministrator) return
    throw new Refusal('BAD_USER_INPUT', 'That is an administrator: the operator has to take the role away first.')
  }

  function restriction({ until, reason }: Sentence): Restriction {
    if (until !== null && !(until > clock() && until <= LAST_DAY)) {
      throw new Refusal('BAD_USER_INPUT', 'The end of it is in the future.')
    }
    return { until, reason: checkReason(reason) }
  }

  return {
    async requireAdministrator({ id }) {
      if (!(await standings.now(id)).isAdministrator) throw new Refusal('NOT_ADMINISTRATOR')
    },

    grant: (by, whom, reason) =>
      standings.change(whom.id, standing => ({ ...standing, isAdministrator: true }), {
        by,
        action: 'GRANT',
        whom,
        reason: checkReason(reason),
      }),
    revoke: (by, whom, reason) =>
      standings.change(whom.id, standing => ({ ...standing, isAdministrator: false }), {
        by,
        action: 'REVOKE',
        whom,
        reason: checkReason(reason),
      }),

    async mute(by, whom, sentence) {
      const muted = restriction(sentence)
      function change(standing: Standing): Standing {
        refuseAdministrators(standing)
        return { ...standing, muted }
      }
      return standings.change(whom.id, change, { by, action: 'MUTE', whom, ...muted })
    },
    unmute: (by, whom, reason) =>
      standings.change(whom.id, standing => ({ ...standing, muted: null }), {
        by,
        action: 'UNMUTE',
        whom,
        reason: checkReason(reason),
      }),

    async ban(by, whom, sentence) {
      const banned = restriction(sentence)
      function change(standing: Standing): Standing {
        refuseAdministrators(standing)
        return { ...standing, banned }
      }
      const isNew = await standings.change(whom.id, change, { by, action: 'BAN', whom, ...banned })
      // After it is written: whoever enters meanwhile looks once more when their session is made.
      await sessions.endAll(whom.id)
      return isNew
    },
    unban: (by, whom, reason) =>
      standings.change(whom.id, standing => ({ ...standing, banned: null }), {
        by,
        action: 'UNBAN',
        whom,
        reason: checkReason(reason),
      }),

    async removeMessage(by, messageId, reason) {
      const checked = checkReason(reason)
      // As the administrator sees it: a private message of others is as one that there is not.
      const found = await store.message(by.id, messageId)
      if (!found) throw new Refusal('UNKNOWN_MESSAGE')
      if (found.to !== null && found.from.id !== by.id) throw new Refusal('NOT_AUTHOR')
      if (found.deletedAt !== null) return found
      // First, so that nothing is ever removed without it.
      await audit.add({ by, action: 'REMOVE_MESSAGE', whom: found.from, what: messageId, reason: checked })
      const revised = await store.revise({
        messageId,
        by: by.id,
        kind: 'deleted',
        text: '',
        at: clock(),
        asAdministrator: true,
      })
      switch (revised.status) {
        case 'stored':
          return revised.entry.message
        case 'unchanged':
          return revised.message
        case 'unknown':
          throw new Refusal('UNKNOWN_MESSAGE')
        case 'not-author':
          throw new Refusal('NOT_AUTHOR')
      }
    },
  }
}

/** @throws Refusal `BAD_USER_INPUT` */
function checkReason(reason: string): string {
  const text = reason.trim()
  if (text.length > REASON_LIMIT || !text.isWellFormed() || text.includes('\0')) {
    throw new Refusal('BAD_USER_INPUT', `A reason has at most ${REASON_LIMIT} characters.`)
  }
  return text !== '' && hasVisible(text) ? text : ''
}
