// Cursors that were changed in any way, everywhere a cursor is taken: only those that the account was given are good.
import fc from 'fast-check'
import { createCursorCodec } from '../../../server/domain/cursor.ts'
import { codeOf, request } from '../../setup/request.ts'
import { checkCodes, type Fuzzing, fuzzer } from './fuzzer.ts'

type Change =
  | { readonly how: 'replace' | 'insert'; readonly at: number; readonly char: string }
  | { readonly how: 'drop' | 'swap'; readonly at: number; readonly char: string }
  | { readonly how: 'position'; readonly at: number; readonly char: string }
  | { readonly how: 'epoch'; readonly at: number; readonly char: string }

const change: fc.Arbitrary<Change> = fc.record({
  how: fc.constantFrom('replace', 'insert', 'drop', 'swap', 'position', 'epoch'),
  at: fc.nat({ max: 60 }),
  char: fc.oneof(
    fc.constantFrom(...'0123456789abcdefghjkmnpqrstvwxyz-ilou ABC'),
    fc.string({ unit: 'grapheme', maxLength: 2 }),
  ),
})

interface Input {
  readonly which: number
  readonly changes: readonly Change[]
  readonly anything: string | null
}

const input: fc.Arbitrary<Input> = fc.record({
  which: fc.nat({ max: 20 }),
  changes: fc.array(change, { maxLength: 3 }),
  anything: fc.option(fc.string({ unit: 'grapheme', maxLength: 60 }), { freq: 8 }),
})

function changed(cursor: string, { how, at, char }: Change): string {
  const place = at % (cursor.length + 1)
  switch (how) {
    case 'replace':
      return cursor.slice(0, place) + char + cursor.slice(place + 1)
    case 'insert':
      return cursor.slice(0, place) + char + cursor.slice(place)
    case 'drop':
      return cursor.slice(0, place) + cursor.slice(place + 1)
    case 'swap':
      return (
        cursor.slice(0, place) +
        cursor
          .slice(place, place + 2)
          .split('')
          .reverse()
          .join('') +
        cursor.slice(place + 2)
      )
    case 'position':
    case 'epoch':
      return sound(cursor, how, at)
  }
}

/** A cursor with a good check, of another place or another history. */
function sound(cursor: string, how: 'position' | 'epoch', at: number): string {
  const epoch = cursor.slice(0, 8)
  if (!/^[0-9a-z]{8}$/.test(epoch)) return cursor
  if (how === 'epoch') return createCursorCodec(`${epoch.slice(1)}${at % 10}`).encode(Date.now() * 1000)
  try {
    const codec = createCursorCodec(epoch)
    return codec.encode(Math.max(0, codec.decode(cursor) + (at - 30)))
  } catch {
    return cursor
  }
}

const FIELDS: readonly [name: string, query: string][] = [
  ['since', 'query ($c: Cursor!) { messages(since: $c) { pageInfo { endCursor } } }'],
  ['before', 'query ($c: Cursor!) { messages(before: $c) { pageInfo { endCursor } } }'],
  ['search', 'query ($c: Cursor!) { search(text: "message", before: $c) { pageInfo { endCursor } } }'],
  ['conversations', 'query ($c: Cursor!) { conversations(before: $c) { unread } }'],
  ['markRead', 'mutation ($c: Cursor!) { markRead(cursor: $c) { cursor } }'],
]

async function feedCode({ target, mallory }: Fuzzing, cursor: string): Promise<string | null> {
  const cancelled = new AbortController()
  const response = await fetch(target.graphql, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      authorization: `Bearer ${mallory.token}`,
    },
    body: JSON.stringify({
      query: 'subscription ($c: Cursor!) { onEvent(since: $c) { __typename } }',
      variables: { c: cursor },
    }),
    signal: cancelled.signal,
  })
  let text = ''
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk).toString()
    if (text.includes('data: {')) break
  }
  cancelled.abort()
  return /"code":"([A-Z_]+)"/.exec(text)?.[1] ?? null
}

export const CURSORS = fuzzer(
  'cursors',
  'cursors that were changed, everywhere one is taken',
  input,
  async (fuzzing, each) => {
    const { target, mallory, cursors, foreignCursor } = fuzzing
    const all = [...cursors, foreignCursor]
    const given = all[each.which % all.length] as string
    const cursor = each.anything ?? each.changes.reduce(changed, given)
    const isOrigin = cursor === createCursorCodec(foreignCursor.slice(0, 8)).encode(0)
    const isGood = cursors.includes(cursor) || isOrigin
    const codes = await Promise.all(
      FIELDS.map(async ([name, query]) => {
        const result = await request(target.graphql, query, { variables: { c: cursor }, token: mallory.token })
        return [name, codeOf(result)] as const
      }),
    )
    codes.push(['feed', await feedCode(fuzzing, cursor)])
    for (const [name, code] of codes) {
      if (isGood !== (code === null)) throw new Error(`${name}: ${JSON.stringify(cursor)} is ${code ?? 'taken'}`)
      if (code !== null) checkCodes(name, [code], ['CURSOR_INVALID', 'HISTORY_RESET'])
    }
    if (new Set(codes.map(([, code]) => code)).size > 1) throw new Error(`not alike: ${JSON.stringify(codes)}`)
  },
)
