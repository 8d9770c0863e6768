// Who is online: the server's snapshot first, then its changes merged into it. Each new link starts from a new snapshot;
// the old list stands until it has come.
import type { Connection } from './connection.ts'
import { OnPresenceDocument, type OnPresenceSubscription } from './generated/graphql.ts'
import { keepSubscribed } from './lasting.ts'
import { requestOf } from './link.ts'
import { createListeners } from './listeners.ts'
import type { User } from './types.ts'

export interface Presence {
  /**
   * The whole list, by username, soon and at each change, with who went away in it. Runs while somebody listens.
   */
  subscribe(listener: (online: readonly User[], gone: readonly User[]) => void): () => void
}

export function createPresence(connection: Connection): Presence {
  const listeners = createListeners<[readonly User[], readonly User[]]>()
  let online: readonly User[] | undefined
  let byId = new Map<string, User>()
  let expectsSnapshot = true
  let stop: (() => void) | undefined

  function merge(users: readonly User[]): void {
    if (expectsSnapshot) byId = new Map()
    expectsSnapshot = false
    for (const user of users) {
      if (user.online) byId.set(user.id, user)
      else byId.delete(user.id)
    }
    online = [...byId.values()].sort((a, b) => a.username.localeCompare(b.username))
    listeners.emit(
      online,
      users.filter(user => !user.online),
    )
  }

  return {
    subscribe(listener) {
      let listening = true
      const remove = listeners.add(listener)
      if (listeners.size === 1) {
        stop = keepSubscribed(connection, {
          request() {
            expectsSnapshot = true
            return requestOf(OnPresenceDocument, {})
          },
          next: data => merge((data as OnPresenceSubscription).onPresence),
          paused: () => {},
        })
      } else if (online !== undefined) {
        // Later, as for the first listener: never before `subscribe` has returned.
        queueMicrotask(() => {
          if (listening && online !== undefined) listener(online, [])
        })
      }
      return () => {
        listening = false
        remove()
        if (listeners.size > 0 || stop === undefined) return
        stop()
        stop = undefined
        online = undefined
      }
    },
  }
}
