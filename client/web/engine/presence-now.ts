// Who is online, when the others were last there, and which devices this account has: what was heard last, for whoever
// joins later.
import type { User } from '../../core/types.ts'
import type { Device } from '../model/device.ts'
import type { EngineNews } from './engine.ts'

export interface PresenceNow {
  /** @param gone who has just left */
  hearOnline(users: readonly User[], gone?: readonly User[]): void
  /** When these were last there, where the server says so. */
  hearSeen(people: readonly Pick<User, 'id' | 'lastSeenAt'>[]): void
  hearDevices(devices: readonly Device[]): void
  /** All of it, as news. */
  list(): readonly EngineNews[]
}

export function createPresenceNow(tell: (news: EngineNews) => void): PresenceNow {
  let online: readonly User[] = []
  /** By account. Of those who are online it is of no interest. */
  const seenAtById = new Map<string, string>()
  /** Null: not heard of yet. */
  let devices: readonly Device[] | null = null

  function hearSeen(people: readonly Pick<User, 'id' | 'lastSeenAt'>[]): void {
    const seen = people.flatMap(({ id, lastSeenAt }) => (lastSeenAt ? [[id, lastSeenAt] as const] : []))
    for (const [id, at] of seen) seenAtById.set(id, at)
    if (seen.length > 0) tell({ type: 'seen', seen })
  }

  return {
    hearOnline(users, gone = []) {
      online = users
      hearSeen(gone)
      tell({ type: 'presence', online })
    },
    hearSeen,
    hearDevices(next) {
      devices = next
      tell({ type: 'devices', devices })
    },
    list: () => [
      { type: 'presence', online },
      { type: 'seen', seen: [...seenAtById] },
      ...(devices ? [{ type: 'devices', devices } as const] : []),
    ],
  }
}
