// What goes over the wires between Redis and the nodes, looked at by the relays: nobody's private message may come on
// anybody else's channel, nor on the one that all nodes hear.
import type { Push } from '../setup/resp.ts'
import type { Ledger } from './ledger.ts'

export interface Wire {
  see(push: Push): void
  /** Private notices seen, over all nodes. */
  readonly privates: number
  /** By the text of a private message: the accounts on whose channels it came. Kept while it is asked for. */
  watch(): { readonly channels: ReadonlyMap<string, ReadonlySet<string>>; stop(): void }
}

export function createWire(ledger: Pick<Ledger, 'violate'>): Wire {
  let privates = 0
  let watched: Map<string, Set<string>> | null = null
  return {
    see({ channel, payload }) {
      const isPrivate = payload.startsWith('["m"')
      const account = /:user:(.*)$/.exec(channel)?.[1]
      if (isPrivate !== (account !== undefined)) {
        ledger.violate('F', 'the wire', `${channel} brings ${payload.slice(0, 80)}`)
        return
      }
      if (account === undefined) return
      privates++
      const notice = JSON.parse(payload) as unknown[]
      const [fromId, toId, text] = [notice[5], notice[7], String(notice[10])]
      if (account !== fromId && account !== toId) {
        ledger.violate('F', 'the wire', `the channel of ${account} brings a message from ${fromId} to ${toId}`)
      }
      watched?.set(text, (watched.get(text) ?? new Set()).add(account))
    },
    get privates() {
      return privates
    },
    watch() {
      const channels = new Map<string, Set<string>>()
      watched = channels
      return {
        channels,
        stop() {
          watched = null
        },
      }
    },
  }
}
