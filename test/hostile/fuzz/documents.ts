// GraphQL documents over HTTP, SSE and WebSocket: whatever is asked, the refusals are typed and the same on all three.

import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { buildSchema, GraphQLEnumType } from 'graphql'
import { frame, OPCODE } from '../../../audit/wire/frame.ts'
import type { Result } from '../../setup/request.ts'
import { codesOf, converse } from './converse.ts'
import { checkCodes, type Fuzzing, fuzzer } from './fuzzer.ts'
import { type Generated, generateDocument } from './grammar.ts'

const enumeration = buildSchema(readFileSync(new URL('../../../schema.graphql', import.meta.url), 'utf8')).getType(
  'ErrorCode',
)
if (!(enumeration instanceof GraphQLEnumType)) throw new Error('ErrorCode is no enum')
const CODES = enumeration.getValues().map(({ name }) => name)

function codesIn({ errors }: Result): unknown[] {
  return (errors ?? []).map(({ extensions }) => extensions?.code)
}

async function overHttp(
  { target, mallory }: Fuzzing,
  { query, variables }: Generated,
  accept: string,
): Promise<unknown[]> {
  const cancelled = new AbortController()
  const response = await fetch(target.graphql, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept, authorization: `Bearer ${mallory.token}` },
    body: JSON.stringify({ query, variables }),
    signal: cancelled.signal,
  })
  if (response.status >= 500) throw new Error(`status ${response.status}: ${await response.text()}`)
  // A subscription by a client that takes no stream.
  if (response.status === 406) return []
  if (!response.headers.get('content-type')?.startsWith('text/event-stream')) {
    return codesIn(JSON.parse(await response.text()) as Result)
  }
  let text = ''
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk).toString()
    // A feed that is let in says at most that it has caught up; a refusal comes at once.
    if (/event: complete|^:\n/m.test(text)) break
  }
  cancelled.abort()
  const line = /^data: (.+)$/m.exec(text)?.[1]
  return line === undefined ? [] : codesIn(JSON.parse(line) as Result)
}

async function overSocket({ target, mallory }: Fuzzing, generated: Generated): Promise<unknown[]> {
  const { query, variables } = generated
  const message = { id: 'fuzz', type: 'subscribe', payload: { query, variables } }
  const pieces = [frame({ opcode: OPCODE.text, payload: JSON.stringify(message) })]
  const transcript = await converse(target.socket, mallory.token, pieces, {
    id: message.id,
    isSubscription: /\bsubscription\b/.test(query),
  })
  if (transcript.code !== null && transcript.code !== 1000) throw new Error(`closed with ${transcript.code}`)
  return codesOf(transcript)
}

export const DOCUMENTS = fuzzer(
  'documents',
  'documents by the grammar of the schema, right and wrong, on every transport',
  fc.array(fc.nat({ max: 10_000 }), { minLength: 5, maxLength: 120, size: 'max' }),
  async (fuzzing, choices) => {
    const known = [...fuzzing.cursors, fuzzing.foreignCursor, fuzzing.joao.id, 'bystander']
    const generated = generateDocument(choices, known)
    const http = await overHttp(fuzzing, generated, 'application/graphql-response+json')
    const socket = await overSocket(fuzzing, generated)
    for (const codes of [http, socket]) checkCodes(generated.query, codes, CODES)
    const sse = await overHttp(fuzzing, generated, 'text/event-stream')
    checkCodes(generated.query, sse, CODES)
    // What a mutation finds differs each time, and a subscription is not for plain HTTP.
    if (generated.kind !== 'query') return
    const [one, two, three] = [http, socket, sse].map(codes => JSON.stringify(codes))
    if (one !== two || one !== three) throw new Error(`HTTP ${one}, WebSocket ${two}, SSE ${three}: ${generated.query}`)
  },
)
