// The clauses that no audit looks at, each with the reason: what can't be seen from outside of one running server.
// docs/audits.md lists them, and a test checks that every clause of PROTOCOL.md is either here or audited.

const OPERATOR = 'it takes the operator: a crash, a restart, a drain or a restored backup'
const RETENTION = 'it takes a log that was trimmed: nothing younger than a minute is'
const CLIENT = 'it is about clients'
const SEVERAL = 'it takes several nodes'
const ADMINISTRATOR = 'it takes an administrator, whom only the operator makes'
const ISSUER = 'it takes another system whose tokens the server trusts'

/** By clause, why it is not audited. */
export const exceptions: Readonly<Record<string, string>> = {
  'PROMISE-1': `${OPERATOR}; the fault suite looks at it`,
  'PROMISE-3': CLIENT,
  'AUTH-8': 'it takes days',
  'CURSOR-5': RETENTION,
  'CURSOR-7': OPERATOR,
  'CURSOR-8': OPERATOR,
  'CURSOR-9': RETENTION,
  'FEED-9':
    'what ends a running feed is a reset or a trimmed log, which take the operator; of the end of a session: SSE-6b',
  'FEED-11': SEVERAL,
  'PAGE-7': RETENTION,
  'SEND-5': CLIENT,
  'SEND-7': CLIENT,
  'EDIT-7': RETENTION,
  'EDIT-8': SEVERAL,
  'DEVICE-5': 'it takes more than a hundred sessions of one account, and so many minutes',
  'READ-8': RETENTION,
  'ERROR-2': CLIENT,
  'ERROR-3': 'it takes a defect of the server',
  'CLOSE-3': CLIENT,
  'DRAIN-1': OPERATOR,
  'DRAIN-2': OPERATOR,
  'COMPAT-2': CLIENT,
  'COMPAT-3': 'it compares two versions of this document',
  'INVITE-1': ADMINISTRATOR,
  'INVITE-2': ADMINISTRATOR,
  'INVITE-3': ADMINISTRATOR,
  'TOKEN-1': ISSUER,
  'TOKEN-2': ISSUER,
  'TOKEN-3': ISSUER,
  'TOKEN-4': ISSUER,
  'TOKEN-5': ISSUER,
  'TOKEN-6': ISSUER,
  'TOKEN-7': ISSUER,
  'ADMIN-2': ADMINISTRATOR,
  'ADMIN-3': ADMINISTRATOR,
  'ADMIN-4': ADMINISTRATOR,
  'ADMIN-5': ADMINISTRATOR,
  'ADMIN-6': ADMINISTRATOR,
  'MUTE-1': ADMINISTRATOR,
  'MUTE-2': ADMINISTRATOR,
  'BAN-1': ADMINISTRATOR,
  'BAN-2': ADMINISTRATOR,
  'BAN-3': ADMINISTRATOR,
}

/** Parts of clauses that are audited, but not these. */
export const partly: Readonly<Record<string, string>> = {
  'ENTER-2': 'that the timing tells nothing: it takes hundreds of tries, which are limited',
  'CURSOR-4': 'a cursor of another epoch or ahead of the log: cursors are opaque, and none can be made up',
  'BLOCK-1': SEVERAL,
  'BLOCK-2': 'that a ban is refused in the same words: it takes an administrator',
  'BLOCK-4': 'that no administrator is told, and the bound of a thousand',
  'ADMIN-1': 'that the role is asked of the storage at each use: it takes an administrator',
  'DEVICE-6': 'that a code is too old after two minutes',
  'LIMIT-2': 'the depth: no document of the schema nests deeper than the default',
  'LIMIT-4': 'connections of an address: loopback is exempt',
  'HTTP-7': 'what a server answers that can not write',
  'READ-7': 'that each node counts for itself',
}
