// Everything that a space has in Redis: the names of the keys and of the channels, and what is in them. All carry
// `{SPACE}`, so that one space is in one hash slot of a Cluster and scripts may touch any of its keys.
//
//   meta                hash    format, epoch, secret, head; floor: positions at or below it have been trimmed;
//                               trimmedPublic: the newest public one of these; while an import runs (format.ts): loading
//                               and loadingAt; deletions: how many public messages were deleted
//   public              stream  POSITION-0 → m: `"messageId","fromId","fromName",sentAt`; of a reply, then also
//                               `["messageId",position,"fromId","fromName"]` of what it answers
//   private             stream  POSITION-0 → m: `"messageId","fromId","fromName","toId","toName",sentAt`, and the same
//   texts               hash    messageId → `[position,"text"]`; once it was edited or deleted
//                               `[position,"text",revised,editedAt,deletedAt]`, 0 for neither
//   private:ACCOUNT     list    positions of the private messages from or to it, ascending
//   between:A:B         list    positions of those between two accounts, A and B in the order of their ids
//   publicRevisions     stream  POSITION-0 → r: `at,"e",position` or `at,"d",position`, a comma, `m` of the message
//   privateRevisions    stream  the same of private messages
//   revisions:ACCOUNT   list    positions of the revisions of private messages from or to it, ascending
//   revised:ACCOUNT     hash    messageId → when that message of the account was last edited or deleted: outlives it, as
//                               its nonce does
//   reads:ACCOUNT       hash    id of the peer, '' for everyone → how far the account has read
//   peers:ACCOUNT       zset    id of the peer, its score the newest message: up to `listed` (conversation-scripts.ts)
//   counts:ACCOUNT      hash    id of the peer, '' for everyone → what was counted as unread (conversation-scripts.ts)
//   nonces:ACCOUNT      hash    nonce → what its send made (entries.ts)
//   account:ID          hash    username, key, createdAt, passwordHash, lastSeenAt, deletedAt; skeleton while it lives;
//                               trimmed: the newest private position that it lost; listed: its private messages up to
//                               here are in its `peers`
//   names               zset    `key NUL id` of the accounts that live, all of score 0: sorted by key
//   skeletons           hash    skeleton → id, of the accounts that live
//   tokens              hash    tokenHash → `["sessionId","accountId",createdAt,"device",lastUsedAt]`; older ones end
//                               after createdAt
//   sessions            hash    sessionId → tokenHash
//   expiry              zset    sessionId, its score when it expires
//   sessions:ACCOUNT    set     sessionIds; may name some that have ended
//   records:KIND        hash    what is kept of this kind (../records.ts): key → value
//   recordKeys:KIND     zset    their keys, all of score 0: sorted
//   revoked             stream  s: a session that ended; a: an account that was deleted; d: an account whose sessions are
//                               others now
//
// The log is the four streams together, merged by position. A message is in one of the first two, and its text is kept
// apart by its id, so that an edit or a deletion is seen wherever the message is. Edits and deletions are entries in streams
// of their own, so that a page of messages never walks over them. A list of positions costs 10 bytes an
// element however short or long it is; a stream takes 4 KiB for its first, a sorted set a hundred bytes each.
import { allTopic, userTopic } from '../../domain/notice.ts'

export interface Keys {
  readonly meta: string
  readonly public: string
  readonly private: string
  readonly publicRevisions: string
  readonly privateRevisions: string
  readonly texts: string
  readonly names: string
  readonly skeletons: string
  readonly tokens: string
  readonly sessions: string
  readonly expiry: string
  readonly revoked: string
  privateOf(accountId: string): string
  between(accountId: string, peerId: string): string
  readsOf(accountId: string): string
  peersOf(accountId: string): string
  countsOf(accountId: string): string
  revisionsOf(accountId: string): string
  revisedOf(accountId: string): string
  noncesOf(accountId: string): string
  account(accountId: string): string
  sessionsOf(accountId: string): string
  recordsOf(kind: string): string
  recordKeysOf(kind: string): string
  /** The channel of all notices (domain/notice.ts). */
  readonly all: string
  /** What the channel of an account's private notices begins with; its id follows. */
  readonly user: string
}

/**
 * @param space as in SPACE: no braces
 * @param database its number, of which keys need not tell: channels do
 */
export function keysOf(space: string, database: number): Keys {
  const key = (name: string): string => `{${space}}:${name}`
  const keyOf = (name: string) => (id: string) => `{${space}}:${name}:${id}`
  const between = keyOf('between')
  return {
    meta: key('meta'),
    public: key('public'),
    private: key('private'),
    publicRevisions: key('publicRevisions'),
    privateRevisions: key('privateRevisions'),
    texts: key('texts'),
    names: key('names'),
    skeletons: key('skeletons'),
    tokens: key('tokens'),
    sessions: key('sessions'),
    expiry: key('expiry'),
    revoked: key('revoked'),
    privateOf: keyOf('private'),
    between: (accountId, peerId) => between(accountId < peerId ? `${accountId}:${peerId}` : `${peerId}:${accountId}`),
    readsOf: keyOf('reads'),
    peersOf: keyOf('peers'),
    countsOf: keyOf('counts'),
    revisionsOf: keyOf('revisions'),
    revisedOf: keyOf('revised'),
    noncesOf: keyOf('nonces'),
    account: keyOf('account'),
    sessionsOf: keyOf('sessions'),
    recordsOf: keyOf('records'),
    recordKeysOf: keyOf('recordKeys'),
    all: allTopic(space, database),
    user: userTopic(space, database, ''),
  }
}
