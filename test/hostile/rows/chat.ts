// What people type, by slip or on purpose (PROTOCOL.md: ENTER, COMMAND, TEXT, PAGE, SEND, CURSOR and others): each with
// its code and its words. Nothing of it reaches anybody.
import { createCursorCodec } from '../../../server/domain/cursor.ts'
import type { Asked, ChatRow, ErrorPair, Scene } from '../row.ts'

function row(
  id: string,
  clause: string,
  expected: ErrorPair | readonly ErrorPair[],
  input: Asked | ((scene: Scene) => Asked),
): ChatRow {
  const pairs = (typeof expected[0] === 'string' ? [expected] : expected) as readonly ErrorPair[]
  const asked = typeof input === 'function' ? input : () => input
  return { room: 'chat', id: `chat: ${id}`, clause, input: asked, expected: pairs }
}

function sending(variables: Record<string, unknown>): Asked {
  return {
    query:
      'mutation ($text: String!, $to: String, $plain: Boolean, $nonce: ID, $replyTo: ID) { sendMessage(text: $text, to: $to, plain: $plain, nonce: $nonce, replyTo: $replyTo) { id } }',
    variables,
  }
}

function entering(username: string, password?: string, device?: string): Asked {
  return {
    query:
      'mutation ($username: String!, $password: String, $device: String) { enter(username: $username, password: $password, device: $device) { token } }',
    variables: {
      username,
      ...(password === undefined ? {} : { password }),
      ...(device === undefined ? {} : { device }),
    },
    token: null,
  }
}

const UNKNOWN_COMMAND: ErrorPair = [
  'UNKNOWN_COMMAND',
  'Unknown command. `/msg name text` is a private message; for a text that starts with a slash, write `//`.',
]
const NO_NAME: ErrorPair = ['BAD_USER_INPUT', 'Say to whom and what: `/msg name text`.']
const NO_TEXT: ErrorPair = ['TEXT_EMPTY', 'Say what, after the name: `/msg joao text`.']
const NOBODY: ErrorPair = ['UNKNOWN_RECIPIENT', 'Nobody has that name: look at `users` for who is here.']
const TAKEN: ErrorPair = [
  'USERNAME_TAKEN',
  'That name belongs to somebody: give its password or a code from one of its devices, or choose another name.',
]
const EMPTY: ErrorPair = ['TEXT_EMPTY', 'The text has no visible character.']
const NUL: ErrorPair = ['TEXT_INVALID', 'The text has a NUL character.']
const SURROGATE: ErrorPair = ['TEXT_INVALID', 'The text has a lone surrogate: half of a character.']
const TOO_LONG: ErrorPair = ['TEXT_TOO_LONG', 'The text has 4001 characters (code points); at most 4000 are allowed.']
const DAMAGED: ErrorPair = ['CURSOR_INVALID', 'That cursor is damaged: copy it whole.']
const RESET: ErrorPair = [
  'HISTORY_RESET',
  'That cursor is of another history: forget what you kept, read the newest page and start from there.',
]
const UNKNOWN_MESSAGE: ErrorPair = ['UNKNOWN_MESSAGE', 'There is no such message for you, or it was deleted.']

const COMMANDS: readonly [typed: string, expected: ErrorPair][] = [
  ['/masg joao secret', UNKNOWN_COMMAND],
  ['/', UNKNOWN_COMMAND],
  ['/ msg joao secret', UNKNOWN_COMMAND],
  ['/msgjoao secret', UNKNOWN_COMMAND],
  ['\u200b／help', UNKNOWN_COMMAND],
  ['／', UNKNOWN_COMMAND],
  ['/__proto__ x', UNKNOWN_COMMAND],
  ['/constructor', UNKNOWN_COMMAND],
  ['\u2066/msq joao secret\u2069', UNKNOWN_COMMAND],
  ['/msg', NO_NAME],
  ['/msg ', NO_NAME],
  ['/msg \u200b', NO_NAME],
  ['/MSG\u00a0', NO_NAME],
  ['/msg joao', NO_TEXT],
  ['/msg joao   ', NO_TEXT],
  ['/msg joao \u200b\u00a0', NO_TEXT],
  ['/msg nobody-has-this-name secret', NOBODY],
  ['/msg "joao" secret', NOBODY],
  ['/msg @joao secret', NOBODY],
  ['/msg joao: secret', NOBODY],
]

const TWINS = [
  ...['joao', 'JOAO', 'joão', 'JOÃO', 'jóão', 'Joa\u0303o', 'ｊｏａｏ', 'j0ao'],
  ...['mallory', 'MALLORY', 'mallóry', 'maIlory', 'ma11ory', 'rnallory', 'bystander'],
]

const LETTERS = 'A username has letters, digits, `_`, `-` and `.` only, not '
const NAMES: readonly [what: string, name: string, message: string][] = [
  ['nothing', '', 'A username has 1 to 32 characters; this one has none.'],
  ['a space', ' ', `${LETTERS}U+0020.`],
  ['a space inside', 'jo ao', `${LETTERS}U+0020.`],
  ['a space at the end', 'pedro ', `${LETTERS}U+0020.`],
  ['a bidi override', 'ped\u202ero', `${LETTERS}U+202E.`],
  ['a bidi isolate', '\u2066pedro\u2069', `${LETTERS}U+2066.`],
  ['a zero-width space', 'ped\u200bro', `${LETTERS}U+200B.`],
  ['a zero-width joiner', 'ped\u200dro', `${LETTERS}U+200D.`],
  ['a soft hyphen', 'ped\u00adro', `${LETTERS}U+00AD.`],
  ['a variation selector', 'pedro\ufe0f', `${LETTERS}U+FE0F.`],
  ['a NUL', 'ped\u0000ro', `${LETTERS}U+0000.`],
  ['a line feed', 'ped\nro', `${LETTERS}U+000A.`],
  ['a lone surrogate', 'ped\ud800ro', 'A username is well-formed Unicode; this one has half of a character.'],
  ['Cyrillic among Latin', 'p\u0435dro', 'A username has letters of one script only.'],
  ['Greek among Latin', 'pedr\u03bf', 'A username has letters of one script only.'],
  ['33 characters', 'x'.repeat(33), 'A username has 1 to 32 characters; this one has 33.'],
  ['60,000 characters', 'x'.repeat(60_000), 'A username has 1 to 32 characters; this one has more.'],
  ['a slash', 'pe/dro', `${LETTERS}U+002F.`],
  ['an at sign', '@pedro', `${LETTERS}U+0040.`],
  ['an emoji', 'pedro\u{1F600}', `${LETTERS}U+1F600.`],
  ['a ligature', 'o\ufb01ce', `${LETTERS}U+FB01.`],
  ['a dot in front', '.pedro', 'A username starts with a letter or a digit.'],
  ['five marks', 'e\u0323\u0324\u0325\u0326\u0327x', 'A username has letters of scripts in use today, not U+0326.'],
  ['digits of two kinds', '1\u0967', 'A username has digits of one kind only.'],
]

const TEXTS: readonly [what: string, text: string, expected: ErrorPair][] = [
  ['nothing', '', EMPTY],
  ['white space', ' \n\t\u00a0\u3000', EMPTY],
  ['only invisible characters', '\u200b\u200d\ufeff\u2060\u00ad\u2800\u3164', EMPTY],
  ['only tags and fillers', '\u{e0041}\u{e007f}\u115f\u1160\uffa0', EMPTY],
  ['4,001 code points', 'é'.repeat(4_001), TOO_LONG],
  ['4,001 code points outside the BMP', '\u{1F600}'.repeat(4_001), TOO_LONG],
  ['a NUL', 'a\u0000b', NUL],
  ['a lone high surrogate', 'a\ud83d', SURROGATE],
  ['a lone low surrogate', '\ude00a', SURROGATE],
]

const NONCES: readonly [nonce: string, message: string][] = [
  ['', 'A nonce has 1 to 128 characters; leave it out for none.'],
  ['x'.repeat(129), 'A nonce has 1 to 128 characters; this one has 129.'],
  ['a\u0000b', 'A nonce has no control characters.'],
  ['a\nb', 'A nonce has no control characters.'],
  ['\ud800', 'A nonce has no control characters.'],
]

/** A sound cursor's parts: epoch, position, check. */
function damaged({ publicMessage }: Scene, change: (cursor: string) => string): Asked {
  return {
    query: 'query ($cursor: Cursor) { messages(since: $cursor) { nodes { id } } }',
    variables: { cursor: change(publicMessage.cursor) },
  }
}

const CURSORS: readonly [what: string, change: (cursor: string) => string][] = [
  ['that is empty', () => ''],
  ['cut by one', cursor => cursor.slice(0, -1)],
  ['longer by one', cursor => `${cursor}0`],
  ['with a digit changed', cursor => cursor.replace(/.(?=.{8}$)/, digit => (digit === '7' ? '8' : '7'))],
  ['with two digits swapped', cursor => cursor.replace(/^(.{12})(.*?)(.)(?!\3)(.)/, '$1$2$4$3')],
  ['with its check changed', cursor => cursor.replace(/.$/, digit => (digit === '0' ? '1' : '0'))],
  ['in capitals', cursor => cursor.toUpperCase().replace(/^[^A-Z]*$/, 'X')],
  ['with a space', cursor => ` ${cursor}`],
  ['with a NUL', cursor => `${cursor}\u0000`],
  ['of 60,000 characters', () => 'x'.repeat(60_000)],
]

const ARGUMENTS: readonly [what: string, clause: string, query: string, expected: ErrorPair][] = [
  [
    'limit 0',
    'PAGE-1',
    '{ messages(limit: 0) { nodes { id } } }',
    ['BAD_USER_INPUT', '`limit` is a number from 1 to 100, not 0.'],
  ],
  [
    'limit -1',
    'PAGE-1',
    '{ messages(limit: -1) { nodes { id } } }',
    ['BAD_USER_INPUT', '`limit` is a number from 1 to 100, not -1.'],
  ],
  [
    'limit 101',
    'PAGE-1',
    '{ messages(limit: 101) { nodes { id } } }',
    ['BAD_USER_INPUT', '`limit` is a number from 1 to 100, not 101.'],
  ],
  [
    'limit 2^31 - 1',
    'PAGE-1',
    '{ messages(limit: 2147483647) { nodes { id } } }',
    ['BAD_USER_INPUT', '`limit` is a number from 1 to 100, not 2147483647.'],
  ],
  [
    'limit 2^40',
    'PAGE-1',
    '{ messages(limit: 1099511627776) { nodes { id } } }',
    ['GRAPHQL_VALIDATION_FAILED', 'Int cannot represent non 32-bit signed integer value: 1099511627776'],
  ],
  [
    'limit 1.5',
    'PAGE-1',
    '{ messages(limit: 1.5) { nodes { id } } }',
    ['GRAPHQL_VALIDATION_FAILED', 'Int cannot represent non-integer value: 1.5'],
  ],
  [
    'limit 101 of users',
    'PAGE-1',
    '{ users(limit: 101) { nodes { id } } }',
    ['BAD_USER_INPUT', '`limit` is a number from 1 to 100, not 101.'],
  ],
  [
    'limit 101 of conversations',
    'READ-1',
    '{ conversations(limit: 101) { unread } }',
    ['BAD_USER_INPUT', '`limit` is a number from 1 to 100, not 101.'],
  ],
  [
    'limit 0 of search',
    'SEARCH-6',
    '{ search(text: "x", limit: 0) { nodes { id } } }',
    ['BAD_USER_INPUT', '`limit` is a number from 1 to 100, not 0.'],
  ],
  [
    'with and PUBLIC',
    'PAGE-2',
    '{ messages(with: "joao", scope: PUBLIC) { nodes { id } } }',
    ['BAD_USER_INPUT', 'A conversation with somebody has no public messages: leave `scope` out.'],
  ],
  [
    'with nobody',
    'SEND-8',
    '{ messages(with: "nobody-has-this-name") { nodes { id } } }',
    ['UNKNOWN_RECIPIENT', 'Nobody has that name.'],
  ],
  [
    'with an empty name',
    'SEND-8',
    '{ messages(with: "") { nodes { id } } }',
    ['UNKNOWN_RECIPIENT', 'Nobody has that name.'],
  ],
  [
    'withId of nobody',
    'READ-6',
    '{ messages(withId: "x") { nodes { id } } }',
    ['UNKNOWN_RECIPIENT', 'No account has that id.'],
  ],
  [
    'with and withId',
    'READ-6',
    '{ messages(with: "joao", withId: "x") { nodes { id } } }',
    ['BAD_USER_INPUT', 'Give `with` or `withId`, not both.'],
  ],
  [
    'an unknown scope',
    'PAGE-2',
    '{ messages(scope: MINE) { nodes { id } } }',
    ['GRAPHQL_VALIDATION_FAILED', 'Value "MINE" does not exist in "Scope" enum.'],
  ],
  [
    'a search without a word',
    'SEARCH-6',
    '{ search(text: "!?") { nodes { id } } }',
    ['BAD_USER_INPUT', '`text` has no word to look for.'],
  ],
  [
    'a search of 17 words',
    'SEARCH-6',
    `{ search(text: "${'a '.repeat(17)}") { nodes { id } } }`,
    ['BAD_USER_INPUT', '`text` has at most 16 words, not 17.'],
  ],
  [
    'a search of 257 characters',
    'SEARCH-6',
    `{ search(text: "${'a'.repeat(257)}") { nodes { id } } }`,
    ['BAD_USER_INPUT', '`text` has at most 256 characters, not 257.'],
  ],
  [
    'typing to nobody',
    'TYPING-1',
    'mutation { setTyping(to: "nobody-has-this-name") }',
    ['UNKNOWN_RECIPIENT', 'Nobody has that name.'],
  ],
  [
    'a code that is none',
    'DEVICE-6',
    'mutation { enterWithCode(code: "x") { token } }',
    ['CODE_INVALID', 'That code is wrong, was used, or is too old: ask for another.'],
  ],
  [
    'a code of 60,000 characters',
    'DEVICE-6',
    `mutation { enterWithCode(code: "${'A'.repeat(60_000)}") { token } }`,
    ['CODE_INVALID', 'That code is wrong, was used, or is too old: ask for another.'],
  ],
  [
    'an approval of no code',
    'DEVICE-8',
    'mutation { approveDevice(userCode: "AAAA-AAAA") }',
    ['CODE_INVALID', 'That code is wrong, was used, or is too old: ask for another.'],
  ],
  ['an edit of no message', 'EDIT-2', 'mutation { editMessage(id: "x", text: "y") { id } }', UNKNOWN_MESSAGE],
  ['a deletion of no message', 'EDIT-2', 'mutation { deleteMessage(id: "x") { id } }', UNKNOWN_MESSAGE],
  [
    'a new password of 7 characters',
    'ENTER-5',
    'mutation { setPassword(password: "1234567") }',
    ['PASSWORD_INVALID', 'A password has 8 to 256 characters; this one has 7.'],
  ],
]

export const CHAT: readonly ChatRow[] = [
  ...COMMANDS.map(([typed, expected]) =>
    row(`command ${JSON.stringify(typed)}`, 'COMMAND-4', expected, sending({ text: typed })),
  ),
  ...TWINS.map(name => row(`twin ${JSON.stringify(name)}`, 'ENTER-4', TAKEN, entering(name))),
  ...NAMES.map(([what, name, message]) =>
    row(`name: ${what}`, 'ENTER-3', ['USERNAME_INVALID', message], entering(name)),
  ),
  ...TEXTS.flatMap(([what, text, expected]) => [
    row(`text: ${what}`, 'TEXT-3', expected, sending({ text })),
    row(`text, plain: ${what}`, 'TEXT-3', expected, sending({ text, plain: true })),
    row(`text, private: ${what}`, 'TEXT-3', expected, sending({ text, to: 'joao' })),
  ]),
  ...['', ' ', 'nobody', '\u0000', 'x'.repeat(60_000)].map(to =>
    row(`recipient ${JSON.stringify(to.slice(0, 10))}`, 'SEND-8', NOBODY, sending({ text: 'x', to })),
  ),
  ...NONCES.map(([nonce, message]) =>
    row(
      `nonce ${JSON.stringify(nonce.slice(0, 10))}`,
      'SEND-3',
      ['BAD_USER_INPUT', message],
      sending({ text: 'x', plain: true, nonce }),
    ),
  ),
  row(
    'a password of 7 characters',
    'ENTER-5',
    ['PASSWORD_INVALID', 'A password has 8 to 256 characters; this one has 7.'],
    entering('newcomer', '1234567'),
  ),
  row(
    'a password of 257 characters',
    'ENTER-5',
    ['PASSWORD_INVALID', 'A password has 8 to 256 characters; this one has 257.'],
    entering('newcomer', 'x'.repeat(257)),
  ),
  row(
    'a password of 60,000 characters',
    'ENTER-5',
    ['PASSWORD_INVALID', 'A password has 8 to 256 characters; this one has more.'],
    entering('newcomer', 'x'.repeat(60_000)),
  ),
  row(
    'a password with a NUL',
    'ENTER-5',
    ['PASSWORD_INVALID', 'A password has no control characters.'],
    entering('newcomer', '12345678\u0000'),
  ),
  row(
    'a device that is empty',
    'DEVICE-2',
    ['BAD_USER_INPUT', 'A device is described by 1 to 64 visible characters.'],
    entering('newcomer', undefined, ' '),
  ),
  row(
    'a device with a bidi override',
    'DEVICE-2',
    ['BAD_USER_INPUT', 'The description of a device has no control or invisible characters.'],
    entering('newcomer', undefined, 'a\u202eb'),
  ),
  ...CURSORS.map(([what, change]) => row(`a cursor ${what}`, 'CURSOR-3', DAMAGED, scene => damaged(scene, change))),
  row('a cursor of somebody else’s message', 'CURSOR-4', RESET, ({ foreignMessage }) => ({
    query: 'query ($cursor: Cursor) { messages(before: $cursor) { nodes { id } } }',
    variables: { cursor: foreignMessage.cursor },
  })),
  row('a cursor of another epoch', 'CURSOR-4', RESET, () => ({
    query: `{ messages(since: "${createCursorCodec('00000000').encode(1)}") { nodes { id } } }`,
  })),
  row('since and before', 'PAGE-1', ['BAD_USER_INPUT', 'Give `since` or `before`, not both.'], ({ publicMessage }) => ({
    query: 'query ($cursor: Cursor) { messages(since: $cursor, before: $cursor) { nodes { id } } }',
    variables: { cursor: publicMessage.cursor },
  })),
  row('an edit of somebody else’s message', 'EDIT-2', UNKNOWN_MESSAGE, ({ foreignMessage }) => ({
    query: 'mutation ($id: ID!) { editMessage(id: $id, text: "x") { id } }',
    variables: { id: foreignMessage.id },
  })),
  row('an answer to somebody else’s message', 'REPLY-1', UNKNOWN_MESSAGE, ({ foreignMessage }) =>
    sending({ text: 'x', replyTo: foreignMessage.id }),
  ),
  row('an answer to no message', 'REPLY-1', UNKNOWN_MESSAGE, sending({ text: 'x', replyTo: 'x' })),
  row('reading up to somebody else’s message', 'READ-3', RESET, ({ foreignMessage }) => ({
    query: 'mutation ($cursor: Cursor!) { markRead(cursor: $cursor) { cursor } }',
    variables: { cursor: foreignMessage.cursor },
  })),
  ...ARGUMENTS.map(([what, clause, query, expected]) => row(what, clause, expected, { query })),
]
