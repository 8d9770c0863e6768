// The operations that audits send. Everything that varies is a variable; and few distinct subscriptions, since a server
// bounds how many of them an address may keep (PROTOCOL.md, LIMIT-3).

const USER = 'id username'
const MESSAGE = `id cursor text from { ${USER} } to { ${USER} } replyTo { id cursor from { id } } sentAt editedAt deletedAt`

export const ENTER = `mutation ($username: String!, $password: String, $device: String) {
  enter(username: $username, password: $password, device: $device) { token expiresAt me { ${USER} } }
}`
export const LEAVE = 'mutation ($everywhere: Boolean) { leave(everywhere: $everywhere) }'
export const DELETE_ACCOUNT = 'mutation ($password: String) { deleteAccount(password: $password) }'
export const ME = `{ me { ${USER} } }`

export const SEND = `mutation ($text: String!, $to: String, $plain: Boolean, $nonce: ID, $replyTo: ID) {
  sendMessage(text: $text, to: $to, plain: $plain, nonce: $nonce, replyTo: $replyTo) { ${MESSAGE} }
}`
export const EDIT = `mutation ($id: ID!, $text: String!) { editMessage(id: $id, text: $text) { ${MESSAGE} } }`
export const DELETE = `mutation ($id: ID!) { deleteMessage(id: $id) { ${MESSAGE} } }`
export const ONE = `query ($id: ID!) { message(id: $id) { ${MESSAGE} } }`

const PAGE_INFO = 'pageInfo { hasNextPage hasPreviousPage startCursor endCursor }'
export const PAGE = `query ($since: Cursor, $before: Cursor, $scope: Scope, $with: String, $withId: ID, $limit: Int) {
  messages(since: $since, before: $before, scope: $scope, with: $with, withId: $withId, limit: $limit) {
    nodes { ${MESSAGE} } ${PAGE_INFO}
  }
}`
export const USERS = `query ($after: String, $limit: Int, $online: Boolean) {
  users(after: $after, limit: $limit, online: $online) { nodes { ${USER} online lastSeenAt } ${PAGE_INFO} }
}`
export const SEARCH = `query ($text: String!, $before: Cursor, $scope: Scope, $with: String, $limit: Int) {
  search(text: $text, before: $before, scope: $scope, with: $with, limit: $limit) { nodes { ${MESSAGE} } ${PAGE_INFO} }
}`

export const CONVERSATIONS = `query ($before: Cursor, $limit: Int) {
  conversations(before: $before, limit: $limit) { with { ${USER} deletedAt } latest { id cursor text } readUpTo unread }
}`
export const MARK_READ = `mutation ($cursor: Cursor!, $with: String, $withId: ID) {
  markRead(cursor: $cursor, with: $with, withId: $withId) { with { ${USER} } cursor }
}`
export const SET_TYPING = 'mutation ($to: String) { setTyping(to: $to) }'

export const BLOCK = 'mutation ($username: String!) { block(username: $username) { id } }'
export const UNBLOCK = 'mutation ($username: String!) { unblock(username: $username) }'
export const BLOCKED = '{ blocked { id } }'

export const SESSIONS = '{ sessions { id device createdAt lastUsedAt online current } }'
export const END_SESSION = 'mutation ($id: ID!) { endSession(id: $id) }'
export const PAIR = 'mutation { pairDevice { code expiresAt } }'
export const REQUEST_DEVICE = `mutation ($username: String!, $device: String) {
  requestDevice(username: $username, device: $device) { userCode deviceCode expiresAt }
}`
export const APPROVE = 'mutation ($userCode: String!) { approveDevice(userCode: $userCode) }'
export const ENTER_WITH_CODE = `mutation ($code: String!, $device: String) {
  enterWithCode(code: $code, device: $device) { token expiresAt me { ${USER} } }
}`

export const EVENTS = `subscription ($since: Cursor) {
  onEvent(since: $since) {
    __typename
    ... on LogEvent { cursor }
    ... on MessageAdded { message { ${MESSAGE} } }
    ... on MessageEdited { message { ${MESSAGE} } }
    ... on MessageDeleted { message { ${MESSAGE} } }
    ... on CaughtUp { replayed }
  }
}`
export const MESSAGES = `subscription ($since: Cursor) { onMessage(since: $since) { ${MESSAGE} } }`
export const PRESENCE = 'subscription { onPresence { id online lastSeenAt } }'
export const READ_POSITIONS = `subscription { onReadPosition { with { ${USER} } cursor } }`
export const TYPING = `subscription { onTyping { from { ${USER} } private } }`
export const DEVICES = 'subscription { onSessions { id device current } }'

export const SERVER = `{ server {
  version protocol epoch
  limits { textCodePoints textBytes page messageBytes sendsPerSecond subscriptionsPerSocket }
} }`
