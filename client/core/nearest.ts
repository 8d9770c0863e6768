// Which of several words was meant by one that is none of them: for a mistyped command, in every client.

/**
 * The nearest of the words: in a short one (below five letters) one letter may be wrong, missing, too many or swapped with
 * its neighbour, in a longer one two. Of two that are equally near, the first.
 *
 * @returns null: none is near enough
 */
export function nearestOf<Word extends string>(typed: string, words: readonly Word[]): Word | null {
  let nearest: Word | null = null
  let least = (typed.length < 2 ? 0 : typed.length < 5 ? 1 : 2) + 1
  for (const word of words) {
    const distance = distanceOf(typed, word)
    if (distance < least) [nearest, least] = [word, distance]
  }
  return nearest
}

/** Letters to put in, take out or replace; two that are next to each other and swapped count once. */
function distanceOf(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, index) => index)]
  const at = (row: number, column: number) => rows[row]?.[column] ?? Number.POSITIVE_INFINITY
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    rows.push(row)
    for (let j = 1; j <= b.length; j++) {
      const replaced = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY
      row.push(Math.min(replaced, swapped, at(i - 1, j) + 1, at(i, j - 1) + 1))
    }
  }
  return at(a.length, b.length)
}
