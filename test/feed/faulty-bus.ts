// A bus as Redis pub/sub is at its worst: notices are lost (all, or only the private messages, or only the links of the
// chain), doubled, late and out of order; a topic that is asked for is there some turns later; gaps are told of, or not.
import type { Bus, BusListener } from '../../server/bus/bus.ts'
import type { Entry, Link, Position } from '../../server/domain/entry.ts'

export const WEATHERS = ['fair', 'stormy', 'lost', 'private-lost', 'chain-lost'] as const
export type Weather = (typeof WEATHERS)[number]

export interface FaultyBus extends Bus {
  weather: Weather
  /** Accounts that are listened to. */
  readonly listened: readonly string[]
  /** Publishes an entry as the store's script does. */
  announce(entries: readonly Entry[], previous: Position, epoch: string): void
  /** The connection was lost, and is back. */
  breakDown(): void
}

/**
 * @param epoch the history that the node knows
 * @param dice a number from 0 to 9, for each notice's fate and each acknowledgement's delay
 */
export function createFaultyBus(epoch: () => string, dice: () => number): FaultyBus {
  const listeners = new Set<BusListener>()
  /** How often each account is listened to; and those of them whose topics are there. */
  const users = new Map<string, number>()
  const subscribed = new Set<string>()

  async function later(turns: number): Promise<void> {
    for (let i = 0; i < turns; i++) await new Promise(resolve => setImmediate(resolve))
  }

  function deliver(link: Link, itsEpoch: string): void {
    for (const listener of listeners) {
      if (itsEpoch === epoch()) listener.links([link])
      else listener.gap()
    }
  }

  function notice(link: Link, itsEpoch: string, isLost: boolean): void {
    if (isLost) return
    const fate = self.weather === 'stormy' ? dice() : 0
    if (fate === 1) return
    if (fate === 2) deliver(link, itsEpoch)
    if (fate >= 3 && fate <= 5) void later(fate - 2).then(() => deliver(link, itsEpoch))
    else deliver(link, itsEpoch)
  }

  const self: FaultyBus = {
    weather: 'fair',
    get listened() {
      return [...users.keys()]
    },
    publish() {},
    announce([entry], previous, itsEpoch) {
      if (!entry) return
      const { weather } = self
      const link = { entry, previous }
      if (entry.to === null) return notice(link, itsEpoch, weather === 'lost' || weather === 'chain-lost')
      for (const id of new Set([entry.from.id, entry.to.id])) {
        if (subscribed.has(id)) notice(link, itsEpoch, weather === 'lost' || weather === 'private-lost')
      }
      const { position, from, to } = entry
      const revises = entry.kind === 'added' ? {} : { revises: entry.message.position }
      const stub = { kind: 'stub', position, from: { id: from.id }, to: { id: to.id }, ...revises } as const
      notice({ entry: stub, previous }, itsEpoch, weather === 'lost' || weather === 'chain-lost')
    },
    breakDown() {
      for (const listener of listeners) listener.gap()
    },
    async subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    listen(accountId) {
      users.set(accountId, (users.get(accountId) ?? 0) + 1)
      if (subscribed.has(accountId)) return undefined
      return later(dice()).then(() => {
        if (users.has(accountId)) subscribed.add(accountId)
      })
    },
    unlisten(accountId) {
      const left = (users.get(accountId) ?? 0) - 1
      if (left < 0) throw new Error(`${accountId} is not listened to`)
      if (left > 0) users.set(accountId, left)
      else {
        users.delete(accountId)
        subscribed.delete(accountId)
      }
    },
    async close() {
      listeners.clear()
    },
  }
  return self
}
