// Whose turn it is on the main thread. Whoever has used little of it lately is served at once; whoever has used much waits
// in a line of their own and is served in small slices in between, the least busy first. So one account or address at full
// speed costs the others a slice now and then, however many sockets it has and whatever it asks; with nobody else there,
// it has the thread to itself. (A single document may take 8 ms: nothing interrupts it, but the next one waits.)
//
//   light ──used more than LIGHT_MS lately──▶ heavy        light: at once, up to TURN_MS in one turn of the loop
//     ▲                                         │           heavy: one slice in a turn, then as much rest as makes its
//     └────── what it used is forgotten ────────┘                  share SHARE while anybody light is active
import { LRUCache } from 'lru-cache'

/** Milliseconds that a point of a document's cost takes, where that is not measured as it is done. */
export const MS_PER_COST = 0.0015
/** What a request over HTTP takes beside its document. */
export const MS_PER_REQUEST = 0.3

/** What an owner may have used, decayed, and still be light: milliseconds of the main thread. */
const LIGHT_MS = 50
/** What was used counts half after this long. */
const HALF_LIFE_MS = 1_000
/** A piece of work counts no more than this: what seems to take longer is another process that has the processor. */
const MOST_MS = 10
/** Work of the light in one turn of the event loop; more of it waits for the next. */
const TURN_MS = 8
/** Work of the heavy in one turn: then sockets are read again. At least one piece. */
const SLICE_MS = 2
/** What a slice counts at the most, for the rest after it. */
const LONGEST_SLICE_MS = 50
/** The share of the thread that all who are heavy have together while others are active. */
const SHARE = 1 / 8
/** Others are active who were served within this long. */
const ACTIVE_MS = 250
/** Owners whose use is remembered. */
const REMEMBERED = 20_000

export interface TurnsOptions {
  /** Milliseconds that only rise. */
  readonly clock?: () => number
}

/** An owner is an account's id, or the address of somebody who has none. */
export interface Turns {
  /** Whether a piece of work of this owner may be done right now; whoever may not has to `queue` it. */
  isTurnOf(owner: string): boolean
  /** A piece of work took so long. */
  charge(owner: string, ms: number): void
  /**
   * Does it when it is the owner's turn, and charges for it. Pieces of one owner have no order among each other: whoever
   * needs one queues the next when the one before it is done.
   */
  queue(owner: string, work: () => void): void
  /** Resolves when it is the owner's turn. */
  wait(owner: string): Promise<void>
  /** Pieces of work that wait. */
  readonly waiting: number
}

interface Use {
  ms: number
  /** When `ms` was true. */
  at: number
}

interface Piece {
  readonly owner: string
  readonly work: () => void
}

export function createTurns({ clock = () => performance.now() }: TurnsOptions = {}): Turns {
  const usedByOwner = new LRUCache<string, Use>({ max: REMEMBERED })
  /** Of the light, when a turn of the loop had no room for more: in the order in which they came. */
  let light: Piece[] = []
  const heavyByOwner = new Map<string, Piece[]>()
  let waiting = 0
  /** Milliseconds of work in this turn of the loop. */
  let usedInTurn = 0
  let isTurnTimed = false
  let isScheduled = false
  let resting: NodeJS.Timeout | null = null
  let lightAt = Number.NEGATIVE_INFINITY
  /** Nobody heavy is served before. */
  let restUntil = 0
  /** What a piece of work was charged with beside the time that it took: what of it is done later. */
  let charged = 0

  function busyness(owner: string, now: number): number {
    const use = usedByOwner.get(owner)
    return use ? use.ms * 2 ** ((use.at - now) / HALF_LIFE_MS) : 0
  }

  function note(owner: string, took: number, now: number): void {
    const ms = Math.min(took, MOST_MS)
    const use = usedByOwner.get(owner)
    if (!use) return void usedByOwner.set(owner, { ms, at: now })
    use.ms = ms + use.ms * 2 ** ((use.at - now) / HALF_LIFE_MS)
    use.at = now
  }

  function endTurn(): void {
    isTurnTimed = false
    usedInTurn = 0
  }

  function schedule(): void {
    if (isScheduled) return
    isScheduled = true
    setImmediate(serve)
  }

  /** Does it, and answers with what time it is then. */
  function serveOne({ owner, work }: Piece, begun: number): number {
    waiting--
    try {
      work()
    } finally {
      note(owner, clock() - begun, clock())
    }
    return clock()
  }

  /** The least busy of the heavy; null: nobody waits. */
  function leastBusy(now: number): string | null {
    let next: string | null = null
    let least = Number.POSITIVE_INFINITY
    for (const owner of heavyByOwner.keys()) {
      const use = busyness(owner, now)
      if (use >= least) continue
      next = owner
      least = use
    }
    return next
  }

  function serve(): void {
    isScheduled = false
    const started = clock()
    let now = started
    const queued = light
    light = []
    let next = 0
    while (next < queued.length && now - started < TURN_MS) now = serveOne(queued[next++] as Piece, now)
    if (next > 0) lightAt = now
    // Whoever came meanwhile is behind those that were not reached.
    if (next < queued.length) light = queued.slice(next).concat(light)
    if (now >= restUntil) now = serveHeavy(now)
    if (light.length > 0) return schedule()
    if (heavyByOwner.size === 0) return
    if (now >= restUntil) return schedule()
    resting ??= setTimeout(
      () => {
        resting = null
        schedule()
      },
      Math.ceil(restUntil - now),
    )
  }

  function serveHeavy(started: number): number {
    let now = started
    let took = 0
    while (took < SLICE_MS) {
      const owner = leastBusy(now)
      const line = owner === null ? undefined : heavyByOwner.get(owner)
      const piece = line?.shift()
      if (owner !== null && (!line || line.length === 0)) heavyByOwner.delete(owner)
      if (!piece) break
      charged = 0
      const begun = now
      now = serveOne(piece, now)
      took += now - begun + charged
    }
    if (took > 0 && now - lightAt < ACTIVE_MS) restUntil = now + Math.min(took, LONGEST_SLICE_MS) * (1 / SHARE - 1)
    return now
  }

  function queue(owner: string, work: () => void): void {
    const piece = { owner, work }
    waiting++
    if (busyness(owner, clock()) <= LIGHT_MS) light.push(piece)
    else {
      const line = heavyByOwner.get(owner)
      if (line) line.push(piece)
      else heavyByOwner.set(owner, [piece])
      // Whoever rests is woken by the timer.
      if (resting) return
    }
    schedule()
  }

  return {
    isTurnOf(owner) {
      const now = clock()
      if (usedInTurn > TURN_MS || busyness(owner, now) > LIGHT_MS) return false
      lightAt = now
      return true
    },
    charge(owner, ms) {
      note(owner, ms, clock())
      charged += ms
      usedInTurn += Math.min(ms, MOST_MS)
      if (isTurnTimed) return
      isTurnTimed = true
      setImmediate(endTurn)
    },
    queue,
    wait: owner => new Promise(resolve => queue(owner, resolve)),
    get waiting() {
      return waiting
    },
  }
}
