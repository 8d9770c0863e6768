// When two spellings are one name: the server's rule (PROTOCOL.md, ENTER-4), said again here, and held to the server's own
// by a test. Case and accents do not tell names apart; marks that are vowels or make other letters do.

// Marks are accents on these scripts, and letters of their own on others.
const ACCENTS = /(?<=[\p{scx=Latn}\p{scx=Grek}\p{scx=Cyrl}]\p{M}*)\p{Mn}/gu
/** Vowel points of Hebrew and Arabic, which may be left out. */
const POINTS = /[\u0591-\u05BD\u05BF\u05C1\u05C2\u05C4\u05C5\u05C7\u064B-\u0652\u0670]/g
/** Letters that have no decomposition, and are typed without their stroke. */
const STROKED: Readonly<Record<string, string>> = { ø: 'o', đ: 'd', ħ: 'h', ł: 'l', ŧ: 't', æ: 'ae', œ: 'oe' }

/** The form in which two spellings of one name are equal. */
export function foldName(name: string): string {
  return (
    name
      .normalize('NFKC')
      .normalize('NFD')
      .replace(ACCENTS, '')
      .replace(POINTS, '')
      .normalize('NFC')
      // As full case folding does: ß and ẞ are ss.
      .toLowerCase()
      .toUpperCase()
      .toLowerCase()
      .replaceAll('ς', 'σ')
      .replace(/[øđħłŧæœ]/g, letter => STROKED[letter] ?? letter)
  )
}
