// Messages of graphql-transport-ws with anything in the place of anything: what is none of the protocol's is 4400, the
// rest is answered.
import fc from 'fast-check'
import { frame, OPCODE } from '../../../audit/wire/frame.ts'
import { codesOf, converse } from './converse.ts'
import { checkCodes, fuzzer } from './fuzzer.ts'

const VALID: readonly object[] = [
  { type: 'ping', payload: { n: 1 } },
  { type: 'ping' },
  { type: 'pong' },
  { id: 'a', type: 'complete' },
  { id: 'b', type: 'subscribe', payload: { query: '{ me { id } }' } },
  {
    id: 'c',
    type: 'subscribe',
    payload: { query: 'query A { __typename }', operationName: 'A', variables: {}, extensions: {} },
  },
  {
    id: 'd',
    type: 'subscribe',
    payload: { query: 'query ($c: Cursor) { messages(since: $c) { nodes { id } } }', variables: { c: 'x' } },
  },
  {
    id: 'e',
    type: 'subscribe',
    payload: { query: 'subscription ($c: Cursor) { onEvent(since: $c) { __typename } }', variables: { c: 'x' } },
  },
  {
    id: 'f',
    type: 'subscribe',
    payload: { query: 'mutation ($t: String!) { sendMessage(text: $t) { id } }', variables: { t: '/' } },
  },
]
const KEYS = [
  'type',
  'id',
  'payload',
  'query',
  'variables',
  'operationName',
  'extensions',
  'c',
  't',
  '__proto__',
  'constructor',
  'toString',
  'then',
]

interface Change {
  readonly key: string
  readonly value: unknown
  readonly inside: boolean
}

const value = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom(
    '',
    '__proto__',
    'subscribe',
    'complete',
    'connection_init',
    'x'.repeat(257),
    '\u0000',
    '\ud800',
    '{ me { id } }',
  ),
)
const change: fc.Arbitrary<Change> = fc.record({ key: fc.constantFrom(...KEYS), value, inside: fc.boolean() })

const text: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fc.constantFrom(...VALID), fc.array(change, { maxLength: 3 })).map(changed) },
  { weight: 1, arbitrary: fc.json({ maxDepth: 4 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 40 }) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom(...VALID), fc.nat({ max: 80 }))
      .map(([message, end]) => JSON.stringify(message).slice(0, end)),
  },
)

function changed([message, changes]: [object, readonly Change[]]): string {
  const copy = JSON.parse(JSON.stringify(message)) as Record<string, unknown>
  for (const { key, value: given, inside } of changes) {
    const payload = copy.payload
    const at = inside && typeof payload === 'object' && payload !== null ? (payload as Record<string, unknown>) : copy
    // As an own key, whatever it is called: JSON may have it.
    Object.defineProperty(at, key, { value: given, enumerable: true, configurable: true, writable: true })
  }
  return JSON.stringify(copy)
}

function isObject(given: unknown): given is Record<string, unknown> {
  return typeof given === 'object' && given !== null && !Array.isArray(given)
}

const isNullish = (given: unknown): boolean => given === undefined || given === null

/** By the protocol's own document. */
function isMessage(source: string): boolean {
  let message: unknown
  try {
    message = JSON.parse(source)
  } catch {
    return false
  }
  if (!isObject(message)) return false
  const { type, id, payload } = message
  switch (type) {
    case 'ping':
    case 'pong':
    case 'connection_init':
      return isNullish(payload) || isObject(payload)
    case 'complete':
      return typeof id === 'string' && id !== ''
    case 'subscribe': {
      if (typeof id !== 'string' || id === '' || !isObject(payload)) return false
      const { query, variables, operationName, extensions } = payload
      const isOptional = (given: unknown): boolean => isNullish(given) || isObject(given)
      const isName = isNullish(operationName) || typeof operationName === 'string'
      return typeof query === 'string' && isOptional(variables) && isOptional(extensions) && isName
    }
    default:
      return false
  }
}

export const MESSAGES = fuzzer(
  'messages',
  'messages of graphql-transport-ws with anything in the place of anything',
  fc.array(text, { minLength: 1, maxLength: 5 }),
  async ({ target, mallory }, texts) => {
    const end = { id: 'end', type: 'subscribe', payload: { query: '{ __typename }' } }
    const frames = [...texts, JSON.stringify(end)].map(each => frame({ opcode: OPCODE.text, payload: each }))
    const awaited = { id: end.id, isSubscription: false }
    const transcript = await converse(target.socket, mallory.token, frames, awaited)
    checkCodes('an error', codesOf(transcript))
    const bad = texts.findIndex(each => !isMessage(each.toWellFormed()))
    const init = texts.findIndex(each => isMessage(each) && JSON.parse(each).type === 'connection_init')
    // An id may be in use: that depends on how far the one before it has come.
    const first = bad >= 0 && (init < 0 || bad < init) ? 4400 : init >= 0 ? 4429 : 1000
    if (transcript.code !== first && transcript.code !== 4409) {
      throw new Error(`expected ${first}, got ${transcript.code}`)
    }
  },
)
