// How far a long command has come, on standard error: a bar that is drawn over itself on a terminal, now and then a line
// anywhere else.
import type { ProgramTexts } from './texts.ts'

export interface ProgressOutput {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

export interface ProgressOptions {
  /** How many there are, about; 0: unknown. */
  readonly total: number
  /** What is counted, as in "42 % of 1,000 rows": given a number that is written already. */
  describe(done: string, total: string): string
  readonly texts: ProgramTexts
  /** Default: standard error. */
  readonly output?: ProgressOutput
  /** Milliseconds. Default `performance.now`. */
  readonly clock?: () => number
}

export interface Progress {
  advance(count: number): void
  set(done: number): void
  /** Takes the bar away. */
  end(): void
}

const REDRAW_MS = 100
const LINE_MS = 5_000
const BAR = 24
const ERASE_LINE = '\r\u001b[2K'

export function createProgress(options: ProgressOptions): Progress {
  const { total, describe, texts, output = process.stderr, clock = () => performance.now() } = options
  const numbers = new Intl.NumberFormat(texts.locale)
  const percent = new Intl.NumberFormat(texts.locale, { style: 'percent' })
  let done = 0
  let shownAt = clock()
  let isDrawn = false

  function line(): string {
    const what = describe(numbers.format(done), numbers.format(Math.max(done, total)))
    if (total <= 0) return what
    // The total is a guess where rows are not counted before: never more than all.
    const share = Math.min(1, done / total)
    const filled = Math.round(share * BAR)
    const bar = output.isTTY ? `${'█'.repeat(filled)}${'░'.repeat(BAR - filled)} ` : ''
    return `${bar}${percent.format(share).padStart(5)}  ${what}`
  }

  function show(): void {
    const now = clock()
    if (now - shownAt < (output.isTTY ? REDRAW_MS : LINE_MS)) return
    shownAt = now
    if (!output.isTTY) return void output.write(`${line()}\n`)
    isDrawn = true
    // A line that is wider than the terminal would not be erased whole.
    output.write(`${ERASE_LINE}${line().slice(0, Math.max(10, (output.columns ?? 80) - 1))}`)
  }

  return {
    advance(count) {
      done += count
      show()
    },
    set(count) {
      done = count
      show()
    },
    end() {
      if (isDrawn) output.write(ERASE_LINE)
      isDrawn = false
    },
  }
}
