// Commands in disguise: a text whose first visible character is a slash never goes out to everyone, whatever stands before
// it, in whatever width or case; and `/msg name text` reaches that name alone.
import fc from 'fast-check'
import { codeOf, request } from '../../setup/request.ts'
import { checkCodes, fuzzer } from './fuzzer.ts'

const BEFORE = [
  '',
  ' ',
  '\t',
  '\n',
  '\r\n',
  '\u00a0',
  '\u3000',
  '\u2003',
  '\u200b',
  '\u200d',
  '\ufeff',
  '\u2060',
  '\u00ad',
  '\u200f',
  '\u202e',
  '\u2066',
  '\u180e',
  '\u034f',
  '\ufe0f',
  '\u{e0001}',
  '\u{e0061}',
  '\u115f',
  '\u3164',
  '\uffa0',
  '\u2800',
  '\u0085',
  '\u2028',
  '\u0007',
  '\u{1D159}',
]
const SLASH = ['/', '\uff0f']
const BETWEEN = [' ', '\u00a0', '\n', '\t', '\u3000', '\u2009', '  ', ' \u200b ']
const WORDS = [
  'msg',
  'w',
  'dm',
  'MSG',
  'Msg',
  'ｍｓｇ',
  'ＤＭ',
  'm\u00adsg',
  'm\u200bsg',
  'masg',
  'me',
  'help',
  '',
  '__proto__',
  'ｗ',
  'ﬀ',
  'µ',
]
const NAMES = ['joao', 'JOÃO', 'João', 'joa\u0303o', 'ｊｏａｏ', 'jo\u200bao', 'nobody-at-all', '', '/']

const any = (values: readonly string[], most: number): fc.Arbitrary<string> =>
  fc.array(fc.constantFrom(...values), { maxLength: most }).map(parts => parts.join(''))

const typed = fc
  .record({
    before: any(BEFORE, 5),
    slash: fc.constantFrom(...SLASH),
    word: fc.constantFrom(...WORDS),
    afterWord: any(BETWEEN, 2),
    name: fc.constantFrom(...NAMES),
    afterName: any(BETWEEN, 2),
    text: fc.string({ unit: 'grapheme', maxLength: 12 }),
    anywhere: fc.tuple(fc.constantFrom(...BEFORE), fc.double({ min: 0, max: 1, noNaN: true })),
  })
  .map(({ before, slash, word, afterWord, name, afterName, text, anywhere: [odd, at] }) => {
    const whole = `${slash}${word}${afterWord}${name}${afterName}${text}`
    const place = Math.floor(at * whole.length)
    return `${before}${whole.slice(0, place)}${odd}${whole.slice(place)}`
  })

/** What no reader can see, by Unicode's own properties and two blanks that it counts as symbols. */
const UNSEEN = /[\p{White_Space}\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800\u{1D159}]/gu

const CODES = ['UNKNOWN_COMMAND', 'BAD_USER_INPUT', 'TEXT_EMPTY', 'TEXT_INVALID', 'UNKNOWN_RECIPIENT']

export const COMMANDS = fuzzer('commands', '`/msg` in every disguise: never public', typed, async (fuzzing, text) => {
  const { target, mallory, joao } = fuzzing
  const result = await request(
    target.graphql,
    'mutation ($text: String!) { sendMessage(text: $text) { text to { id } } }',
    { variables: { text }, token: mallory.token },
  )
  const code = codeOf(result)
  if (code !== null) return checkCodes(JSON.stringify(text), [code], CODES)
  const seen = text.replaceAll(UNSEEN, '').normalize('NFKC')
  const { to } = result.data.sendMessage
  // `//x` is a public text on purpose: two slashes side by side.
  const isMeant = /^[\s\S]*?[/\uff0f][/\uff0f]/u.test(text) && /^\/\//.test(seen)
  if (to === null && !isMeant) throw new Error(`went out to everyone: ${JSON.stringify(text)}`)
  if (to !== null && to.id !== joao.id) throw new Error(`went to ${to.id}: ${JSON.stringify(text)}`)
})
