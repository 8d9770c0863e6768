// What breaks graphql-transport-ws closes the socket with its code (PROTOCOL.md: SOCK-1, SOCK-2, SOCK-5, AUTH-4); what is
// merely a bad operation is an `error` for its id, and the socket goes on (SOCK-4, LIMIT-2).
import type { Breaking, BreakingRow, Closed, ErrorPair, OperationRow, RefusedOperation } from '../row.ts'

const TYPENAME = '{ __typename }'
const FEED = 'subscription { onMessage { text } }'

function subscribe(id: unknown, query: unknown, more: object = {}): object {
  return { id, type: 'subscribe', payload: { query, ...more } }
}

const BAD_REQUEST: Closed = { code: 4400, reason: 'Bad request' }
const FORBIDDEN: Closed = { code: 4403, reason: 'Forbidden' }
const UNAUTHORIZED: Closed = { code: 4401, reason: 'Unauthorized' }
const SUBPROTOCOL: Closed = { code: 4406, reason: 'Subprotocol not acceptable' }
const TOO_MANY_INITS: Closed = { code: 4429, reason: 'Too many initialisation requests' }

function breaking(id: string, clause: string, expected: Closed, input: Breaking, isSlow = false): BreakingRow {
  return { room: 'protocol', id: `protocol: ${id}`, clause, input, expected, ...(isSlow ? { isSlow } : {}) }
}

function bad(id: string, message: unknown): BreakingRow {
  return breaking(id, 'SOCK-5', BAD_REQUEST, { messages: [message] })
}

function credential(id: string, authorization: unknown): BreakingRow {
  return breaking(id, 'AUTH-4', FORBIDDEN, { messages: [], acknowledged: false, authorization })
}

const INIT = { type: 'connection_init' }

export const BREAKING: readonly BreakingRow[] = [
  breaking('no subprotocol', 'SOCK-1', SUBPROTOCOL, { messages: [], acknowledged: false, protocol: null }),
  breaking('the old subprotocol', 'SOCK-1', SUBPROTOCOL, { messages: [], acknowledged: false, protocol: 'graphql-ws' }),
  breaking('an unknown subprotocol', 'SOCK-1', SUBPROTOCOL, { messages: [], acknowledged: false, protocol: 'mqtt' }),
  breaking('the subprotocol in capitals', 'SOCK-1', SUBPROTOCOL, {
    messages: [],
    acknowledged: false,
    protocol: 'GRAPHQL-TRANSPORT-WS',
  }),
  breaking(
    'no connection_init in time',
    'SOCK-2',
    { code: 4408, reason: 'Connection initialisation timeout' },
    { messages: [], acknowledged: false },
    true,
  ),
  breaking(
    'pings, and no connection_init in time',
    'SOCK-2',
    { code: 4408, reason: 'Connection initialisation timeout' },
    { messages: [{ type: 'ping' }, { type: 'pong' }], acknowledged: false },
    true,
  ),
  breaking('a second connection_init', 'SOCK-2', TOO_MANY_INITS, { messages: [INIT] }),
  breaking('two at the same time', 'SOCK-2', TOO_MANY_INITS, { messages: [INIT, INIT], acknowledged: false }),
  breaking('subscribe before anything', 'SOCK-2', UNAUTHORIZED, {
    messages: [subscribe('1', TYPENAME)],
    acknowledged: false,
  }),
  credential('a token that is no session’s', 'Bearer AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'),
  credential('a token that is none', 'Bearer x'),
  credential('an empty token', ''),
  credential('a token that is a number', 1),
  credential('a token that is an object', { toString: 'x' }),
  credential('a token of 60,000 characters', `Bearer ${'x'.repeat(60_000)}`),
  credential('many spaces and no token', `Bearer ${' '.repeat(60_000)}x y`),
  breaking('a bad header under no connectionParams', 'AUTH-3', FORBIDDEN, {
    messages: [INIT],
    acknowledged: false,
    headers: () => ({ Authorization: 'Bearer x' }),
  }),
  breaking('a dead cookie', 'AUTH-5', FORBIDDEN, {
    messages: [INIT],
    acknowledged: false,
    headers: ({ url }) => ({ Cookie: 'recado=x', Origin: url }),
  }),
  breaking('a bad token above a good cookie', 'AUTH-3', FORBIDDEN, {
    messages: [],
    acknowledged: false,
    authorization: 'Bearer x',
    headers: ({ url, mallory }) => ({ Cookie: `recado=${mallory.token}`, Origin: url }),
  }),
  breaking('a bad token above a good header', 'AUTH-3', FORBIDDEN, {
    messages: [],
    acknowledged: false,
    authorization: 'Bearer x',
    headers: ({ mallory }) => ({ Authorization: `Bearer ${mallory.token}` }),
  }),
  bad('not JSON', 'hello'),
  bad('an empty message', ''),
  bad('half a message', '{"type":"ping"'),
  bad('two messages in one', '{"type":"ping"}{"type":"ping"}'),
  bad('an array', [{ type: 'ping' }]),
  bad('null', 'null'),
  bad('a number', '1'),
  bad('a string', '"ping"'),
  bad('40,000 brackets', '['.repeat(40_000)),
  bad('no type', {}),
  bad('a type that is a number', { type: 1 }),
  bad('a type that is a list', { type: ['ping'] }),
  bad('an unknown type', { type: 'hello' }),
  bad('the type __proto__', { type: '__proto__' }),
  bad('a type in capitals', { type: 'PING' }),
  bad('the old protocol’s start', { id: '1', type: 'start', payload: { query: TYPENAME } }),
  bad('connection_init whose payload is a list', { type: 'connection_init', payload: [] }),
  bad('subscribe without a payload', { id: '1', type: 'subscribe' }),
  bad('subscribe whose payload is null', { id: '1', type: 'subscribe', payload: null }),
  bad('subscribe without a query', { id: '1', type: 'subscribe', payload: {} }),
  bad('a query that is an object', subscribe('1', { kind: 'Document' })),
  bad('a query that is null', subscribe('1', null)),
  bad('variables that are a list', subscribe('1', TYPENAME, { variables: [] })),
  bad('variables that are a string', subscribe('1', TYPENAME, { variables: 'x' })),
  bad('an operationName that is a number', subscribe('1', TYPENAME, { operationName: 1 })),
  bad('extensions that are a string', subscribe('1', TYPENAME, { extensions: 'x' })),
  bad('subscribe without an id', { type: 'subscribe', payload: { query: TYPENAME } }),
  bad('an empty id', subscribe('', TYPENAME)),
  bad('an id that is a number', subscribe(1, TYPENAME)),
  bad('an id that is null', subscribe(null, TYPENAME)),
  bad('an id that is an object', subscribe({}, TYPENAME)),
  bad('complete without an id', { type: 'complete' }),
  bad('complete with a number', { type: 'complete', id: 1 }),
  bad('a ping whose payload is a string', { type: 'ping', payload: 'x' }),
  bad('a pong whose payload is a list', { type: 'pong', payload: [] }),
  bad('connection_ack from a client', { type: 'connection_ack' }),
  bad('next from a client', { id: '1', type: 'next', payload: { data: {} } }),
  bad('error from a client', { id: '1', type: 'error', payload: [{ message: 'x' }] }),
  breaking(
    'an id in use',
    'SOCK-5',
    { code: 4409, reason: 'Subscriber already exists' },
    { messages: [subscribe('twice', FEED), subscribe('twice', FEED)] },
  ),
  breaking(
    'an id in use by what can’t be shared',
    'SOCK-5',
    { code: 4409, reason: 'Subscriber already exists' },
    {
      messages: [
        subscribe('twice', 'subscription { onMessage @skip(if: false) { text } }'),
        subscribe('twice', TYPENAME),
      ],
    },
  ),
]

function refused(
  id: string,
  clause: string,
  payload: RefusedOperation['payload'],
  expected: readonly ErrorPair[],
  operationId?: string,
): OperationRow {
  const input = operationId === undefined ? { payload } : { payload, operationId }
  return { room: 'operation', id: `operation: ${id}`, clause, input, expected }
}

const PARSE = 'GRAPHQL_PARSE_FAILED'
const VALIDATION = 'GRAPHQL_VALIDATION_FAILED'
const NOTHING_LEFT: ErrorPair = [VALIDATION, 'A subscription must select a field: directives leave none of this one.']
const PAGE = 'messages(limit: 100) { nodes { id text cursor sentAt from { id username } } }'
const many = (count: number, each: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => each(index)).join(' ')

export const OPERATIONS: readonly OperationRow[] = [
  refused('a syntax error', 'SOCK-4', { query: '{' }, [[PARSE, 'Syntax Error: Expected Name, found <EOF>.']]),
  refused('an empty query', 'SOCK-4', { query: '' }, [[PARSE, 'Syntax Error: Unexpected <EOF>.']]),
  refused('a NUL in the query', 'SOCK-4', { query: '{ \u0000 }' }, [
    [PARSE, 'Syntax Error: Unexpected character: U+0000.'],
  ]),
  refused('15,000 levels', 'SOCK-4', { query: `{ messages { nodes { from ${'{ x '.repeat(15_000)}` }, [
    [PARSE, 'Syntax Error: Document contains more that 1000 tokens. Parsing aborted.'],
  ]),
  refused('15,000 levels of a list', 'SOCK-4', { query: `{ a(b: ${'['.repeat(15_000)}` }, [
    [PARSE, 'Syntax Error: Document contains more that 1000 tokens. Parsing aborted.'],
  ]),
  refused('1,001 tokens', 'LIMIT-2', { query: `{ ${'__typename '.repeat(999)}}` }, [
    [PARSE, 'Syntax Error: Document contains more that 1000 tokens. Parsing aborted.'],
  ]),
  refused('an unknown field', 'SOCK-4', { query: '{ nothing }' }, [
    [VALIDATION, 'Cannot query field "nothing" on type "Query".'],
  ]),
  refused('an unknown type of variable', 'SOCK-4', { query: 'query ($x: Nothing) { __typename }' }, [
    [VALIDATION, 'Unknown type "Nothing". Did you mean "String"?'],
    [VALIDATION, 'Variable "$x" is never used.'],
  ]),
  refused(
    'fragments in a circle',
    'SOCK-4',
    { query: '{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }' },
    [[VALIDATION, 'Cannot spread fragment "a" within itself via "b".']],
  ),
  refused('a fragment in itself', 'SOCK-4', { query: '{ ...a } fragment a on Query { ...a }' }, [
    [VALIDATION, 'Cannot spread fragment "a" within itself.'],
  ]),
  refused(
    'two root fields of a subscription',
    'SOCK-4',
    { query: 'subscription { onMessage { text } onPresence { id } }' },
    [[VALIDATION, 'Anonymous Subscription must select only one top level field.']],
  ),
  refused(
    '@skip at the root with a literal of a wrong type',
    'SOCK-4',
    { query: 'subscription { onMessage @skip(if: "x") { text } }' },
    [[VALIDATION, 'Argument "if" has invalid value "x".']],
  ),
  refused(
    '@include at the root without its argument',
    'SOCK-4',
    { query: 'subscription { onMessage @include { text } }' },
    [[VALIDATION, 'Argument "if" of required type "Boolean!" was not provided.']],
  ),
  refused(
    'a subscription whose only field is skipped',
    'SOCK-4',
    { query: 'subscription { onMessage @skip(if: true) { text } }' },
    [NOTHING_LEFT],
  ),
  refused(
    'a subscription whose only fragment is not included',
    'SOCK-4',
    { query: 'subscription { ...f @include(if: false) } fragment f on Subscription { onMessage { text } }' },
    [NOTHING_LEFT],
  ),
  refused(
    'a skipped field in fragments that are spread twice in each other',
    'SOCK-4',
    {
      query: `subscription { ...f9 } fragment f0 on Subscription { onMessage @skip(if: true) { text } } ${Array.from(
        { length: 9 },
        (_, index) => `fragment f${index + 1} on Subscription { ...f${index} ...f${index} }`,
      ).join(' ')}`,
    },
    [NOTHING_LEFT],
  ),
  refused('an unknown directive', 'SOCK-4', { query: '{ me @nothing { id } }' }, [
    [VALIDATION, 'Unknown directive "@nothing".'],
  ]),
  refused('a schema definition', 'SOCK-4', { query: 'type Query { x: Int }' }, [
    [VALIDATION, 'The "Query" definition is not executable.'],
  ]),
  refused('an unknown operation', 'SOCK-4', { query: 'query A { __typename }', operationName: 'B' }, [
    ['BAD_USER_INPUT', 'The document has no such operation: give `operationName`.'],
  ]),
  refused('two operations and no name', 'SOCK-4', { query: 'query A { __typename } query B { __typename }' }, [
    ['BAD_USER_INPUT', 'The document has no such operation: give `operationName`.'],
  ]),
  refused(
    'a missing variable',
    'SOCK-4',
    { query: 'subscription ($since: Cursor!) { onMessage(since: $since) { text } }' },
    [['BAD_USER_INPUT', 'Variable "$since" of required type "Cursor!" was not provided.']],
  ),
  refused(
    'a variable of a wrong type',
    'SOCK-4',
    { query: 'subscription ($x: Boolean!) { onMessage { text @skip(if: $x) } }', variables: { x: 'yes' } },
    [['BAD_USER_INPUT', 'Variable "$x" got invalid value "yes"; Boolean cannot represent a non boolean value: "yes"']],
  ),
  refused(
    'a cursor that is an object',
    'CURSOR-3',
    { query: 'subscription ($since: Cursor) { onMessage(since: $since) { text } }', variables: { since: { a: 1 } } },
    [['CURSOR_INVALID', 'That cursor is damaged: copy it whole.']],
  ),
  refused('a depth over 6', 'LIMIT-2', { query: '{ me { x { x { x { x { x { x } } } } } } }' }, [
    ['BAD_USER_INPUT', 'The depth of this operation is 7; at most 6 is allowed.'],
    [VALIDATION, 'Cannot query field "x" on type "User".'],
  ]),
  refused('16 aliases', 'LIMIT-2', { query: `{ ${many(16, i => `a${i}: server { version }`)} }` }, [
    ['BAD_USER_INPUT', 'The number of aliases of this operation is 16; at most 15 is allowed.'],
  ]),
  refused('a cost over 5,000', 'LIMIT-2', { query: `{ ${many(9, i => `a${i}: ${PAGE}`)} }` }, [
    ['BAD_USER_INPUT', 'The cost of this operation is 7209; at most 5000 is allowed.'],
  ]),
  refused(
    'a cost over 5,000 through fragments',
    'LIMIT-2',
    {
      query: `{ ...a } fragment a on Query { ${many(9, i => `a${i}: messages(limit: 100) { nodes { ...m } }`)} } fragment m on Message { id text cursor sentAt from { id username } }`,
    },
    [['BAD_USER_INPUT', 'The cost of this operation is 7209; at most 5000 is allowed.']],
  ),
  refused(
    'two passwords tried in one document',
    'ENTER-10',
    {
      query:
        'mutation { a: enter(username: "x1", password: "12345678") { token } b: enter(username: "x1", password: "12345679") { token } }',
    },
    [['BAD_USER_INPUT', 'The number of fields that take a password of this operation is 2; at most 1 is allowed.']],
  ),
  refused('a damaged cursor', 'CURSOR-3', { query: 'subscription { onMessage(since: "nonsense") { text } }' }, [
    ['CURSOR_INVALID', 'That cursor is damaged: copy it whole.'],
  ]),
  refused(
    'a damaged cursor in what can’t be shared',
    'CURSOR-3',
    { query: 'subscription { onMessage(since: "nonsense") @skip(if: false) { text } }' },
    [['CURSOR_INVALID', 'That cursor is damaged: copy it whole.']],
  ),
  refused(
    'a variable in a directive at the root',
    'CURSOR-3',
    {
      query: 'subscription ($s: Cursor, $t: Boolean!) { onMessage(since: $s) @include(if: $t) { text } }',
      variables: { s: 'nonsense', t: true },
    },
    [
      [
        VALIDATION,
        'Argument "if" of required type "Boolean!" was provided the variable "$t" which was not provided a runtime value.',
      ],
    ],
  ),
  refused(
    'a feed from somebody else’s place',
    'CURSOR-4',
    ({ foreignMessage }) => ({ query: `subscription { onEvent(since: "${foreignMessage.cursor}") { __typename } }` }),
    [
      [
        'HISTORY_RESET',
        'That cursor is of another history: forget what you kept, read the newest page and start from there.',
      ],
    ],
  ),
  refused(
    'an id of 257 characters',
    'SOCK-7',
    { query: TYPENAME },
    [['BAD_USER_INPUT', 'An operation id has at most 256 characters.']],
    'x'.repeat(257),
  ),
  refused(
    'a syntax error under the id __proto__',
    'SOCK-7',
    { query: '{' },
    [[PARSE, 'Syntax Error: Expected Name, found <EOF>.']],
    '__proto__',
  ),
  refused(
    'a syntax error under the id constructor',
    'SOCK-7',
    { query: '{' },
    [[PARSE, 'Syntax Error: Expected Name, found <EOF>.']],
    'constructor',
  ),
  refused(
    'introspection with many aliases inside',
    'LIMIT-2',
    { query: `{ __schema { ${many(16, i => `a${i}: types { name }`)} } }` },
    [['BAD_USER_INPUT', 'The number of aliases of this operation is 16; at most 15 is allowed.']],
  ),
  refused(
    'introspection of everything, fourteen times',
    'LIMIT-2',
    {
      query: `{ __schema { ${many(14, i => `a${i}: types { fields { type { fields { name args { name } } } } }`)} } }`,
    },
    [['BAD_USER_INPUT', 'The cost of introspection of this operation is 245350; at most 169408 is allowed.']],
  ),
]
