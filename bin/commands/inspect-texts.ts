// What `recado inspect` says to people, in Brazilian Portuguese and English.
import type { Texts } from '../../client/terminal/texts.ts'

export interface InspectTexts {
  readonly about: string
  readonly json: string
  readonly watch: string
  readonly examples: readonly [string, string]
  readonly notAdministrator: (name: string) => string
  readonly server: (version: string, since: string) => string
  readonly log: string
  readonly head: (when: string) => string
  readonly noHead: string
  readonly late: (ms: string) => string
  readonly tail: (when: string) => string
  readonly wholeTail: string
  readonly search: (ms: string) => string
  readonly noSearch: string
  readonly feeds: string
  readonly counts: (counts: { connections: string; accounts: string; live: string; behind: string }) => string
  readonly groups: string
  readonly behind: string
  readonly nobodyBehind: string
  readonly unshared: string
  readonly columns: Readonly<Record<'live' | 'behind' | 'operation' | 'who' | 'lag' | 'state', string>>
  readonly waits: string
  readonly fails: (times: number) => string
  readonly reads: string
}

const en: InspectTexts = {
  about: 'What a running server is doing, for its administrators: log, feeds, lag, groups.',
  json: 'JSON on standard output: the fields of `inspection`',
  watch: 'Again every so many seconds, until it is stopped',
  examples: ['as ana, whom `npx recado admin grant ana` made an administrator', 'one line of JSON every two seconds'],
  notAdministrator: name => `${name} is no administrator. On the server’s own machine: recado admin grant ${name}`,
  server: (version, since) => `Recado ${version}, since ${since}`,
  log: 'Log',
  head: when => `newest entry: ${when}`,
  noHead: 'no entry yet',
  late: ms => `this server is ${ms} ms behind it`,
  tail: when => `in memory: since ${when}`,
  wholeTail: 'in memory: all of it',
  search: ms => `search index: ${ms} ms behind`,
  noSearch: 'search index: not there',
  feeds: 'Feeds',
  counts: ({ connections, accounts, live, behind }) =>
    `${live} live, ${behind} behind; ${accounts} accounts, ${connections} connections`,
  groups: 'By operation',
  behind: 'Furthest behind',
  nobodyBehind: 'nobody is behind',
  unshared: '(not shared)',
  columns: { live: 'live', behind: 'behind', operation: 'operation', who: 'who', lag: 'lag', state: 'now' },
  waits: 'waits for its client',
  fails: times => `the log could not be read ${times} times`,
  reads: 'reads',
}

const pt: InspectTexts = {
  about: 'O que um servidor no ar está fazendo, para quem o administra: log, feeds, atraso, grupos.',
  json: 'JSON na saída padrão: os campos de `inspection`',
  watch: 'De novo a cada tantos segundos, até ser encerrado',
  examples: [
    'como ana, que `npx recado admin grant ana` tornou administradora',
    'uma linha de JSON a cada dois segundos',
  ],
  notAdministrator: name => `${name} não é administradora. Na máquina do servidor: recado admin grant ${name}`,
  server: (version, since) => `Recado ${version}, desde ${since}`,
  log: 'Log',
  head: when => `entrada mais nova: ${when}`,
  noHead: 'nenhuma entrada ainda',
  late: ms => `este servidor está ${ms} ms atrás dela`,
  tail: when => `na memória: desde ${when}`,
  wholeTail: 'na memória: inteiro',
  search: ms => `índice de busca: ${ms} ms atrás`,
  noSearch: 'índice de busca: não há',
  feeds: 'Feeds',
  counts: ({ connections, accounts, live, behind }) =>
    `${live} ao vivo, ${behind} atrás; ${accounts} contas, ${connections} conexões`,
  groups: 'Por operação',
  behind: 'Mais atrás',
  nobodyBehind: 'ninguém está atrás',
  unshared: '(não compartilhada)',
  columns: { live: 'ao vivo', behind: 'atrás', operation: 'operação', who: 'quem', lag: 'atraso', state: 'agora' },
  waits: 'espera o cliente ler',
  fails: times => `o log não pôde ser lido ${times} vezes`,
  reads: 'lendo',
}

export function inspectTextsFor(texts: Texts): InspectTexts {
  return texts.locale.startsWith('pt') ? pt : en
}
