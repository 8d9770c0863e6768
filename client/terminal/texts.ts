// What the commands of the chat (chat, send, tail) say to people, and what every command shares, in Brazilian Portuguese and
// English. What goes into pipes (JSON, error codes) is in neither. The server's commands have theirs in bin/commands/texts.ts.
import { EN_ERRORS, type ErrorTexts, PT_ERRORS } from './error-texts.ts'
import { EN_FULL, type FullTexts, PT_FULL } from './full/texts.ts'

export type Language = 'pt' | 'en'

export interface Texts {
  /** As `Intl` takes it. */
  readonly locale: string
  readonly help: {
    readonly usage: string
    readonly args: string
    readonly options: string
    readonly examples: string
    readonly byDefault: (value: string) => string
    readonly lang: string
    readonly help: string
    readonly exitCodes: string
  }
  readonly usage: {
    readonly unknownOption: (name: string) => string
    readonly needsValue: (option: string) => string
    readonly notANumber: (option: string, given: string, from: number, to: number) => string
    readonly tooManyArguments: (given: string) => string
    readonly notAnUrl: (given: string, schemes: string) => string
  }
  readonly session: {
    readonly as: string
    readonly url: string
    readonly passwordStdin: string
    readonly invitation: string
    readonly askInvitation: string
    readonly whoAreYou: string
    readonly password: (username: string) => string
    readonly wrongPassword: string
    /** Above the question for the password. */
    readonly approve: (username: string, code: string) => string
    readonly codeOver: string
    readonly taken: (username: string) => string
    readonly noName: string
    readonly noServer: (url: string) => string
    readonly damagedTokens: (path: string) => string
    readonly claimed: (username: string, path: string) => string
    readonly ended: string
  }
  readonly chat: {
    readonly about: string
    /** Of the example that reads a password. */
    readonly passwordFile: string
    readonly examples: readonly [string, string, string]
    readonly welcome: (username: string, url: string) => string
    readonly hint: string
    readonly help: string
    readonly private: string
    readonly deleted: string
    readonly edited: string
    readonly reconnecting: string
    readonly back: (recovered: number) => string
    readonly reset: string
    readonly waiting: (text: string) => string
    readonly notSent: (text: string, why: string) => string
    /** Instead of the sentence of UNKNOWN_COMMAND. */
    readonly didYouMean: (command: string) => string
    readonly left: (count: number) => string
    readonly online: (names: readonly string[], more: boolean) => string
    readonly tooLong: string
  }
  /** The screen of `recado chat`. */
  readonly full: FullTexts
  readonly send: {
    readonly about: string
    readonly text: string
    readonly to: string
    readonly plain: string
    readonly json: string
    readonly timeout: string
    readonly examples: readonly [string, string, string, string]
    readonly notSent: (line: number | null, why: string) => string
    readonly unknown: (seconds: number) => string
    readonly nothing: string
  }
  readonly tail: {
    readonly about: string
    readonly since: string
    readonly last: string
    readonly json: string
    readonly until: string
    readonly examples: readonly [string, string, string]
    readonly sinceOrLast: string
    readonly reset: string
  }
  readonly errors: ErrorTexts
}

const en: Texts = {
  locale: 'en',
  help: {
    usage: 'Usage',
    args: 'Arguments',
    options: 'Options',
    examples: 'Examples',
    byDefault: value => `(${value} by default)`,
    lang: 'Language of what is shown: pt or en (by default that of the system)',
    help: 'Shows this',
    exitCodes: 'Exit codes: 0 done, 1 it failed, 2 called wrongly.',
  },
  usage: {
    unknownOption: name => `There is no option ${name}.`,
    needsValue: option => `${option} needs a value.`,
    notANumber: (option, given, from, to) => `${option} takes a whole number from ${from} to ${to}, not ${given}.`,
    tooManyArguments: given => `Too many arguments: ${given}.`,
    notAnUrl: (given, schemes) => `${given} is not a URL that begins with ${schemes}.`,
  },
  session: {
    as: 'Who to be; by default the name that was last used with this server',
    url: 'The server',
    passwordStdin: 'The first line of standard input is the password',
    invitation: 'Of a server that takes new people by invitation: the link or the code',
    askInvitation: 'New people come in by invitation here. The invitation, or Enter if the name is yours: ',
    whoAreYou: 'Who are you? ',
    password: username => `${username} is somebody's. Password: `,
    wrongPassword: 'That is not the password.',
    approve: (username, code) =>
      `Is ${username} you? On a device where you are ${username}, approve the code  ${code}  within two minutes (in the page: click your name, “Add a device…”). Or give the password here.`,
    codeOver: 'The code is no longer good; start again for another, or give the password.',
    taken: username =>
      `The name ${username} belongs to somebody. With its password: --password-stdin. Otherwise choose another: --as.`,
    noName: 'Who are you? Say it with --as NAME.',
    noServer: url => `No server answers at ${url}. Start one with npx recado serve, or name another with --url.`,
    damagedTokens: path => `${path} is damaged. It is left as it is; move it away to begin anew.`,
    claimed: (username, path) => `The name ${username} is yours; ${path} keeps its key.`,
    ended: 'This session has ended.',
  },
  chat: {
    about: 'Chats in the terminal: the whole screen, or a line a message.',
    passwordFile: 'password.txt',
    examples: ['everyone, and who writes to maria', 'on another server', 'with a password, from a script'],
    welcome: (username, url) => `You are ${username} at ${url}.`,
    hint: '/help explains.',
    help: [
      '  text              to everyone',
      '  /msg joao text    to joao alone (also /w, /dm)',
      '  //text            a text that starts with /',
      '  /who              who is online',
      '  /quit             leaves (also Ctrl-D)',
    ].join('\n'),
    private: 'private',
    deleted: 'deleted',
    edited: 'edited',
    reconnecting: 'Connection lost: reconnecting… What you write is kept and sent later.',
    back: recovered => `Back, ${recovered} recovered.`,
    reset: 'The server has another history now. What was above may be gone.',
    waiting: text => `waiting to be sent: ${text}`,
    notSent: (text, why) => `not sent: ${text} (${why})`,
    didYouMean: command => `unknown command, did you mean /${command}? A text that starts with / is written with //`,
    left: count => `${count} not sent yet: the next chat under this name sends them.`,
    online: (names, more) => `Online: ${names.join(', ')}${more ? ', …' : ''}`,
    tooLong: 'That line is too long.',
  },
  full: EN_FULL,
  send: {
    about: 'Sends one text, or every line of standard input, in order, waiting out rate limits.',
    text: 'The text; without it, standard input, a line a message',
    to: 'To this person alone, the text taken as it is',
    plain: 'To everyone, the text taken as it is: a leading / is no command',
    json: 'Prints each message that arrived as one JSON object a line',
    timeout: 'Seconds without any progress after which it gives up; 0: never',
    examples: ['to everyone', 'to joao alone', 'to joao alone, as in a chat', 'a line a message'],
    notSent: (line, why) => (line === null ? `Not sent: ${why}` : `Line ${line} not sent: ${why}`),
    unknown: seconds => `no answer in ${seconds} s; whether it arrived is unknown`,
    nothing: 'Nothing to send: give a text, or lines on standard input.',
  },
  tail: {
    about: 'Prints messages as they come, across restarts of the server, without a gap.',
    since: 'Begins after this cursor',
    last: 'Begins with the newest N messages',
    json: 'One JSON object a line, each with its cursor',
    until: 'Ends once everything up to now is printed',
    examples: ['from now on', 'the newest ten and what comes', 'what came since, then end'],
    sinceOrLast: '--since and --last exclude each other.',
    reset: 'The server cannot go on from that cursor',
  },
  errors: EN_ERRORS,
}

const pt: Texts = {
  locale: 'pt-BR',
  help: {
    usage: 'Uso',
    args: 'Argumentos',
    options: 'Opções',
    examples: 'Exemplos',
    byDefault: value => `(padrão: ${value})`,
    lang: 'Idioma do que é mostrado: pt ou en (padrão: o do sistema)',
    help: 'Mostra isto',
    exitCodes: 'Códigos de saída: 0 feito, 1 falhou, 2 mal chamado.',
  },
  usage: {
    unknownOption: name => `Não há uma opção ${name}.`,
    needsValue: option => `${option} precisa de um valor.`,
    notANumber: (option, given, from, to) => `${option} aceita um número inteiro de ${from} a ${to}, não ${given}.`,
    tooManyArguments: given => `Argumentos demais: ${given}.`,
    notAnUrl: (given, schemes) => `${given} não é uma URL que começa com ${schemes}.`,
  },
  session: {
    as: 'Quem ser; padrão: o último nome usado com este servidor',
    url: 'O servidor',
    passwordStdin: 'A primeira linha da entrada padrão é a senha',
    invitation: 'De um servidor que recebe pessoas novas por convite: o link ou o código',
    askInvitation: 'Aqui pessoas novas entram por convite. O convite, ou Enter se o nome já é seu: ',
    whoAreYou: 'Quem é você? ',
    password: username => `${username} é de alguém. Senha: `,
    wrongPassword: 'Não é essa a senha.',
    approve: (username, code) =>
      `${username} é você? Num aparelho onde você é ${username}, aprove o código  ${code}  em até dois minutos (na página: clique no seu nome, “Adicionar um aparelho…”). Ou dê a senha aqui.`,
    codeOver: 'O código não vale mais; comece de novo para ter outro, ou dê a senha.',
    taken: username => `O nome ${username} é de alguém. Com a senha dele: --password-stdin. Senão escolha outro: --as.`,
    noName: 'Quem é você? Diga com --as NOME.',
    noServer: url => `Nenhum servidor responde em ${url}. Inicie um com npx recado serve, ou indique outro com --url.`,
    damagedTokens: path => `${path} está danificado. Fica como está; mova-o para começar de novo.`,
    claimed: (username, path) => `O nome ${username} é seu; ${path} guarda a chave.`,
    ended: 'Esta sessão terminou.',
  },
  chat: {
    about: 'Conversa no terminal: a tela inteira, ou uma linha por mensagem.',
    passwordFile: 'senha.txt',
    examples: ['todos, e quem escreve a maria', 'em outro servidor', 'com senha, num script'],
    welcome: (username, url) => `Você é ${username} em ${url}.`,
    hint: '/ajuda explica.',
    help: [
      '  texto             para todos',
      '  /msg joao texto   só para joao (também /w, /dm)',
      '  //texto           um texto que começa com /',
      '  /quem             quem está online',
      '  /sair             sai (também Ctrl-D)',
    ].join('\n'),
    private: 'privada',
    deleted: 'apagada',
    edited: 'editada',
    reconnecting: 'Conexão perdida: reconectando… O que você escrever é guardado e enviado depois.',
    back: recovered => `De volta, ${recovered} ${recovered === 1 ? 'recuperada' : 'recuperadas'}.`,
    reset: 'O servidor agora tem outra história. O que está acima pode ter sumido.',
    waiting: text => `esperando envio: ${text}`,
    notSent: (text, why) => `não enviada: ${text} (${why})`,
    didYouMean: command =>
      `comando desconhecido, você quis dizer /${command}? Um texto que começa com / se escreve com //`,
    left: count => `${count} ainda por enviar: o próximo chat com este nome envia.`,
    online: (names, more) => `Online: ${names.join(', ')}${more ? ', …' : ''}`,
    tooLong: 'Essa linha é longa demais.',
  },
  full: PT_FULL,
  send: {
    about: 'Envia um texto, ou cada linha da entrada padrão, em ordem, esperando os limites de envio.',
    text: 'O texto; sem ele, a entrada padrão, uma linha por mensagem',
    to: 'Só para esta pessoa, o texto como está',
    plain: 'Para todos, o texto como está: uma / no começo não é comando',
    json: 'Imprime cada mensagem que chegou como um objeto JSON por linha',
    timeout: 'Segundos sem nenhum progresso até desistir; 0: nunca',
    examples: ['para todos', 'só para joao', 'só para joao, como no chat', 'uma linha por mensagem'],
    notSent: (line, why) => (line === null ? `Não enviada: ${why}` : `Linha ${line} não enviada: ${why}`),
    unknown: seconds => `sem resposta em ${seconds} s; não se sabe se chegou`,
    nothing: 'Nada a enviar: dê um texto, ou linhas na entrada padrão.',
  },
  tail: {
    about: 'Imprime as mensagens que chegam, também através de reinícios do servidor, sem lacuna.',
    since: 'Começa depois deste cursor',
    last: 'Começa com as N mensagens mais novas',
    json: 'Um objeto JSON por linha, cada um com seu cursor',
    until: 'Termina quando tudo até agora foi impresso',
    examples: ['de agora em diante', 'as dez mais novas e as que vierem', 'o que veio desde então, e fim'],
    sinceOrLast: '--since e --last se excluem.',
    reset: 'O servidor não pode continuar desse cursor',
  },
  errors: PT_ERRORS,
}

const TEXTS: Readonly<Record<Language, Texts>> = { pt, en }

export function textsFor(language: Language): Texts {
  return TEXTS[language]
}

/** `pt`, `pt-BR`, `en_US` …; undefined: neither of the two languages. */
export function parseLanguage(given: string): Language | undefined {
  const name = given.toLowerCase().slice(0, 2)
  return /^(pt|en)([-_.@]|$)/i.test(given) && (name === 'pt' || name === 'en') ? name : undefined
}

/** Portuguese where the system speaks it (`LC_ALL`, else `LC_MESSAGES`, else `LANG`), English anywhere else. */
export function languageOf(env: Readonly<Record<string, string | undefined>>): Language {
  return parseLanguage(env.LC_ALL || env.LC_MESSAGES || env.LANG || '') ?? 'en'
}
