// The oracle of several nodes: one oracle (test/setup/oracle.ts) for each history, since a cursor means something in its
// own only. A session belongs to one history at a time; that it was fed one of another without having been told so is a
// violation here. What a send's outcome is, each history has its own opinion of.
import {
  type AppliedMessage,
  createOracle,
  type Oracle,
  type SendRecord,
  type SessionRecorder,
  type Violation,
} from '../setup/oracle.ts'

export interface LedgerSession {
  readonly account: string
  /** The newest cursor that it has. */
  readonly cursor: string
  /** Applied in all. */
  readonly count: number
  /** `cursor id` of what it applied since it began, or since the last reset. */
  readonly places: readonly string[]
  /** The texts of the same. */
  readonly texts: readonly string[]
  startedAt(cursor: string): void
  applied(message: AppliedMessage): void
  /** Told that its history is gone, it goes on after this cursor. */
  reset(cursor: string): void
  /** Anything else that shows where it is. */
  passed(cursor: string): void
}

export interface Ledger {
  sending(send: SendRecord): void
  acknowledged(nonce: string, at: { readonly cursor: string; readonly id: string }): void
  refused(nonce: string): void
  /** @param isTimed whether its deliveries count as such; default true */
  session(name: string, account: string, isTimed?: boolean): LedgerSession
  readonly sessions: readonly LedgerSession[]
  violate(rule: Violation['rule'], session: string, detail: string): void
  /**
   * The storage went back to an older state under the same epoch: what is acknowledged and applied from now on belongs to
   * another history, and whoever was in this one has to be told.
   */
  fork(): void
  readonly counts: { readonly sends: number; readonly acknowledged: number; readonly unknown: number }
  readonly applied: number
  /** Whether any session has applied a message of this text. */
  wasApplied(text: string): boolean
  /** Milliseconds from an acknowledgement until a session that is timed had it, the slowest since the last call. */
  takeSlowest(): number
  /** The ids of all that were acknowledged so far, in any history. */
  acknowledgedIds(): readonly string[]
  /** Whether a message was acknowledged, in any history. */
  isAcknowledged(nonce: string): boolean
  /** What sessions of this account applied in their present history, and is not among these (`cursor id`). */
  missingFrom(account: string, log: readonly string[]): readonly string[]
  judge(): readonly Violation[]
}

export function epochOf(cursor: string): string {
  return cursor.slice(0, cursor.indexOf('-'))
}

export function createLedger(): Ledger {
  const sends: SendRecord[] = []
  const oracles = new Map<string, Oracle>()
  const sessions: LedgerSession[] = []
  const violations: Violation[] = []
  const refusals = new Set<string>()
  const acknowledgedAt = new Map<string, number>()
  const acknowledgedIds = new Set<string>()
  const nonceByText = new Map<string, string>()
  /** Raised by `fork`: with the epoch, it names a history. */
  let branch = 0
  /** By what each session of a history left it: it need not have all of that one any more. */
  const left = new Map<string, Set<string>>()
  const placeByMessage = new WeakMap<AppliedMessage, string>()
  /** One object for what hundreds of sessions apply. */
  const messages = new Map<string, AppliedMessage>()
  const appliedTexts = new Set<string>()
  let slowest = 0

  /** The history that this place is of, now. */
  function historyOf(epoch: string): string {
    return branch === 0 ? epoch : `${epoch} ${branch}`
  }

  function oracleOf(history: string): Oracle {
    let oracle = oracles.get(history)
    if (!oracle) {
      oracle = createOracle()
      for (const send of sends) oracle.sending(send)
      for (const nonce of refusals) oracle.refused(nonce)
      oracles.set(history, oracle)
    }
    return oracle
  }

  function kept(message: AppliedMessage): AppliedMessage {
    const known = messages.get(message.cursor)
    if (
      known &&
      known.id === message.id &&
      known.text === message.text &&
      known.from === message.from &&
      known.to === message.to
    ) {
      return known
    }
    messages.set(message.cursor, message)
    return message
  }

  function placeOf(message: AppliedMessage): string {
    const known = placeByMessage.get(message)
    if (known !== undefined) return known
    const place = `${message.cursor} ${message.id}`
    placeByMessage.set(message, place)
    return place
  }

  function session(name: string, account: string, isTimed = true): LedgerSession {
    let epoch = ''
    let history = ''
    let recorder: SessionRecorder | null = null
    let places: string[] = []
    let texts: string[] = []
    let cursor = ''
    let count = 0
    let resets = 0
    function begin(at: string): void {
      epoch = epochOf(at)
      history = historyOf(epoch)
      cursor = at
      places = []
      texts = []
      const called = resets === 0 ? name : `${name} after ${resets} resets`
      recorder = oracleOf(history).session(called, account)
      recorder.startedAt(at)
    }
    const own: LedgerSession = {
      account,
      get cursor() {
        return cursor
      },
      get count() {
        return count
      },
      get places() {
        return places
      },
      get texts() {
        return texts
      },
      startedAt: begin,
      applied(message) {
        const isOther = historyOf(epochOf(message.cursor)) !== history
        if (isOther) {
          violations.push({ rule: 'C', session: name, detail: `fed ${message.cursor} in silence, after ${cursor}` })
          return
        }
        count++
        cursor = message.cursor
        appliedTexts.add(message.text)
        const known = kept(message)
        recorder?.applied(known)
        places.push(placeOf(known))
        texts.push(known.text)
        const at = acknowledgedAt.get(nonceByText.get(message.text) ?? '')
        if (isTimed && at !== undefined) slowest = Math.max(slowest, performance.now() - at)
      },
      reset(at) {
        const gone = left.get(history) ?? new Set()
        left.set(history, gone.add(resets === 0 ? name : `${name} after ${resets} resets`))
        resets++
        begin(at)
      },
      passed(at) {
        if (historyOf(epochOf(at)) !== history) {
          violations.push({ rule: 'C', session: name, detail: `led to ${at} in silence, after ${cursor}` })
        } else if (at > cursor) cursor = at
      },
    }
    sessions.push(own)
    return own
  }

  return {
    sending(send) {
      sends.push(send)
      nonceByText.set(send.text, send.nonce)
      for (const oracle of oracles.values()) oracle.sending(send)
    },
    acknowledged(nonce, at) {
      oracleOf(historyOf(epochOf(at.cursor))).acknowledged(nonce, at)
      acknowledgedIds.add(at.id)
      if (!acknowledgedAt.has(nonce)) acknowledgedAt.set(nonce, performance.now())
    },
    refused(nonce) {
      refusals.add(nonce)
      for (const oracle of oracles.values()) oracle.refused(nonce)
    },
    session,
    sessions,
    violate: (rule, session, detail) => void violations.push({ rule, session, detail }),
    fork() {
      branch++
    },
    get counts() {
      const unknown = sends.length - acknowledgedAt.size - refusals.size
      return { sends: sends.length, acknowledged: acknowledgedAt.size, unknown }
    },
    get applied() {
      return sessions.reduce((sum, { count }) => sum + count, 0)
    },
    wasApplied: text => appliedTexts.has(text),
    takeSlowest() {
      const taken = slowest
      slowest = 0
      return Math.round(taken)
    },
    acknowledgedIds: () => [...acknowledgedIds],
    isAcknowledged: nonce => acknowledgedAt.has(nonce),
    missingFrom(account, log) {
      const there = new Set(log)
      const own = sessions.filter(session => session.account === account)
      return [...new Set(own.flatMap(({ places }) => places.filter(place => !there.has(place))))].slice(0, 5)
    },
    judge() {
      const judged = [...oracles].flatMap(([history, oracle]) =>
        oracle.judge().filter(({ rule, session }) => rule !== 'A' || !left.get(history)?.has(session)),
      )
      return [...violations, ...judged]
    },
  }
}
