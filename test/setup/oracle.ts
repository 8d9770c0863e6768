// The judge of every fault test. It is told of each send (begun, then acknowledged, refused, or of unknown outcome) and
// of what each session applied, and says where the promise was broken:
//   A  an acknowledged message was not applied by a session that may see it (and was not told of a reset)
//   B  cursors did not rise in a session, or two sessions disagree on the order
//   C  one cursor was two ids somewhere, or one id two cursors
//   D  something was applied that was not sent, or was refused, or was applied more than once
//   E  a session has a hole: it went past a message that it may see and that somebody else has
//   F  a session applied a private message that is neither from nor to its account
// Texts must be unique among the sends: by them an applied message is told from another.

export type Rule = 'A' | 'B' | 'C' | 'D' | 'E' | 'F'

export interface Violation {
  readonly rule: Rule
  readonly session: string
  readonly detail: string
}

export interface SendRecord {
  readonly nonce: string
  /** Accounts by any one name that is used throughout. */
  readonly from: string
  readonly to: string | null
  readonly text: string
}

export interface AppliedMessage {
  readonly cursor: string
  readonly id: string
  readonly from: string
  readonly to: string | null
  readonly text: string
}

export interface SessionRecorder {
  /** The place after which the session must have everything. Called once, and again after a reset. */
  startedAt(cursor: string): void
  applied(message: AppliedMessage): void
  /** The session was told that its history is gone: it forgets, and starts anew. */
  reset(): void
  /** How many messages it has applied since the last reset. */
  readonly count: number
}

export interface Oracle {
  sending(send: SendRecord): void
  acknowledged(nonce: string, at: { readonly cursor: string; readonly id: string }): void
  refused(nonce: string): void
  session(name: string, account: string): SessionRecorder
  readonly counts: { readonly acknowledged: number; readonly refused: number; readonly unknown: number }
  /** Acknowledged messages that this account may see, after this cursor. */
  expected(account: string, after: string): number
  /** Everything that is wrong, once all sessions have had the time to get everything. */
  judge(): readonly Violation[]
}

type Outcome =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'refused' }
  | { readonly kind: 'acknowledged'; readonly cursor: string; readonly id: string }

interface SessionLog {
  readonly name: string
  readonly account: string
  /** Null until it has started. */
  start: string | null
  applied: AppliedMessage[]
}

export function createOracle(): Oracle {
  const sends = new Map<string, SendRecord & { outcome: Outcome }>()
  const nonceByText = new Map<string, string>()
  const sessions: SessionLog[] = []
  /** Violations that are certain as soon as they are recorded. */
  const seen: Violation[] = []

  function sendOf(nonce: string): SendRecord & { outcome: Outcome } {
    const send = sends.get(nonce)
    if (!send) throw new Error(`no send with the nonce ${nonce} was recorded`)
    return send
  }

  function isVisible(account: string, message: { from: string; to: string | null }): boolean {
    return message.to === null || message.to === account || message.from === account
  }

  function expectedMessages(account: string, after: string): { cursor: string; id: string; text: string }[] {
    const expected: { cursor: string; id: string; text: string }[] = []
    for (const { outcome, text, ...message } of sends.values()) {
      if (outcome.kind !== 'acknowledged' || outcome.cursor <= after || !isVisible(account, message)) continue
      expected.push({ cursor: outcome.cursor, id: outcome.id, text })
    }
    return expected
  }

  function judgeSession(session: SessionLog, known: ReadonlyMap<string, AppliedMessage>): Violation[] {
    const violations: Violation[] = []
    const report = (rule: Rule, detail: string): void => void violations.push({ rule, session: session.name, detail })
    const { start } = session
    if (start === null) {
      report('A', 'the session never started')
      return violations
    }

    const ids = new Set(session.applied.map(({ id }) => id))
    for (const { id, text, cursor } of expectedMessages(session.account, start)) {
      if (!ids.has(id)) report('A', `acknowledged, not applied: ${cursor} ${JSON.stringify(text)}`)
    }

    let last = start
    const nonces = new Set<string>()
    for (const message of session.applied) {
      if (message.cursor <= last) report('B', `${message.cursor} after ${last}`)
      last = message.cursor

      const nonce = nonceByText.get(message.text)
      const send = nonce === undefined ? undefined : sends.get(nonce)
      if (!nonce || !send) report('D', `never sent: ${JSON.stringify(message.text)}`)
      else if (send.outcome.kind === 'refused') report('D', `refused, yet applied: ${JSON.stringify(message.text)}`)
      else if (nonces.has(nonce)) report('D', `applied twice: ${JSON.stringify(message.text)}`)
      else if (send.from !== message.from || send.to !== message.to) {
        report('D', `sent from ${send.from} to ${send.to}, applied as from ${message.from} to ${message.to}`)
      }
      if (nonce) nonces.add(nonce)

      if (!isVisible(session.account, message)) {
        report('F', `${session.account} got a message from ${message.from} to ${message.to}`)
      }
    }

    for (const [id, message] of known) {
      if (message.cursor <= start || message.cursor > last || ids.has(id)) continue
      if (isVisible(session.account, message))
        report('E', `went past ${message.cursor} ${JSON.stringify(message.text)}`)
    }
    return violations
  }

  /** C, and the half of B that takes more than one session. Order: as the first session that has both says. */
  function judgeTogether(): { violations: Violation[]; known: Map<string, AppliedMessage> } {
    const violations: Violation[] = []
    const known = new Map<string, AppliedMessage>()
    const idByCursor = new Map<string, string>()
    const cursorById = new Map<string, string>()
    const note = (session: string, cursor: string, id: string): void => {
      const otherId = idByCursor.get(cursor)
      const otherCursor = cursorById.get(id)
      if (otherId !== undefined && otherId !== id) {
        violations.push({ rule: 'C', session, detail: `${cursor} is ${id} and ${otherId}` })
      }
      if (otherCursor !== undefined && otherCursor !== cursor) {
        violations.push({ rule: 'C', session, detail: `${id} is at ${cursor} and ${otherCursor}` })
      }
      if (otherId === undefined) idByCursor.set(cursor, id)
      if (otherCursor === undefined) cursorById.set(id, cursor)
    }
    for (const { outcome, text } of sends.values()) {
      if (outcome.kind === 'acknowledged') note(`the sender of ${text}`, outcome.cursor, outcome.id)
    }
    for (const session of sessions) {
      let before: string | null = null
      for (const message of session.applied) {
        note(session.name, message.cursor, message.id)
        if (!known.has(message.id)) known.set(message.id, message)
        const place = cursorById.get(message.id) ?? message.cursor
        if (before !== null && place < before) {
          violations.push({ rule: 'B', session: session.name, detail: `${message.id} stands earlier for others` })
        }
        before = place
      }
    }
    return { violations, known }
  }

  return {
    sending(send) {
      if (sends.has(send.nonce)) throw new Error(`the nonce ${send.nonce} was recorded before`)
      if (nonceByText.has(send.text)) throw new Error(`the text ${JSON.stringify(send.text)} was recorded before`)
      sends.set(send.nonce, { ...send, outcome: { kind: 'unknown' } })
      nonceByText.set(send.text, send.nonce)
    },
    acknowledged(nonce, at) {
      const send = sendOf(nonce)
      const { outcome } = send
      if (outcome.kind === 'refused') {
        seen.push({ rule: 'D', session: `the sender of ${send.text}`, detail: `${nonce} was refused before` })
      }
      if (outcome.kind === 'acknowledged' && (outcome.id !== at.id || outcome.cursor !== at.cursor)) {
        const detail = `${nonce} was acknowledged as ${outcome.id} and as ${at.id}`
        seen.push({ rule: 'C', session: `the sender of ${send.text}`, detail })
      }
      send.outcome = { kind: 'acknowledged', cursor: at.cursor, id: at.id }
    },
    refused(nonce) {
      const send = sendOf(nonce)
      if (send.outcome.kind === 'acknowledged') {
        const detail = `${nonce} was acknowledged, then refused`
        seen.push({ rule: 'D', session: `the sender of ${send.text}`, detail })
      } else send.outcome = { kind: 'refused' }
    },
    session(name, account) {
      const session: SessionLog = { name, account, start: null, applied: [] }
      sessions.push(session)
      return {
        startedAt(cursor) {
          if (session.start !== null) throw new Error(`${name} has started before`)
          session.start = cursor
        },
        applied: message => void session.applied.push(message),
        reset() {
          session.start = null
          session.applied = []
        },
        get count() {
          return session.applied.length
        },
      }
    },
    get counts() {
      const counts = { acknowledged: 0, refused: 0, unknown: 0 }
      for (const { outcome } of sends.values()) counts[outcome.kind]++
      return counts
    },
    expected: (account, after) => expectedMessages(account, after).length,
    judge() {
      const { violations, known } = judgeTogether()
      return [...seen, ...violations, ...sessions.flatMap(session => judgeSession(session, known))]
    },
  }
}
