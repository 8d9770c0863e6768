// From the words of the command line to one command, which is loaded only when it is named. Exit codes: 0 done,
// 1 failed, 2 called wrongly.
import { readFileSync } from 'node:fs'
import {
  type Command,
  describeCommand,
  type ExitCode,
  Failure,
  section,
  UsageError,
} from '../client/terminal/command.ts'
import { harmlessText } from '../client/terminal/harmless.ts'
import { type Language, languageOf, parseLanguage, type Texts, textsFor } from '../client/terminal/texts.ts'

interface Row {
  readonly about: (texts: Texts) => string
  /** Gives the command in the language it is to speak. */
  readonly load: (texts: Texts) => Promise<Command>
}

const COMMANDS = new Map<string, Row>([
  [
    'serve',
    {
      about: texts => texts.serve.about,
      load: async texts => (await import('./commands/serve.ts')).createServe(texts),
    },
  ],
  [
    'chat',
    {
      about: texts => texts.chat.about,
      load: async texts => (await import('../client/terminal/chat.ts')).createChat(texts),
    },
  ],
  [
    'send',
    {
      about: texts => texts.send.about,
      load: async texts => (await import('../client/terminal/send.ts')).createSend(texts),
    },
  ],
  [
    'tail',
    {
      about: texts => texts.tail.about,
      load: async texts => (await import('../client/terminal/tail.ts')).createTail(texts),
    },
  ],
  [
    'probe',
    {
      about: texts => texts.probe.about,
      load: async texts => (await import('./commands/probe.ts')).createProbeCommand(texts),
    },
  ],
  [
    'challenge',
    {
      about: texts => texts.challenge.about,
      load: async texts => (await import('./commands/challenge.ts')).createChallenge(texts),
    },
  ],
  [
    'backup',
    {
      about: texts => texts.backup.about,
      load: async texts => (await import('./commands/backup.ts')).createBackup(texts),
    },
  ],
  [
    'export',
    {
      about: texts => texts.export.about,
      load: async texts => (await import('./commands/export.ts')).createExport(texts),
    },
  ],
  [
    'import',
    {
      about: texts => texts.import.about,
      load: async texts => (await import('./commands/import.ts')).createImport(texts),
    },
  ],
])

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

function describeProgram(texts: Texts): string {
  const rows = [...COMMANDS].map(([name, { about }]): [string, string] => [name, about(texts)])
  return [
    texts.help.about,
    '',
    `${texts.help.usage}: recado <command> […]`,
    ...section(texts.help.commands, rows),
    ...section(texts.help.options, [
      ['--lang x', texts.help.lang],
      ['--help', texts.help.help],
      ['--version', texts.help.version],
    ]),
    '',
    texts.help.more,
  ].join('\n')
}

async function run(words: readonly string[]): Promise<ExitCode> {
  const { language, rest, wrong } = takeLanguage(words)
  const texts = textsFor(language)
  let name = ''
  try {
    if (wrong !== null) throw new UsageError(texts.usage.notALanguage(JSON.stringify(wrong)))
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
      throw new UsageError(texts.usage.noCommand)
    }
    const row = COMMANDS.get(asked)
    if (row === undefined) throw new UsageError(texts.usage.unknownCommand(JSON.stringify(asked)))
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
      console.error(texts.usage.seeHelp(`recado ${name}`.trim()))
      return 2
    }
    if (error instanceof Failure) console.error(harmlessText(error.message))
    else console.error(error)
    return 1
  }
}

// `recado tail | head` is no error: who reads has had enough.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', error => {
    if ('code' in error && error.code === 'EPIPE') process.exit(0)
    throw error
  })
}

process.exitCode = await run(process.argv.slice(2))
process.stdout.write('', () => setTimeout(() => process.exit(), LINGER_MS).unref())
