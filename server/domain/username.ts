// A name as typed → the name that is shown, the key by which it is addressed, and the skeleton by which look-alikes
// collide; or USERNAME_INVALID with the rule it breaks. Basis: RFC 8265 UsernameCaseMapped (over RFC 8264's
// IdentifierClass) and UTS 39's single-script restriction, both narrowed to letters, digits, `_`, `-` and `.`.
import { LOOKS_LIKE } from './confusables.ts'
import { Refusal } from './errors.ts'
import { countCodePoints } from './text.ts'

export interface Username {
  /** As it is shown: full-width and half-width forms mapped to the usual ones, NFC, case kept. */
  readonly username: string
  /** By which it is addressed, unique: no case, no accents. */
  readonly key: string
  /** Equal for names that look alike, unique: letters and digits replaced by what they look like. */
  readonly skeleton: string
}

/** In code points, once normalised. */
export const LENGTH_LIMIT = 32
/** In UTF-16 units, as typed: beyond this no normalisation makes a name of it. */
const INPUT_LIMIT = 512
/** Nonspacing marks on one letter: UTS 39, optional detection. */
const MARKS_LIMIT = 4

const ASCII_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/

// RFC 8265 maps full-width and half-width forms. Beside them, the letters of living orthographies that RFC 8264 would
// refuse for having a compatibility mapping: Armenian ech-yiwn, Thai and Lao am, Lao ho-no and ho-mo.
const WIDTH_FORMS = /[\uFF00-\uFFEF\u0587\u0E33\u0EB3\u0EDC\u0EDD]/g
const ALLOWED = /^[\p{L}\p{Mn}\p{Mc}\p{Nd}._-]$/u
// RFC 8264: OldHangulJamo and the exceptions among letters and marks (tatweel, kana repeat marks …).
const DISALLOWED =
  /[\p{Default_Ignorable_Code_Point}\u0640\u07FA\u302E\u302F\u3031-\u3035\u303B\u1100-\u11FF\uA960-\uA97F\uD7B0-\uD7FF]/u
const ASCII_COMMON = /[0-9._-]/g
const STARTS_WELL = /^[\p{L}\p{Nd}]/u
const STRAY_MARK = /[\p{Nd}._-]\p{M}/u
const TOO_MANY_MARKS = new RegExp(`\\p{Mn}{${MARKS_LIMIT + 1}}|(\\p{Mn})\\1`, 'u')
const RIGHT_TO_LEFT = /[\p{scx=Adlm}\p{scx=Arab}\p{scx=Hebr}\p{scx=Nkoo}\p{scx=Rohg}\p{scx=Syrc}\p{scx=Thaa}]/u
const ENDS_WELL = /[\p{L}\p{M}\p{Nd}]$/u

/**
 * What may stand together in one name: the scripts in recommended or limited modern use (UAX 31, tables 5 and 7), each
 * by itself, and the three that Japanese, Chinese and Korean are written in.
 */
const SCRIPTS = [
  'Latn Cyrl Grek Armn Hebr Arab Syrc Thaa Nkoo Adlm Rohg Deva Beng Guru Gujr Orya Taml Telu Knda Mlym Sinh Thai Laoo',
  'Tibt Mymr Geor Ethi Khmr Cher Cans Mong Tfng Vaii Java Bali Sund Olck Mtei Cakm Newa Talu Tale Lana Tavt Cham Limb',
  'Lepc Batk Saur Sylo Kali Osge Wcho Hmnp Plrd Bamu Yiii Lisu Mand',
]
  .join(' ')
  .split(' ')
  .map(script => `\\p{scx=${script}}`)
  .concat('\\p{scx=Hani}\\p{scx=Hira}\\p{scx=Kana}', '\\p{scx=Hani}\\p{scx=Bopo}', '\\p{scx=Hani}\\p{scx=Hang}')
const ONE_SCRIPT = SCRIPTS.map(script => new RegExp(`^[${script}]*$`, 'u'))
const SOME_SCRIPT = new RegExp(`^[${SCRIPTS.join('')}]$`, 'u')

/**
 * Reads a name that somebody wants to have.
 * @throws Refusal `USERNAME_INVALID`, whose message says which rule was broken
 */
export function parseUsername(input: string): Username {
  const result = read(input)
  if (typeof result === 'string') throw new Refusal('USERNAME_INVALID', result)
  return result
}

/** The name, or null when nobody can have it. */
export function readUsername(input: string): Username | null {
  const result = read(input)
  return typeof result === 'string' ? null : result
}

/** The key of a name that somebody is addressed by; null when nobody can have such a name. */
export function usernameKey(input: string): string | null {
  const result = read(input)
  return typeof result === 'string' ? null : result.key
}

/** The name, or a sentence about the rule it breaks. */
function read(input: string): Username | string {
  if (ASCII_NAME.test(input)) return named(input)

  if (input === '') return `A username has 1 to ${LENGTH_LIMIT} characters; this one has none.`
  if (input.length > INPUT_LIMIT) return tooLong('more')
  if (!input.isWellFormed()) return 'A username is well-formed Unicode; this one has half of a character.'
  const username = input.replace(WIDTH_FORMS, form => form.normalize('NFKC')).normalize('NFC')
  const length = countCodePoints(username)
  if (length > LENGTH_LIMIT) return tooLong(String(length))

  for (const char of username) {
    // A character with a compatibility mapping is another way to write others: RFC 8264, HasCompat.
    if (!ALLOWED.test(char) || DISALLOWED.test(char) || char.normalize('NFKC') !== char.normalize('NFC')) {
      return `A username has letters, digits, \`_\`, \`-\` and \`.\` only, not ${shown(char)}.`
    }
  }
  if (!STARTS_WELL.test(username)) return 'A username starts with a letter or a digit.'
  if (STRAY_MARK.test(username)) return 'An accent or a vowel sign in a username stands on a letter.'
  if (TOO_MANY_MARKS.test(username)) return `A letter of a username has at most ${MARKS_LIMIT} marks, no two alike.`

  const letters = username.replace(ASCII_COMMON, '')
  for (const char of letters) {
    if (!SOME_SCRIPT.test(char)) return `A username has letters of scripts in use today, not ${shown(char)}.`
  }
  if (!ONE_SCRIPT.some(script => script.test(letters))) return 'A username has letters of one script only.'
  if (mixesDigits(username)) return 'A username has digits of one kind only.'
  // RFC 5893, the bidi rule, for names of one script.
  if (RIGHT_TO_LEFT.test(letters) && !(/^\p{L}/u.test(username) && ENDS_WELL.test(username))) {
    return 'A username written from right to left starts with a letter and ends with a letter or a digit.'
  }
  return named(username)
}

function tooLong(length: string): string {
  return `A username has 1 to ${LENGTH_LIMIT} characters; this one has ${length}.`
}

/** Never the character itself: it may be one that turns the sentence around. */
function shown(char: string): string {
  return `U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
}

function mixesDigits(username: string): boolean {
  const zeros = new Set<number>()
  for (const digit of username.match(/\p{Nd}/gu) ?? []) zeros.add(zeroOf(digit.codePointAt(0) ?? 0))
  return zeros.size > 1
}

/** Decimal digits come in tens, 0 first, some of them side by side: the code point of the zero. */
function zeroOf(codePoint: number): number {
  let first = codePoint
  while (/\p{Nd}/u.test(String.fromCodePoint(first - 1))) first--
  return codePoint - ((codePoint - first) % 10)
}

function named(username: string): Username {
  const letters = withoutAccents(username)
  return { username, key: foldCase(letters), skeleton: skeletonOf(letters) }
}

// Marks are taken off Latin, Greek and Cyrillic letters, where they are accents (й and ё become и and е, which is
// stricter than Russian needs, but they differ by a stroke that readers overlook). Where marks are vowels or make other
// letters (Indic scripts, Thai, kana), they stay. Arabic and Hebrew vowel points are optional in writing, so they go;
// hamza and madda, which make other letters, stay.
const ACCENTS = /(?<=[\p{scx=Latn}\p{scx=Grek}\p{scx=Cyrl}]\p{M}*)\p{Mn}/gu
const POINTS = /[\u0591-\u05BD\u05BF\u05C1\u05C2\u05C4\u05C5\u05C7\u064B-\u0652\u0670]/g
/** Letters with a stroke or joined ones, which have no decomposition but are typed without it. */
const STROKES: Readonly<Record<string, string>> = {
  ø: 'o',
  Ø: 'O',
  đ: 'd',
  Đ: 'D',
  ħ: 'h',
  Ħ: 'H',
  ł: 'l',
  Ł: 'L',
  ŧ: 't',
  Ŧ: 'T',
  æ: 'ae',
  Æ: 'AE',
  œ: 'oe',
  Œ: 'OE',
}
const STROKED = new RegExp(`[${Object.keys(STROKES).join('')}]`, 'g')

function withoutAccents(username: string): string {
  return username
    .normalize('NFD')
    .replace(ACCENTS, '')
    .replace(POINTS, '')
    .replace(STROKED, letter => STROKES[letter] ?? letter)
    .normalize('NFC')
}

/** As Unicode's full case folding does: ß and ẞ are ss, ς is σ; and ı is i. Of ẞ only the small one becomes SS. */
function foldCase(letters: string): string {
  return letters.toLowerCase().toUpperCase().toLowerCase().replaceAll('ς', 'σ')
}

/**
 * What a name looks like as it is shown, in whatever case it will be shown: each character replaced by what it is taken
 * for, then lower case, where `i`, `l` and `1` are one, as are `o` and `0`, `rn` and `m`, `vv` and `w`.
 */
function skeletonOf(letters: string): string {
  let looks = ''
  for (const char of letters.normalize('NFD')) looks += LOOKS_LIKE.get(char) ?? char
  return foldCase(looks).normalize('NFD').replaceAll('i', 'l').replaceAll('rn', 'm').replaceAll('vv', 'w')
}
