// Names: whatever is typed is a name, taken, or none; and a name that was given out is nobody else's, in any spelling that
// differs in case, accents, width or by what looks alike.
import fc from 'fast-check'
import { codeOf, request } from '../../setup/request.ts'
import { checkCodes, type Fuzzing, fuzzer } from './fuzzer.ts'

const LETTERS = [
  'a',
  'B',
  'é',
  'ç',
  'ñ',
  'ß',
  'ø',
  'ı',
  'İ',
  'ﬁ',
  'ｘ',
  'ж',
  'Σ',
  'ς',
  'א',
  'ع',
  'क',
  'し',
  '漢',
  '한',
  '0',
  '٣',
  '_',
  '-',
  '.',
]
const ODD = [
  '\u0301',
  '\u0323',
  '\u200b',
  '\u200d',
  '\u202e',
  '\u2066',
  '\u00ad',
  '\ufeff',
  '\u0000',
  ' ',
  '/',
  '@',
  '\ud800',
  '😀',
  '\ufe0f',
  '\u{e0061}',
]

const name: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.array(fc.constantFrom(...LETTERS), { minLength: 1, maxLength: 12 }).map(each => each.join('')),
  },
  { weight: 2, arbitrary: fc.array(fc.constantFrom(...LETTERS, ...ODD), { maxLength: 12 }).map(each => each.join('')) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 40 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  { weight: 1, arbitrary: fc.string({ minLength: 3, maxLength: 12, unit: fc.constantFrom(...'abcdefghij') }) },
)

function tryEnter({ target }: Fuzzing, username: string) {
  return request(target.graphql, 'mutation ($u: String!) { enter(username: $u) { token me { id username } } }', {
    variables: { u: username },
  })
}

export const NAMES = fuzzer('names', 'names, and their twins', name, async (fuzzing, typed) => {
  const first = await tryEnter(fuzzing, typed)
  const code = codeOf(first)
  if (code !== null) return checkCodes(JSON.stringify(typed), [code], ['USERNAME_INVALID', 'USERNAME_TAKEN'])
  const { token, me } = first.data.enter
  const { length } = Array.from(me.username as string)
  if (length < 1 || length > 32 || me.username !== me.username.normalize('NFC')) {
    throw new Error(`a name that is none: ${JSON.stringify(me.username)}`)
  }
  const twins = [typed, me.username, typed.toUpperCase(), typed.toLowerCase(), typed.normalize('NFD'), wide(typed)]
  for (const twin of new Set(twins)) {
    const second = codeOf(await tryEnter(fuzzing, twin))
    // Another spelling may be no name at all, but never a second account's.
    checkCodes(
      `${JSON.stringify(twin)} after ${JSON.stringify(typed)}`,
      [second],
      ['USERNAME_TAKEN', 'USERNAME_INVALID'],
    )
    const { data, errors } = await request(
      fuzzing.target.graphql,
      'mutation ($to: String!) { sendMessage(text: "oi", to: $to) { to { id } } }',
      { variables: { to: twin }, token },
    )
    if (second === 'USERNAME_INVALID') continue
    // Whatever differs in case, accents as they are written, or width is the same name.
    const reached = data?.sendMessage.to.id ?? codeOf({ errors: errors ?? [] })
    if (reached !== me.id) throw new Error(`${JSON.stringify(twin)} after ${JSON.stringify(typed)} reaches ${reached}`)
  }
})

function wide(text: string): string {
  return text.replaceAll(/[A-Za-z0-9]/g, char => String.fromCharCode(char.charCodeAt(0) + 0xfee0))
}
