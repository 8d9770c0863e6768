// Everything that a space has in Redis: the names of the keys and of the channels, and what is in them. All carry
// `{SPACE}`, so that one space is in one hash slot of a Cluster and scripts may touch any of its keys.
//
//   meta                hash    format, epoch, secret, head; floor: positions at or below it have been trimmed;
//                               trimmedPublic: the newest public one of these; while an import runs (format.ts): loading
//                               and loadingAt
//   public              stream  POSITION-0 → m: `"messageId","fromId","fromName",sentAt`
//   private             stream  POSITION-0 → m: `"messageId","fromId","fromName","toId","toName",sentAt`
//   texts               hash    messageId → `[position,"text"]`
//   private:ACCOUNT     list    positions of the private messages from or to it, ascending
//   between:A:B         list    positions of those between two accounts, A and B in the order of their ids
//   nonces:ACCOUNT      hash    nonce → what its send made (entries.ts)
//   account:ID          hash    username, key, createdAt, passwordHash, lastSeenAt, deletedAt; skeleton while it lives;
//                               trimmed: the newest private position that it lost
//   names               zset    `key NUL id` of the accounts that live, all of score 0: sorted by key
//   skeletons           hash    skeleton → id, of the accounts that live
//   tokens              hash    tokenHash → `["sessionId","accountId",createdAt]`
//   sessions            hash    sessionId → tokenHash
//   expiry              zset    sessionId, its score when it expires
//   sessions:ACCOUNT    set     sessionIds; may name some that have ended
//   revoked             stream  s: a session that ended; a: an account that was deleted
//
// The log is `public` and `private` together, merged by position: a message is in one of them, and its text is kept apart
// by its id, so that an edit or a deletion is seen wherever the message is. A list of positions costs 10 bytes an
// element however short or long it is; a stream takes 4 KiB for its first, a sorted set a hundred bytes each.

export interface Keys {
  readonly meta: string
  readonly public: string
  readonly private: string
  readonly texts: string
  readonly names: string
  readonly skeletons: string
  readonly tokens: string
  readonly sessions: string
  readonly expiry: string
  readonly revoked: string
  privateOf(accountId: string): string
  between(accountId: string, peerId: string): string
  noncesOf(accountId: string): string
  account(accountId: string): string
  sessionsOf(accountId: string): string
  /** The channel of all notices (domain/notice.ts). */
  readonly all: string
  /** What the channel of an account's private notices begins with; its id follows. */
  readonly user: string
}

/** @param space as in SPACE: no braces */
export function keysOf(space: string): Keys {
  const key = (name: string): string => `{${space}}:${name}`
  const keyOf = (name: string) => (id: string) => `{${space}}:${name}:${id}`
  const between = keyOf('between')
  return {
    meta: key('meta'),
    public: key('public'),
    private: key('private'),
    texts: key('texts'),
    names: key('names'),
    skeletons: key('skeletons'),
    tokens: key('tokens'),
    sessions: key('sessions'),
    expiry: key('expiry'),
    revoked: key('revoked'),
    privateOf: keyOf('private'),
    between: (accountId, peerId) => between(accountId < peerId ? `${accountId}:${peerId}` : `${peerId}:${accountId}`),
    noncesOf: keyOf('nonces'),
    account: keyOf('account'),
    sessionsOf: keyOf('sessions'),
    all: key('all'),
    user: key('user:'),
  }
}
