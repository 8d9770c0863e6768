// An operator for a store that no server of this process holds: what `recado admin` opens by itself.
import { createAccounts } from '../accounts/accounts.ts'
import { createLimiter } from '../accounts/limiter.ts'
import { createPasswords } from '../accounts/passwords.ts'
import { createSessions } from '../accounts/sessions.ts'
import { createAuditLog } from '../moderation/audit-log.ts'
import { createBlocks } from '../moderation/blocks.ts'
import { createInvitations } from '../moderation/invitations.ts'
import { createModeration } from '../moderation/moderation.ts'
import { createStandings } from '../moderation/standing.ts'
import type { Store } from '../store/store.ts'
import { createOperator, type Operator } from './operator.ts'

/** What it changes other nodes of the space hear of as of each other's changes. */
export function createStoreOperator(store: Store): Operator {
  const audit = createAuditLog(store)
  const standings = createStandings({ store, audit, isShared: true })
  const sessions = createSessions({ store, sessionDays: 0 })
  const accounts = createAccounts({
    store,
    sessions,
    passwords: createPasswords(),
    limiter: createLimiter({ sendsPerSecond: 0, searchesPerSecond: 0, enterPerMinute: 0, newNamesPerHour: 0 }),
    registration: 'closed',
  })
  const moderation = createModeration({ standings, audit, sessions, store })
  const invitations = createInvitations(store, audit)
  const blocks = createBlocks(store, true)
  return createOperator({ store, accounts, sessions, standings, moderation, invitations, blocks, audit })
}
