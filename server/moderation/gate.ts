// May this account say something to everyone, or to that one? Asked before each message, each edit and each word of typing.
// (PROTOCOL.md: MUTE, BLOCK)
import { Refusal } from '../domain/errors.ts'
import type { Blocks } from './blocks.ts'
import { refuseMuted, type Standings } from './standing.ts'

export interface Gate {
  /** @throws Refusal `MUTED` */
  public(fromId: string): void | Promise<void>
  /** @throws Refusal `RECIPIENT_UNAVAILABLE` */
  private(fromId: string, toId: string): void | Promise<void>
}

export interface GateOptions {
  readonly standings: Pick<Standings, 'of'>
  readonly blocks: Pick<Blocks, 'of'>
  /** Milliseconds since 1970. Default `Date.now`. */
  readonly clock?: () => number
}

export function createGate({ standings, blocks, clock = Date.now }: GateOptions): Gate {
  return {
    public(fromId) {
      // Without a turn of the event loop where it is known, which is nearly always.
      const standing = standings.of(fromId)
      if (standing instanceof Promise) return standing.then(known => refuseMuted(known, clock()))
      refuseMuted(standing, clock())
    },
    async private(fromId, toId) {
      if (fromId === toId) return
      if ((await blocks.of(fromId)).has(toId)) {
        throw new Refusal('RECIPIENT_UNAVAILABLE', 'You have blocked this person: unblock them first.', { byYou: true })
      }
      // One and the same answer: whoever is refused does not learn which it is.
      if ((await blocks.of(toId)).has(fromId) || (await standings.of(toId)).banned) {
        throw new Refusal('RECIPIENT_UNAVAILABLE')
      }
    },
  }
}
