// A text as one line, for where there is no room for more.

const LONGEST = 160

/** At most so many characters, white space and line breaks as single spaces. */
export function excerptOf(text: string, longest = LONGEST): string {
  const line = text
    .slice(0, 4 * longest)
    .replace(/\s+/gu, ' ')
    .trim()
  const characters = [...line]
  return characters.length > longest ? `${characters.slice(0, longest).join('')}…` : line
}
