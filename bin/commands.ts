// Every command: what it is in a line, and how it is loaded, which is done only when it is named. docs/reference is
// written from the same table.
import { type Command, section } from '../client/terminal/command.ts'
import { adminTextsFor } from './commands/admin-texts.ts'
import { inspectTextsFor } from './commands/inspect-texts.ts'
import type { ProgramTexts } from './commands/texts.ts'

export interface Row {
  readonly about: (texts: ProgramTexts) => string
  /** Gives the command in the language it is to speak. */
  readonly load: (texts: ProgramTexts) => Promise<Command>
}

export const COMMANDS: ReadonlyMap<string, Row> = new Map<string, Row>([
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
    'audit',
    {
      about: texts => texts.audit.about,
      load: async texts => (await import('./commands/audit.ts')).createAudit(texts),
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
    'admin',
    {
      about: texts => adminTextsFor(texts).about,
      load: async texts => (await import('./commands/admin.ts')).createAdmin(texts),
    },
  ],
  [
    'inspect',
    {
      about: texts => inspectTextsFor(texts).about,
      load: async texts => (await import('./commands/inspect.ts')).createInspectCommand(texts),
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

/** The program's help. */
export function describeProgram(texts: ProgramTexts): string {
  const rows = [...COMMANDS].map(([name, { about }]): [string, string] => [name, about(texts)])
  return [
    texts.program.about,
    '',
    `${texts.help.usage}: recado <command> […]`,
    ...section(texts.program.commands, rows),
    ...section(texts.help.options, [
      ['--lang x', texts.help.lang],
      ['--help', texts.help.help],
      ['--version', texts.program.version],
    ]),
    '',
    texts.program.more,
  ].join('\n')
}
