// What `recado admin` says to people, in Brazilian Portuguese and English.
import type { Texts } from '../../client/terminal/texts.ts'
import type { AuditAction } from '../../server/moderation/audit-log.ts'

export interface AdminTexts {
  readonly about: string
  readonly act: string
  readonly first: string
  readonly second: string
  readonly options: {
    readonly json: string
    readonly yes: string
    readonly days: string
    readonly uses: string
    readonly reason: string
    readonly limit: string
    readonly out: string
  }
  readonly examples: readonly [string, string, string, string]
  readonly acts: string
  /** What each does, by its name. */
  readonly does: Readonly<Record<string, string>>
  readonly whichAct: string
  readonly unknownAct: (name: string) => string
  readonly needs: (act: string, what: string) => string
  readonly takesNo: (given: string) => string
  readonly name: string
  readonly tokenName: string
  readonly id: string
  readonly nothingThere: (where: string) => string
  readonly needsYes: string
  readonly sure: (question: string) => string
  readonly questions: Readonly<
    Record<'revoke' | 'ban' | 'password' | 'end' | 'endAll' | 'revoke-token', (name: string) => string>
  >
  readonly notDone: string
  readonly yesAnswers: RegExp
  readonly unchanged: string
  readonly noSuchSession: string
  readonly noSuchToken: string
  readonly noSuchInvitation: string
  readonly granted: (name: string) => string
  readonly revoked: (name: string) => string
  readonly muted: (name: string, until: string | null) => string
  readonly unmuted: (name: string) => string
  readonly banned: (name: string, until: string | null) => string
  readonly unbanned: (name: string) => string
  readonly newPassword: (name: string) => string
  readonly ended: (name: string, count: number) => string
  readonly newToken: (account: string, name: string, isNew: boolean) => string
  readonly tokenRevoked: (name: string) => string
  readonly newInvitation: (uses: number, until: string) => string
  readonly invitationRevoked: string
  readonly exported: (messages: number) => string
  readonly none: string
  readonly operator: string
  readonly columns: Readonly<
    Record<
      | 'name'
      | 'role'
      | 'state'
      | 'made'
      | 'seen'
      | 'device'
      | 'used'
      | 'ends'
      | 'uses'
      | 'by'
      | 'at'
      | 'what'
      | 'whom'
      | 'why',
      string
    >
  >
  readonly administrator: string
  readonly isMuted: (until: string | null) => string
  readonly isBanned: (until: string | null) => string
  readonly online: string
  readonly never: string
  readonly good: string
  readonly over: string
  readonly actions: Readonly<Record<AuditAction, string>>
}

const until = (word: string) => (end: string | null, forGood: string) => (end === null ? forGood : `${word} ${end}`)
const [en_until, pt_until] = [until('until'), until('até')]

const en: AdminTexts = {
  about: 'Accounts, administrators, bans, tokens and invitations, on the server’s own machine.',
  act: 'What to do: one of the acts below',
  first: 'Of whom, or which',
  second: 'Which of theirs',
  options: {
    json: 'JSON on standard output',
    yes: 'Do it without asking',
    days: 'For how many days (mute, ban, token: for good by default; invite: 7)',
    uses: 'For how many people an invitation is (1)',
    reason: 'Why, for the audit log; who is muted or banned is told',
    limit: 'How many entries of the log (50)',
    out: 'Where an export goes; a file that does not exist',
  },
  examples: [
    'joao becomes an administrator',
    'a link for one person, good for 3 days',
    'a bot gets a token, shown once',
    'all that there is of maria',
  ],
  acts: 'Acts',
  does: {
    list: 'all accounts',
    'show NAME': 'one account',
    'grant NAME': 'makes somebody an administrator',
    'revoke NAME': 'takes that role away',
    'mute NAME': 'no public messages from somebody, for --days or for good',
    'unmute NAME': 'lets them write again',
    'ban NAME': 'ends all sessions and lets nobody enter, for --days or for good; also: close',
    'unban NAME': 'lets them enter again; also: reopen',
    'password NAME': 'gives a new password, shown once, and ends all sessions',
    'sessions NAME': 'the devices of an account',
    'end NAME [ID]': 'ends one of them, or all',
    'token NAME TOKEN': 'a token called TOKEN for a program; makes the account if there is none',
    'tokens NAME': 'the tokens of an account',
    'revoke-token NAME TOKEN': 'ends one of them',
    invite: 'an invitation (--uses, --days), shown once',
    invitations: 'the invitations',
    'revoke-invitation ID': 'ends one of them',
    log: 'what was done, by administrators and here',
    'export NAME': 'all that there is of a person, as JSON',
  },
  whichAct: 'What to do? Name an act.',
  unknownAct: name => `There is no act ${name}.`,
  needs: (act, what) => `${act} needs ${what}.`,
  takesNo: given => `What is ${given} for?`,
  name: 'a name',
  tokenName: 'a name for the token',
  id: 'an id',
  nothingThere: where => `There is no chat in ${where}.`,
  needsYes: 'This can’t be asked here: say --yes.',
  sure: question => `${question} [y/N] `,
  questions: {
    revoke: name => `Take the administrator’s role from ${name}?`,
    ban: name => `End all sessions of ${name} and let them in no more?`,
    password: name => `Give ${name} another password and end all their sessions?`,
    end: name => `End this session of ${name}?`,
    endAll: name => `End all sessions of ${name}, tokens too? A name without a password can’t be entered any more.`,
    'revoke-token': name => `Revoke this token of ${name}?`,
  },
  notDone: 'Nothing was done.',
  yesAnswers: /^y(es)?$/i,
  unchanged: 'It was so already.',
  noSuchSession: 'They have no such session.',
  noSuchToken: 'They have no such token.',
  noSuchInvitation: 'There is no such invitation that could still be used.',
  granted: name => `${name} is an administrator.`,
  revoked: name => `${name} is no administrator any more.`,
  muted: (name, end) => `${name} is muted ${en_until(end, 'for good')}.`,
  unmuted: name => `${name} may write again.`,
  banned: (name, end) => `${name} is out ${en_until(end, 'for good')}.`,
  unbanned: name => `${name} may enter again.`,
  newPassword: name => `The new password of ${name}, shown this once; all sessions have ended:`,
  ended: (name, count) => `${count} ${count === 1 ? 'session' : 'sessions'} of ${name} ended.`,
  newToken: (account, name, isNew) =>
    `The token “${name}” of ${account}${isNew ? ' (a new account)' : ''}, shown this once:`,
  tokenRevoked: name => `The token “${name}” is revoked.`,
  newInvitation: (uses, end) =>
    `An invitation for ${uses} ${uses === 1 ? 'person' : 'people'}, good until ${end}, shown this once:`,
  invitationRevoked: 'The invitation is revoked.',
  exported: messages => `Exported, with ${messages} ${messages === 1 ? 'message' : 'messages'}.`,
  none: 'None.',
  operator: 'operator',
  columns: {
    name: 'name',
    role: 'role',
    state: 'state',
    made: 'made',
    seen: 'last seen',
    device: 'device',
    used: 'last used',
    ends: 'ends',
    uses: 'used',
    by: 'by',
    at: 'when',
    what: 'what',
    whom: 'whom',
    why: 'why',
  },
  administrator: 'administrator',
  isMuted: end => `muted ${en_until(end, 'for good')}`,
  isBanned: end => `banned ${en_until(end, 'for good')}`,
  online: 'online, or not seen yet',
  never: 'never',
  good: 'good',
  over: 'over',
  actions: {
    GRANT: 'made an administrator',
    REVOKE: 'no administrator any more',
    MUTE: 'muted',
    UNMUTE: 'unmuted',
    BAN: 'banned',
    UNBAN: 'unbanned',
    REMOVE_MESSAGE: 'message removed',
    CREATE_INVITATION: 'invitation made',
    REVOKE_INVITATION: 'invitation revoked',
    RESET_PASSWORD: 'new password',
    END_SESSIONS: 'sessions ended',
    CREATE_TOKEN: 'token made',
    REVOKE_TOKEN: 'token revoked',
    EXPORT: 'data exported',
  },
}

const pt: AdminTexts = {
  about: 'Contas, administradores, bloqueios, tokens e convites, na própria máquina do servidor.',
  act: 'O que fazer: uma das ações abaixo',
  first: 'De quem, ou qual',
  second: 'Qual dos dela',
  options: {
    json: 'JSON na saída padrão',
    yes: 'Faz sem perguntar',
    days: 'Por quantos dias (mute, ban, token: sem fim por padrão; invite: 7)',
    uses: 'Para quantas pessoas é um convite (1)',
    reason: 'Por quê, para o registro; quem é silenciado ou banido fica sabendo',
    limit: 'Quantas entradas do registro (50)',
    out: 'Para onde vai uma exportação; um arquivo que não existe',
  },
  examples: [
    'joao passa a administrar',
    'um link para uma pessoa, válido por 3 dias',
    'um bot ganha um token, mostrado uma vez',
    'tudo que há de maria',
  ],
  acts: 'Ações',
  does: {
    list: 'todas as contas',
    'show NOME': 'uma conta',
    'grant NOME': 'faz de alguém administrador',
    'revoke NOME': 'tira esse papel',
    'mute NOME': 'sem mensagens públicas de alguém, por --days ou sem fim',
    'unmute NOME': 'deixa escrever de novo',
    'ban NOME': 'encerra todas as sessões e não deixa entrar, por --days ou sem fim; também: close',
    'unban NOME': 'deixa entrar de novo; também: reopen',
    'password NOME': 'dá uma senha nova, mostrada uma vez, e encerra todas as sessões',
    'sessions NOME': 'os aparelhos de uma conta',
    'end NOME [ID]': 'encerra um deles, ou todos',
    'token NOME TOKEN': 'um token chamado TOKEN para um programa; cria a conta se não há',
    'tokens NOME': 'os tokens de uma conta',
    'revoke-token NOME TOKEN': 'encerra um deles',
    invite: 'um convite (--uses, --days), mostrado uma vez',
    invitations: 'os convites',
    'revoke-invitation ID': 'encerra um deles',
    log: 'o que foi feito, por administradores e aqui',
    'export NOME': 'tudo que há de uma pessoa, como JSON',
  },
  whichAct: 'O que fazer? Diga uma ação.',
  unknownAct: name => `Não há a ação ${name}.`,
  needs: (act, what) => `${act} precisa de ${what}.`,
  takesNo: given => `Para que serve ${given}?`,
  name: 'um nome',
  tokenName: 'um nome para o token',
  id: 'um id',
  nothingThere: where => `Não há nenhum chat em ${where}.`,
  needsYes: 'Aqui não dá para perguntar: diga --yes.',
  sure: question => `${question} [s/N] `,
  questions: {
    revoke: name => `Tirar de ${name} o papel de administrador?`,
    ban: name => `Encerrar todas as sessões de ${name} e não deixar mais entrar?`,
    password: name => `Dar outra senha a ${name} e encerrar todas as sessões?`,
    end: name => `Encerrar esta sessão de ${name}?`,
    endAll: name => `Encerrar todas as sessões de ${name}, tokens também? Num nome sem senha ninguém mais entra.`,
    'revoke-token': name => `Revogar este token de ${name}?`,
  },
  notDone: 'Nada foi feito.',
  yesAnswers: /^s(im)?$/i,
  unchanged: 'Já era assim.',
  noSuchSession: 'Essa sessão não existe.',
  noSuchToken: 'Esse token não existe.',
  noSuchInvitation: 'Não há um convite desses que ainda valha.',
  granted: name => `${name} é administrador.`,
  revoked: name => `${name} não é mais administrador.`,
  muted: (name, end) => `${name} está silenciado ${pt_until(end, 'sem fim')}.`,
  unmuted: name => `${name} pode escrever de novo.`,
  banned: (name, end) => `${name} está fora ${pt_until(end, 'sem fim')}.`,
  unbanned: name => `${name} pode entrar de novo.`,
  newPassword: name => `A senha nova de ${name}, mostrada só desta vez; todas as sessões acabaram:`,
  ended: (name, count) => `${count} ${count === 1 ? 'sessão encerrada' : 'sessões encerradas'} de ${name}.`,
  newToken: (account, name, isNew) =>
    `O token “${name}” de ${account}${isNew ? ' (uma conta nova)' : ''}, mostrado só desta vez:`,
  tokenRevoked: name => `O token “${name}” foi revogado.`,
  newInvitation: (uses, end) =>
    `Um convite para ${uses} ${uses === 1 ? 'pessoa' : 'pessoas'}, válido até ${end}, mostrado só desta vez:`,
  invitationRevoked: 'O convite foi revogado.',
  exported: messages => `Exportado, com ${messages} ${messages === 1 ? 'mensagem' : 'mensagens'}.`,
  none: 'Nada.',
  operator: 'operador',
  columns: {
    name: 'nome',
    role: 'papel',
    state: 'estado',
    made: 'criada',
    seen: 'vista',
    device: 'aparelho',
    used: 'usado',
    ends: 'acaba',
    uses: 'usado',
    by: 'por',
    at: 'quando',
    what: 'o quê',
    whom: 'quem',
    why: 'por quê',
  },
  administrator: 'administrador',
  isMuted: end => `silenciada ${pt_until(end, 'sem fim')}`,
  isBanned: end => `banida ${pt_until(end, 'sem fim')}`,
  online: 'online, ou ainda não vista',
  never: 'nunca',
  good: 'vale',
  over: 'acabou',
  actions: {
    GRANT: 'passou a administrar',
    REVOKE: 'não administra mais',
    MUTE: 'silenciado',
    UNMUTE: 'pode escrever de novo',
    BAN: 'banido',
    UNBAN: 'pode entrar de novo',
    REMOVE_MESSAGE: 'mensagem removida',
    CREATE_INVITATION: 'convite criado',
    REVOKE_INVITATION: 'convite revogado',
    RESET_PASSWORD: 'senha nova',
    END_SESSIONS: 'sessões encerradas',
    CREATE_TOKEN: 'token criado',
    REVOKE_TOKEN: 'token revogado',
    EXPORT: 'dados exportados',
  },
}

/** The words of this command in the language of the others. */
export function adminTextsFor({ locale }: Texts): AdminTexts {
  return locale.startsWith('pt') ? pt : en
}
