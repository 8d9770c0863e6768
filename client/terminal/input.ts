// What a person or a pipe types: lines of a stream, one question, one password that is not shown.
import { createInterface } from 'node:readline/promises'
import type { Readable } from 'node:stream'
import { Writable } from 'node:stream'

/** Far above what any server takes: an endless line must not fill the memory. */
const LONGEST_LINE = 1_048_576

/** Something typed that cannot be taken. */
export class LineTooLong extends Error {
  override readonly name = 'LineTooLong'
}

/**
 * The lines of a stream without their ends (`\n` or `\r\n`); the last one needs none. The stream is read only as fast
 * as lines are taken.
 *
 * @throws LineTooLong for more than a million characters without an end of line
 */
export async function* linesOf(stream: Readable): AsyncGenerator<string, void> {
  stream.setEncoding('utf8')
  let rest = ''
  for await (const chunk of stream) {
    const pieces = (rest + chunk).split('\n')
    rest = pieces.pop() ?? ''
    for (const line of pieces) yield line.replace(/\r$/, '')
    if (rest.length > LONGEST_LINE) throw new LineTooLong()
  }
  if (rest !== '') yield rest.replace(/\r$/, '')
}

/** Asks on the terminal. Null: there was no answer (Ctrl-C, Ctrl-D). */
export function ask(question: string): Promise<string | null> {
  return askOn(question, process.stderr)
}

/**
 * Asks for a secret: what is typed is not shown. Null: there was no answer.
 *
 * @param signal takes the question back
 */
export async function askSecret(question: string, signal?: AbortSignal): Promise<string | null> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const asked = askOn('', nowhere, signal)
  // Now that the terminal shows nothing: who pastes it answers at once.
  process.stderr.write(question)
  const answer = await asked
  process.stderr.write('\n')
  return answer
}

async function askOn(question: string, output: NodeJS.WritableStream, signal?: AbortSignal): Promise<string | null> {
  const terminal = createInterface({ input: process.stdin, output, terminal: true, historySize: 0 })
  const gone = new Promise<null>(resolve => {
    terminal.once('close', () => resolve(null))
    terminal.once('SIGINT', () => terminal.close())
  })
  try {
    return await Promise.race([
      terminal.question(question, signal === undefined ? {} : { signal }).catch(() => null),
      gone,
    ])
  } finally {
    terminal.close()
  }
}
