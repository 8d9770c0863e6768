// What counts as a word, for texts and for queries alike: text → words without case and accents. The index holds exactly
// these, and what the log says is compared with the query by these, so that the two never disagree.
//
// Letters, digits and the marks on them make a word; all else parts words. Writing that has no spaces (Chinese, Japanese,
// Thai, Lao, Khmer, Burmese) is taken character by character, and each emoji is a word of its own: both are then found
// anywhere in a text, side by side as they were asked for.

/** Longer words are known by their beginning: at most this many UTF-16 units. */
const LONGEST = 64

/** Format characters and the like hide inside words. A zero-width space parts them. */
const IGNORED = /[\p{Default_Ignorable_Code_Point}--[\u200B]]/gv
/**
 * Marks that belong to no script in particular (the accents of Latin, Greek and Cyrillic, the vowel signs of Arabic), and
 * the points of Hebrew. Not the marks of Japanese, nor the vowels of Indic scripts: without them it is another word.
 */
const ACCENTS = /[[\p{M}&&[\p{Script=Inherited}\p{Script=Hebrew}]]--[\u3099\u309A]]/gv
/** Letters that people take for an accented one, but that Unicode does not take apart. */
const LOOSE = /[øłđħıæœςßþð]/gv
const LOOSE_LETTERS: Readonly<Record<string, string>> = {
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ħ: 'h',
  ı: 'i',
  æ: 'ae',
  œ: 'oe',
  ς: 'σ',
  ß: 'ss',
  þ: 'th',
  ð: 'd',
}

/** Signs that several scripts share belong to these only if Latin is none of those. */
const UNSPACED =
  '[[[\\p{scx=Han}\\p{scx=Hiragana}\\p{scx=Katakana}\\p{scx=Thai}\\p{scx=Lao}\\p{scx=Khmer}\\p{scx=Myanmar}]' +
  '&&[\\p{L}\\p{N}]]--\\p{scx=Latin}]'
/** The colours of skin are left out: the thumb is found whatever its colour. */
const EMOJI = '[[\\p{Extended_Pictographic}\\p{Regional_Indicator}]--[\\p{L}\\p{N}\\p{Emoji_Modifier}]]'
const UNSPACED_ALONE = new RegExp(`^${UNSPACED}\\p{M}*$`, 'v')
const EMOJI_ALONE = new RegExp(`^${EMOJI}$`, 'v')
const WORD = new RegExp(`${UNSPACED}\\p{M}*|${EMOJI}|[[\\p{L}\\p{N}\\p{M}]--${UNSPACED}]+`, 'gv')
/** Words of what the table below makes. */
const APART = /[^ ]+/g

/** Latin: by a table, since it is nearly everything that people here write, and ten times as fast. */
const LATIN_END = 0x250
const LATIN: readonly string[] = Array.from({ length: LATIN_END }, (_, code) => {
  const folded = fold(String.fromCharCode(code))
  if (EMOJI_ALONE.test(folded)) return ` ${folded} `
  return [...folded].map(part => (part.match(WORD) ? part : ' ')).join('')
})

/** The words of a text, in order; the same for texts that differ only in case, accents or what is between words. */
export function wordsOf(text: string): string[] {
  const latin = foldLatin(text)
  const found = latin === null ? fold(text).match(WORD) : latin.match(APART)
  return found === null ? [] : found.map(shorten)
}

/** Words with spaces between them; null: it is not all Latin. */
function foldLatin(text: string): string | null {
  let folded = ''
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code >= LATIN_END) return null
    folded += LATIN[code]
  }
  return folded
}

/** Whether this word is one character that was taken by itself: of a writing without spaces, or an emoji. */
export function isAlone(word: string): boolean {
  return UNSPACED_ALONE.test(word) || EMOJI_ALONE.test(word)
}

function fold(text: string): string {
  return text
    .normalize('NFKD')
    .replace(ACCENTS, '')
    .replace(IGNORED, '')
    .toLowerCase()
    .replace(LOOSE, letter => LOOSE_LETTERS[letter] ?? letter)
    .normalize('NFC')
}

function shorten(word: string): string {
  if (word.length <= LONGEST) return word
  const short = word.slice(0, LONGEST)
  return short.isWellFormed() ? short : short.slice(0, -1)
}
