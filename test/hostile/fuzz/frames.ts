// Frames: conversations that are right, cut into fragments and pieces anywhere with control frames between, get exactly
// their answers; the same with bytes changed, lost or added gets a close code of the table, or what still made sense.
import fc from 'fast-check'
import { frame, OPCODE } from '../../../audit/wire/frame.ts'
import { codesOf, converse } from './converse.ts'
import { checkCodes, fuzzer } from './fuzzer.ts'

type Said = { readonly kind: 'ping' | 'query' | 'feed' | 'complete'; readonly id: number; readonly text: string }

interface Conversation {
  readonly said: readonly Said[]
  /** Where each message is cut, in shares of its length. */
  readonly cuts: readonly number[]
  /** Control frames between fragments. */
  readonly controls: boolean
  readonly damage: readonly {
    readonly at: number
    readonly how: 'xor' | 'drop' | 'insert' | 'cut'
    readonly byte: number
  }[]
  /** Sizes of the pieces that are written. */
  readonly pieces: readonly number[]
}

const share = fc.double({ min: 0, max: 0.999, noNaN: true })
const conversation: fc.Arbitrary<Conversation> = fc.record({
  said: fc.array(
    fc.record({
      kind: fc.constantFrom('ping', 'query', 'feed', 'complete'),
      id: fc.nat({ max: 3 }),
      text: fc.string({ unit: 'grapheme', maxLength: 20 }),
    }),
    { minLength: 1, maxLength: 6 },
  ),
  cuts: fc.array(share, { maxLength: 6 }),
  controls: fc.boolean(),
  damage: fc.oneof(
    fc.constant([]),
    fc.array(
      fc.record({
        at: share,
        how: fc.constantFrom('xor', 'drop', 'insert', 'cut'),
        byte: fc.integer({ min: 1, max: 255 }),
      }),
      { minLength: 1, maxLength: 4 },
    ),
  ),
  pieces: fc.array(fc.integer({ min: 1, max: 200 }), { maxLength: 12 }),
})

const CLOSED = [1000, 1002, 1003, 1005, 1007, 1008, 1009, 4400, 4401, 4409, 4429]

function messageOf({ kind, id, text }: Said, index: number): object {
  if (kind === 'ping') return { type: 'ping', payload: { text, index } }
  if (kind === 'complete') return { id: `f${id}`, type: 'complete' }
  if (kind === 'feed')
    return { id: `f${id}`, type: 'subscribe', payload: { query: 'subscription { onTyping { private } }' } }
  return {
    id: `q${index}`,
    type: 'subscribe',
    payload: { query: `{ __typename } # ${text.replaceAll(/[\r\n]/g, ' ')}` },
  }
}

const END = { id: 'end', type: 'subscribe', payload: { query: '{ __typename }' } }

function answersTo(id: string): object[] {
  return [
    { id, type: 'next', payload: { data: { __typename: 'Query' } } },
    { id, type: 'complete' },
  ]
}

function framesOf(message: object, { cuts, controls }: Conversation): Buffer[] {
  const bytes = Buffer.from(JSON.stringify(message))
  const places = [...new Set(cuts.map(cut => Math.floor(cut * bytes.length)))].sort((a, b) => a - b)
  const edges = [0, ...places, bytes.length]
  return edges.slice(1).flatMap((end, index) => {
    const fin = index === edges.length - 2
    const opcode = index === 0 ? OPCODE.text : OPCODE.continuation
    const fragment = frame({ opcode, fin, payload: bytes.subarray(edges[index], end) })
    return controls && !fin ? [fragment, frame({ opcode: OPCODE.ping, payload: 'between' })] : [fragment]
  })
}

function damaged(bytes: Buffer, damage: Conversation['damage']): Buffer {
  let changed = Buffer.from(bytes)
  for (const { at, how, byte } of damage) {
    const index = Math.floor(at * changed.length)
    if (how === 'xor') changed[index] = (changed[index] ?? 0) ^ byte
    else if (how === 'cut') changed = changed.subarray(0, index)
    else {
      const added = how === 'insert' ? Buffer.from([byte]) : Buffer.alloc(0)
      changed = Buffer.concat([changed.subarray(0, index), added, changed.subarray(how === 'drop' ? index + 1 : index)])
    }
  }
  return changed
}

function piecesOf(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const pieces: Buffer[] = []
  let start = 0
  for (const size of sizes) {
    if (start >= bytes.length) break
    pieces.push(bytes.subarray(start, start + size))
    start += size
  }
  return [...pieces, bytes.subarray(start)]
}

export const FRAMES = fuzzer(
  'frames',
  'conversations in fragments and pieces, right and damaged',
  conversation,
  async ({ target, mallory }, input) => {
    // Behind everything that is right stands a query whose answer is waited for: a close frame would overtake answers.
    const isRight = input.damage.length === 0
    const said = [...input.said.map(messageOf), ...(isRight ? [END] : [])]
    const right = Buffer.concat(said.flatMap(message => framesOf(message, input)))
    const pieces = piecesOf(damaged(right, input.damage), input.pieces)
    const awaited = isRight ? { id: END.id, isSubscription: false } : undefined
    const transcript = await converse(target.socket, mallory.token, pieces, awaited)
    checkCodes('an error', codesOf(transcript))
    if (transcript.code !== null && !CLOSED.includes(transcript.code)) throw new Error(`closed with ${transcript.code}`)
    if (!isRight) return
    // Until an id is in use, everything is answered in its order.
    const running = new Set<number>()
    const clash = input.said.findIndex(({ kind, id }) => {
      const isTwice = kind === 'feed' && running.has(id)
      if (kind === 'feed') running.add(id)
      if (kind === 'complete') running.delete(id)
      return isTwice
    })
    const heard = input.said.slice(0, clash < 0 ? undefined : clash)
    const answers = heard.flatMap(({ kind, text }, index): object[] => {
      if (kind === 'ping') return [{ type: 'pong', payload: { text, index } }]
      if (kind !== 'query') return []
      const id = `q${index}`
      return [
        { id, type: 'next', payload: { data: { __typename: 'Query' } } },
        { id, type: 'complete' },
      ]
    })
    const expected = clash < 0 ? [...answers, ...answersTo(END.id)] : answers
    const got = [transcript.code, transcript.messages]
    const wanted = [clash < 0 ? 1000 : 4409, expected]
    if (JSON.stringify(got) !== JSON.stringify(wanted)) {
      throw new Error(`expected ${JSON.stringify(wanted)}, got ${JSON.stringify(got)}`)
    }
  },
)
