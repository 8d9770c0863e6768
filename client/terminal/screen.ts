// Lines in and lines out. On a terminal there is a prompt that stays below what comes in, and what was typed vanishes
// when it is entered: it comes back through the log, like everybody else's. In a pipe there are just lines.
import { clearScreenDown, createInterface, cursorTo, type Interface, moveCursor } from 'node:readline'
import { styleText } from 'node:util'
import { OWN_WORDS } from './format.ts'
import { askSecret, linesOf } from './input.ts'

export interface Screen {
  /** A line on standard output. */
  print(line: string): void
  /** Something about the program itself: in its colour on a terminal, otherwise on standard error. */
  note(line: string): void
  /** The first line of input, before `lines`: a password. */
  firstLine(): Promise<string>
  /** What is typed, until the end of input or `close`. */
  lines(): AsyncIterable<string>
  close(): void
}

export function createScreen(): Screen {
  return process.stdin.isTTY && process.stdout.isTTY ? createTerminalScreen() : createPipeScreen()
}

function createPipeScreen(): Screen {
  const input = linesOf(process.stdin)
  const closing = Promise.withResolvers<{ done: true; value: undefined }>()
  return {
    print: line => void process.stdout.write(`${line}\n`),
    note: line => void process.stderr.write(`${line}\n`),
    firstLine: async () => (await input.next()).value ?? '',
    async *lines() {
      for (;;) {
        const next = await Promise.race([input.next(), closing.promise])
        if (next.done) return
        yield next.value
      }
    },
    close() {
      closing.resolve({ done: true, value: undefined })
      process.stdin.destroy()
    },
  }
}

const PROMPT = '> '
/** For a terminal that does not know its own width. */
const DEFAULT_COLUMNS = 80

/** What a terminal needs for a text: ideographs, syllables and pictures are two columns wide, marks none. */
export function columnsOf(text: string): number {
  let columns = 0
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    columns += /^[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}\p{Emoji_Presentation}]/u.test(segment) ? 2 : 1
  }
  return columns
}

function createTerminalScreen(): Screen {
  const { stdin: input, stdout: output } = process
  let prompt: Interface | undefined

  /** Takes the prompt away, however many rows it fills, writes, and puts it back with what was typed so far. */
  function print(line: string): void {
    if (prompt !== undefined) {
      moveCursor(output, 0, -prompt.getCursorPos().rows)
      cursorTo(output, 0)
      clearScreenDown(output)
    }
    output.write(`${line}\n`)
    prompt?.prompt(true)
  }

  return {
    print,
    note: line => print(styleText(OWN_WORDS, line, { stream: output })),
    firstLine: async () => (await askSecret('')) ?? '',
    async *lines() {
      const typing = createInterface({ input, output, prompt: PROMPT, historySize: 100 })
      prompt = typing
      typing.on('SIGINT', () => typing.close())
      typing.on('close', () => {
        prompt = undefined
      })
      // Enter has moved the cursor below what was typed.
      typing.on('line', line => {
        const columns = output.columns || DEFAULT_COLUMNS
        moveCursor(output, 0, -Math.max(1, Math.ceil((PROMPT.length + columnsOf(line)) / columns)))
        cursorTo(output, 0)
        clearScreenDown(output)
      })
      typing.prompt()
      for await (const line of typing) {
        yield line
        prompt?.prompt()
      }
      output.write('\n')
    },
    close() {
      prompt?.close()
      input.pause()
    },
  }
}
