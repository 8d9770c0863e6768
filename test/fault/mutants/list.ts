// Servers and clients that are broken in one known way each, and the row whose judge must see it. And faults that are no
// mutants, made by the same patches inside a server that must survive them.
import type { Rule } from '../../setup/oracle.ts'

export interface Patch {
  /** From the root of the repository. */
  readonly file: string
  /** There exactly once. */
  readonly find: string
  readonly put: string
  readonly name?: string
}

export interface Mutant {
  readonly name: string
  /** What it does wrong. */
  readonly about: string
  readonly patches: readonly Patch[]
  /** The row that it is run in. */
  readonly row: string
  readonly scale: number
  /** Any of these must be among what is found. `also`: what the row promises beside the oracle. */
  readonly caughtBy: readonly (Rule | 'also')[]
}

const WRITER = 'server/store/sqlite/writer.ts'
const HUB = 'server/feed/hub.ts'
const LOG = 'server/feed/log.ts'
const REDIS_LOG = 'server/store/redis/log-scripts.ts'

/** Appends are answered, and committed a moment later. */
const LATE_COMMIT: readonly Patch[] = [
  { file: WRITER, find: '    begin.run()\n', put: '    if (db.isTransaction) commit.run()\n    begin.run()\n' },
  {
    file: WRITER,
    find: '    commit.run()\n    transaction.committed()',
    put: `    if (calls.some(call => call.name !== 'append')) commit.run()
    else setTimeout(() => { if (db.isTransaction) commit.run() }, 20)
    transaction.committed()`,
  },
  {
    file: 'server/store/sqlite/writer-thread.ts',
    find: '      checkpoints.committed()\n',
    put: '      if (!db.isTransaction) checkpoints.committed()\n',
  },
]

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'ack-before-commit',
    about: 'a send is acknowledged, and committed 20 ms later',
    patches: LATE_COMMIT,
    row: 'kill',
    scale: 0.3,
    caughtBy: ['A', 'E'],
  },
  {
    name: 'ack-before-commit-traced',
    about: 'the same, seen by the system calls',
    patches: LATE_COMMIT,
    row: 'fsync-order',
    scale: 0.1,
    caughtBy: ['A'],
  },
  {
    name: 'synchronous-off',
    about: 'commits are not synced to disk',
    patches: [
      {
        file: 'server/store/sqlite/database-file.ts',
        find: 'PRAGMA synchronous = FULL; PRAGMA cache_size = -65536',
        put: 'PRAGMA synchronous = OFF; PRAGMA cache_size = -65536',
      },
    ],
    row: 'fsync-order',
    scale: 0.1,
    caughtBy: ['A'],
  },
  {
    name: 'missed-not-announced',
    about: 'what a dead writer had committed is not published by its successor',
    patches: [
      {
        file: 'server/store/sqlite/group-commit.ts',
        find: 'announce(successor.opened.missed, successor.opened.head)',
        put: 'announce([], successor.opened.head)',
      },
    ],
    row: 'writer-dies',
    scale: 0.2,
    caughtBy: ['A', 'E'],
  },
  {
    name: 'batch-fails-whole',
    about: 'a row that can not be written takes its batch with it',
    patches: [
      {
        file: WRITER,
        find: '        if (isStorageFailure(error)) throw error\n        if (!withSavepoints)',
        put: '        if (isStorageFailure(error) || withSavepoints) throw error\n        if (!withSavepoints)',
      },
    ],
    row: 'writer-dies',
    scale: 0.2,
    caughtBy: ['also', 'A'],
  },
  {
    name: 'live-before-drained',
    about: 'a feed becomes live after its first chunk of replay',
    patches: [
      {
        file: 'server/feed/catch-up.ts',
        find: 'if (through >= tail.head && tail.firstStub(feed.accountId) === null) return promote(feed)',
        put: 'if (last || through >= tail.head) return promote(feed)',
      },
    ],
    row: 'readers',
    scale: 1,
    caughtBy: ['A', 'E'],
  },
  {
    name: 'doubled-after-promote',
    about: 'a feed that became live in the middle of a flush is given what it had',
    patches: [
      {
        file: HUB,
        find: 'entry => entry.position > feed.position && maySee(feed.accountId, entry)',
        put: 'entry => maySee(feed.accountId, entry)',
      },
    ],
    row: 'seam',
    scale: 0.05,
    caughtBy: ['B', 'D'],
  },
  {
    name: 'overflow-dropped',
    about: 'what a slow reader has no room for is dropped',
    patches: [
      {
        file: HUB,
        find: '    feed.sink.deliver(batch)\n    if (feed.sink.overflowing) demote(feed, portion.through)\n    return',
        put: '    if (feed.sink.overflowing) return 0\n    feed.sink.deliver(batch)\n    return',
      },
    ],
    row: 'readers',
    scale: 1,
    caughtBy: ['A', 'E'],
  },
  {
    name: 'nonce-ignored',
    about: 'a repeated send is another message',
    patches: [
      { file: 'server/graphql/send.ts', find: 'const own = parseNonce(nonce)', put: 'const own: string | null = null' },
    ],
    row: 'lost-answers',
    scale: 0.2,
    caughtBy: ['C', 'D'],
  },
  {
    name: 'private-to-everybody',
    about: 'a private message goes where public ones go',
    patches: [
      {
        file: HUB,
        find: '      if (entry.to === null) {\n        publicEntries',
        put: '      {\n        publicEntries',
      },
    ],
    row: 'lost-answers',
    scale: 0.1,
    caughtBy: ['F'],
  },
  {
    name: 'private-on-all',
    about: 'over Redis: the recipient is told of a private message on the channel that every node hears',
    patches: [
      {
        file: REDIS_LOG,
        find: 'if to_id ~= from_id then call(PUBLISH, user .. to_id, notice) end',
        put: 'call(PUBLISH, all, notice)',
      },
    ],
    row: 'notices',
    scale: 0.05,
    caughtBy: ['F'],
  },
  {
    name: 'stub-not-healed',
    about: 'over Redis: a node takes the stub of a private message for the message',
    patches: [
      {
        file: 'server/feed/chain.ts',
        find: "return item.kind === 'stub' && (serves(item.from.id) || serves(item.to.id))",
        put: 'return item.position < 0',
      },
    ],
    row: 'notices',
    scale: 0.05,
    caughtBy: ['A', 'E'],
  },
  {
    name: 'stub-dropped',
    about: 'over Redis: a private message leaves no stub, and what follows it does not say that it was there',
    patches: [
      {
        file: REDIS_LOG,
        find: `    call(PUBLISH, all, '["s",' .. link .. '"' .. from_id .. '","' .. to_id .. '"]')\n`,
        put: '',
      },
      {
        file: REDIS_LOG,
        find: `  local link = position .. ',' .. text_of(head) .. quoted_epoch\n  head = number\n`,
        put: `  local said = tonumber(redis.call('GET', KEYS[1] .. ':said') or 0)
  local link = position .. ',' .. text_of(said > 0 and said or head) .. quoted_epoch
  head = number
  if not to then redis.call('SET', KEYS[1] .. ':said', position) end
`,
      },
    ],
    row: 'notices',
    scale: 0.05,
    caughtBy: ['A', 'E'],
  },
  {
    name: 'reset-silent',
    about: 'a cursor that this history never had is taken for one',
    patches: [
      {
        file: LOG,
        find: "if (generation !== current || (!isThere && position > trimmed)) throw new Refusal('HISTORY_RESET')",
        put: "if (generation !== current) throw new Refusal('HISTORY_RESET')",
      },
      { file: LOG, find: 'if (from > tail.head) await generation.chain.reach(from)', put: '' },
    ],
    row: 'backup-restored',
    scale: 0.3,
    caughtBy: ['A', 'C'],
  },
  {
    name: 'failover-unnoticed',
    about: 'over Redis: a log that lacks what was seen of it is taken for the same',
    patches: [
      {
        file: REDIS_LOG,
        find: '  if known == head or known <= floor then return true end\n',
        put: '  if true then return true end\n',
      },
    ],
    row: 'failover',
    scale: 0.1,
    caughtBy: ['A', 'C', 'E'],
  },
  {
    name: 'clock-trusted',
    about: 'positions follow the clock, also back',
    patches: [
      {
        file: WRITER,
        find: 'Math.max(head, now * 1000) + strides.next()',
        put: 'now * 1000 + strides.next()',
      },
    ],
    row: 'clock',
    scale: 0.3,
    caughtBy: ['A', 'B', 'E'],
  },
  {
    name: 'drain-unanswered',
    about: 'a drain closes sockets before it answers what came by them',
    patches: [
      {
        file: 'server/transport/peer.ts',
        find: '    if (this.#running === 0) return this.close(CLOSE.restart)\n    if (this.#draining) return\n',
        put: '    if (this.#running >= 0) return this.close(CLOSE.restart)\n    if (this.#draining) return\n',
      },
    ],
    row: 'drain',
    scale: 0.5,
    caughtBy: ['A'],
  },
  {
    name: 'leave-unheard',
    about: 'the sockets of a session that ended stay open',
    patches: [
      {
        file: 'server/main.ts',
        find: "sessions.onEnded(ids => connections.endSessions(ids, new Refusal('UNAUTHENTICATED')))",
        put: 'sessions.onEnded(() => {})',
      },
    ],
    row: 'leave',
    scale: 0.3,
    caughtBy: ['also'],
  },
  {
    name: 'resume-forgets',
    about: 'the library begins anew after a drop, instead of where it was',
    patches: [
      {
        file: 'client/core/feed.ts',
        find: 'return requestOf(OnEventDocument, { since: cursor })',
        put: 'return requestOf(OnEventDocument, { since: null })',
      },
    ],
    row: 'client-resume',
    scale: 0.3,
    caughtBy: ['A', 'E'],
  },
  {
    name: 'outbox-forgets',
    about: 'the library takes a message out of its outbox when it sends it',
    patches: [
      {
        file: 'client/core/outbox.ts',
        find: "    update({ ...entry, state: 'sending' })\n",
        put: "    update({ ...entry, state: 'sending' })\n    void write(own => storage.remove(own, entry.nonce))\n",
      },
    ],
    row: 'client-killed',
    scale: 0.5,
    caughtBy: ['A'],
  },
  {
    name: 'fallback-missing',
    about: 'the library tries nothing but WebSockets',
    patches: [
      {
        file: 'client/core/connection.ts',
        find: "onSse = transport === 'auto' && webSocketFailures >= WEB_SOCKET_FAILURES_BEFORE_SSE",
        put: 'onSse = webSocketFailures < 0',
      },
    ],
    row: 'client-fallback',
    scale: 0.5,
    caughtBy: ['A'],
  },
]

/** Each dies, or fails, of a text that asks for it: see rows/writer.ts. */
export const INJECTIONS: readonly { readonly name: string; readonly patches: readonly Patch[] }[] = [
  {
    name: 'writer-dies',
    patches: [
      {
        file: 'server/store/sqlite/writer-thread.ts',
        find: '      onCommitted?.(calls)\n',
        put: `      onCommitted?.(calls)
      for (const [n, call] of calls.entries()) {
        const outcome = outcomes[n]
        const isNew = outcome && 'value' in outcome && (outcome.value as { status?: string })?.status === 'stored'
        if (isNew && call.name === 'append' && /^die after the commit/.test(call.args[0].text)) process.exit()
      }
`,
      },
    ],
  },
  {
    name: 'row-fails',
    patches: [
      {
        file: WRITER,
        find: '        const value = dispatch<Writes>(transaction.writes, call)\n',
        put: `        if (call.name === 'append' && /^a row that can not be written/.test(call.args[0].text)) {
          throw new Error('a row that can not be written')
        }
        const value = dispatch<Writes>(transaction.writes, call)
`,
      },
    ],
  },
]
