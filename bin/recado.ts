// From the words of the command line to one command, which is loaded only when it is named. Exit codes: 0 done,
// 1 failed, 2 called wrongly.
import { readFileSync } from 'node:fs'
import { inspect } from 'node:util'
import { describeCommand, type ExitCode, Failure, UsageError } from '../client/terminal/command.ts'
import { harmlessText } from '../client/terminal/harmless.ts'
import { type Language, languageOf, parseLanguage } from '../client/terminal/texts.ts'
import { programTextsFor } from './commands/texts.ts'
import { COMMANDS, describeProgram } from './commands.ts'

/** What a command that is done may still be doing before it is ended: sockets that close, timers nobody waits for. */
const LINGER_MS = 2000

/** Takes `--lang x` or `--lang=x` out of the words before `--`. */
function takeLanguage(words: readonly string[]): { language: Language; rest: string[]; wrong: string | null } {
  const end = words.includes('--') ? words.indexOf('--') : words.length
  const at = words.findIndex((word, index) => index < end && /^--lang(=|$)/.test(word))
  if (at === -1) return { language: languageOf(process.env), rest: [...words], wrong: null }
  const word = words[at] ?? ''
  const inline = word.includes('=')
  const given = inline ? word.slice('--lang='.length) : (words[at + 1] ?? '')
  const language = parseLanguage(given)
  return {
    language: language ?? languageOf(process.env),
    rest: words.toSpliced(at, inline ? 1 : 2),
    wrong: language === undefined ? given : null,
  }
}

async function run(words: readonly string[]): Promise<ExitCode> {
  const { language, rest, wrong } = takeLanguage(words)
  const texts = programTextsFor(language)
  let name = ''
  try {
    if (wrong !== null) throw new UsageError(texts.program.notALanguage(JSON.stringify(wrong)))
    const [first = '', ...more] = rest
    const options = more.slice(0, more.includes('--') ? more.indexOf('--') : more.length)
    if (first === '--version' || first === '-v') {
      console.log(JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version)
      return 0
    }
    if (first === '--help' || first === '-h' || (first === 'help' && more.length === 0)) {
      console.log(describeProgram(texts))
      return 0
    }
    const asked = first === 'help' ? (more[0] ?? '') : first
    if (asked === '') {
      console.error(describeProgram(texts))
      throw new UsageError(texts.program.noCommand)
    }
    const row = COMMANDS.get(asked)
    if (row === undefined) throw new UsageError(texts.program.unknownCommand(JSON.stringify(asked)))
    name = asked
    const command = await row.load(texts)
    if (first === 'help' || options.includes('--help') || options.includes('-h')) {
      console.log(describeCommand(command, texts))
      return 0
    }
    return await command.run(more)
  } catch (error) {
    if (error instanceof UsageError) {
      console.error(harmlessText(error.message))
      console.error(texts.program.seeHelp(`npx recado ${name}`.trim()))
      return 2
    }
    if (error instanceof Failure) console.error(harmlessText(error.message))
    else console.error(harmlessText(inspect(error), ''))
    return 1
  }
}

// `recado tail | head` is no error: who reads has had enough.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', error => {
    // A command that draws on the whole terminal sees itself to its end.
    if (stream.listenerCount('error') > 1) return
    if ('code' in error && error.code === 'EPIPE') process.exit(0)
    throw error
  })
}

process.exitCode = await run(process.argv.slice(2))
process.stdout.write('', () => setTimeout(() => process.exit(), LINGER_MS).unref())
