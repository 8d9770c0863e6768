// docs/reference/commands.md and comandos.md: what each command says of itself with --help, in one language.

import { programTextsFor } from '../../../bin/commands/texts.ts'
import { COMMANDS, describeProgram } from '../../../bin/commands.ts'
import { describeCommand } from '../../../client/terminal/command.ts'
import { opening, page } from './markdown.ts'

const WORDS = {
  en: {
    title: 'Commands',
    source: 'what each says of itself with `--help`',
    how: 'In the folder of a checkout: `npx recado …`. The same in Portuguese: [comandos.md](comandos.md).',
  },
  pt: {
    title: 'Comandos',
    source: '`--help` (em português: `--lang pt-BR`)',
    how: 'Na pasta do projeto: `npx recado …`. O mesmo em inglês: [commands.md](commands.md).',
  },
} as const

export async function commandsPage(language: 'en' | 'pt'): Promise<string> {
  const texts = programTextsFor(language)
  const { title, source, how } = WORDS[language]
  const lines = [...opening(title, source), how, '', '```text', describeProgram(texts), '```', '']
  for (const [name, { load }] of COMMANDS) {
    lines.push(`## recado ${name}`, '', '```text', describeCommand(await load(texts), texts).trimEnd(), '```', '')
  }
  return page(lines)
}
