// Ways to break the server, one line each, by name: what claims to watch over it must notice. Each is applied while the
// server's files are loaded (mutate.ts), so nothing on the disk is changed.

export interface Mutant {
  readonly name: string
  /** What has to notice. */
  readonly caughtBy: 'authorisation' | 'table' | 'frames' | 'messages' | 'documents' | 'names' | 'commands' | 'cursors'
  /** From the project's folder. */
  readonly file: string
  /** Every place where this stands is changed. */
  readonly from: string
  readonly to: string
}

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: it is source text
export const MUTANTS: readonly Mutant[] = [
  {
    name: 'everybody may see everything',
    caughtBy: 'authorisation',
    file: 'server/domain/entry.ts',
    from: 'return entry.to === null || entry.to.id === accountId || entry.from.id === accountId',
    to: 'return accountId !== null || entry.to === null',
  },
  {
    name: 'a message by its id is anybody’s',
    caughtBy: 'authorisation',
    file: 'server/store/sqlite/reader.ts',
    from: 'return message !== null && maySee(viewer, message) ? message : null',
    to: 'return message ?? (viewer === null ? message : null)',
  },
  {
    name: 'a place is anybody’s as long as it is in the tail',
    caughtBy: 'authorisation',
    file: 'server/feed/log.ts',
    from: 'const isThere = item !== null && maySee(accountId, item)',
    to: 'const isThere = item !== null',
  },
  {
    name: 'live feeds get what is private with what is public',
    caughtBy: 'authorisation',
    file: 'server/feed/hub.ts',
    from: 'if (entry.to === null) {\n        publicEntries.push(entry)',
    to: 'if (entry.to === null || entry.to.id !== entry.from.id) {\n        publicEntries.push(entry)',
  },
  {
    name: 'a replay gets the private entries of the tail',
    caughtBy: 'authorisation',
    file: 'server/feed/chunk.ts',
    from: 'chunk.privates.filter(entry => maySee(accountId, entry))',
    to: 'chunk.privates',
  },
  {
    name: 'an answer may name any message that its sender may see',
    caughtBy: 'authorisation',
    file: 'server/graphql/send.ts',
    from: 'if (found.to !== null && !isBetweenBoth) throw',
    to: 'if (found.to !== null && !isBetweenBoth && found.text === String(isBetweenBoth)) throw',
  },
  {
    name: 'a foreign message is NOT_AUTHOR: it exists',
    caughtBy: 'authorisation',
    file: 'server/store/sqlite/writer.ts',
    from: "if (recipient !== null && recipient !== account && author !== account) return { status: 'unknown' }",
    to: '',
  },
  {
    name: 'a page with somebody has all that they wrote privately',
    caughtBy: 'authorisation',
    file: 'server/store/sqlite/visible.ts',
    from: 'WHERE account = :viewer AND peer = :peer AND ${walk[direction]}`',
    to: 'WHERE account = :peer AND (peer = :viewer OR :viewer > 0) AND ${walk[direction]}`',
  },
  {
    name: 'unread counts what others write to each other',
    caughtBy: 'authorisation',
    file: 'server/store/sqlite/conversations.ts',
    from: 'WHERE recipient IS NULL AND position > :after AND position <= :until`)\nconst UNREAD_WITH_PEER',
    to: 'WHERE position > :after AND position <= :until`.replace("INDEXED BY message_public", ""))\nconst UNREAD_WITH_PEER',
  },
  {
    name: 'any session can be ended by its id',
    caughtBy: 'authorisation',
    file: 'server/graphql/devices.ts',
    from: 'const isEnded = await sessions.end(id, account.id)',
    to: "const isEnded = (await sessions.end(id, account.id)) || id !== 'nothing'",
  },
  {
    name: 'that somebody writes privately is told to all',
    caughtBy: 'authorisation',
    file: 'server/feed/typing.ts',
    from: "bus.tell({ kind: 'typing', from, to: to?.id ?? null })",
    to: "for (const id of listenersByAccount.keys()) bus.tell({ kind: 'typing', from, to: to && id })",
  },
  {
    name: 'a device may be approved by anybody who sees its code',
    caughtBy: 'authorisation',
    file: 'server/accounts/code-book.ts',
    from: 'if (!found || found.by || found.request.nameKey !== nameKey) return null',
    to: 'if (!found || found.by || nameKey === null) return null',
  },
  {
    name: 'the end of an empty page is the newest place of the log',
    caughtBy: 'authorisation',
    file: 'server/feed/tail.ts',
    from: 'const found = items.findLast(item => maySee(accountId, item))?.position ?? ORIGIN',
    to: 'const found = items.at(-1)?.position ?? (accountId === null ? 1 : ORIGIN)',
  },
  {
    name: 'a nonce is looked up without regard to whose it is',
    caughtBy: 'authorisation',
    file: 'server/store/sqlite/nonces.ts',
    from: '`${account} ${key}`',
    to: '`${key}`',
  },
  {
    name: 'a group is never let go',
    caughtBy: 'table',
    file: 'server/transport/fan-out/groups.ts',
    from: 'if (--group.users === 0) groupsByKey.delete(group.operation.key)',
    to: 'group.users--\n    groupsByKey.set(`${group.operation.key}${Math.random()}`, group)',
  },
  {
    name: 'a feed is opened for whoever takes no stream',
    caughtBy: 'table',
    file: 'server/transport/graphql-http.ts',
    from: "if (!context.request.headers.get('accept')?.includes(SSE_MEDIA_TYPE)) {",
    to: 'if (context === null) {',
  },
  {
    name: 'a Host that is no host is let through',
    caughtBy: 'table',
    file: 'server/transport/http.ts',
    from: "return refuse(response, 400, 'BAD_REQUEST', 'The Host header names no host.')",
    to: '',
  },
  {
    name: 'a close reason says something else',
    caughtBy: 'table',
    file: 'server/transport/peer.ts',
    from: "reason: 'Bad request'",
    to: "reason: 'Bad requests'",
  },
  {
    name: 'half of a character is a text',
    caughtBy: 'table',
    file: 'server/domain/text.ts',
    from: 'if (!text.isWellFormed()) throw',
    to: 'if (text === null) throw',
  },
  {
    name: 'a ping’s payload does not come back',
    caughtBy: 'frames',
    file: 'server/transport/graphql-transport-ws.ts',
    from: 'payload ? { type: MessageType.Pong, payload } : { type: MessageType.Pong }',
    to: '{ type: MessageType.Pong, ...(payload ? {} : {}) }',
  },
  {
    name: 'a second connection_init is taken',
    caughtBy: 'messages',
    file: 'server/transport/graphql-transport-ws.ts',
    from: 'if (peer.initialised) return peer.close(CLOSE.tooManyInits)',
    to: '',
  },
  {
    name: 'a limit of -1 is a defect of the server',
    caughtBy: 'documents',
    file: 'server/graphql/arguments.ts',
    from: 'if (limit >= 1 && limit <= most) return limit',
    to: "if (limit >= 1 && limit <= most) return limit\n  if (limit < 0) throw new Error('unexpected')",
  },
  {
    name: 'names differ by their case',
    caughtBy: 'names',
    file: 'server/domain/username.ts',
    from: 'key: foldCase(letters)',
    to: 'key: letters',
  },
  {
    name: 'a format character hides a slash',
    caughtBy: 'commands',
    file: 'server/domain/command.ts',
    from: "const LEADING_INVISIBLE = new RegExp(`^[${INVISIBLE}]*`, 'u')",
    to: 'const LEADING_INVISIBLE = /^\\s*/u',
  },
  {
    name: 'a cursor’s check is not looked at',
    caughtBy: 'cursors',
    file: 'server/domain/cursor.ts',
    from: '!== check) {',
    to: "!== check && epoch === '') {",
  },
]
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: it is source text
