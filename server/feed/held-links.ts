// Links that came before what they follow: kept by what they follow, for a moment and within a bound.
import type { Link, Position } from '../domain/entry.ts'
import { entryBytes } from './chunk.ts'

/** A link of which the bus has said what came before it. */
export type ChainedLink = Link & { readonly previous: Position }

export interface HeldLinks {
  readonly size: number
  /** False: that was too much, and everything was dropped. */
  hold(link: ChainedLink): boolean
  /** The one that follows this position. */
  after(previous: Position): ChainedLink | undefined
  release(link: ChainedLink): void
  /** Forgets those at or before this position. */
  forgetThrough(position: Position): void
  /** Whether one of them follows something before this position: it says that nothing is in between. */
  hasAcross(position: Position): boolean
  clear(): void
}

export function createHeldLinks(maxBytes: number): HeldLinks {
  const linkByPrevious = new Map<Position, ChainedLink>()
  let bytes = 0

  function release({ previous, entry }: ChainedLink): void {
    linkByPrevious.delete(previous)
    bytes -= entryBytes(entry)
  }

  function clear(): void {
    linkByPrevious.clear()
    bytes = 0
  }

  return {
    get size() {
      return linkByPrevious.size
    },
    hold(link) {
      const known = linkByPrevious.get(link.previous)
      // A private entry comes as itself and as its stub, in any order.
      if (known && (known.entry.kind !== 'stub' || link.entry.kind === 'stub')) return true
      if (known) release(known)
      linkByPrevious.set(link.previous, link)
      bytes += entryBytes(link.entry)
      if (bytes <= maxBytes) return true
      clear()
      return false
    },
    after: previous => linkByPrevious.get(previous),
    release,
    forgetThrough(position) {
      for (const link of linkByPrevious.values()) if (link.entry.position <= position) release(link)
    },
    hasAcross(position) {
      for (const previous of linkByPrevious.keys()) if (previous < position) return true
      return false
    },
    clear,
  }
}
