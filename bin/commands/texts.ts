// What the program and the commands of a server say to people, in Brazilian Portuguese and English. Commands with many words
// of their own have them beside them (admin-texts.ts, inspect-texts.ts); those of the chat are in client/terminal/texts.ts.
import { type Language, type Texts, textsFor } from '../../client/terminal/texts.ts'

/** Steps of the probe, and the ways in which it fails, by the names that server/challenge/probe.ts gives them. */
type StepName = 'lookup' | 'connect' | 'secure' | 'upgrade' | 'message' | 'close' | 'waking'
type FailureName =
  | 'unknown-host'
  | 'refused'
  | 'no-route'
  | 'closed'
  | 'redirect'
  | 'status'
  | 'tls'
  | 'not-websocket'
  | 'open-timeout'
  | 'message-timeout'
  | 'binary'
  | 'too-large'
  | 'empty'
  | 'broken-frame'
  | 'other'

export interface CommandTexts {
  /** Of the program itself: its help, and what is wrong with its first words. */
  readonly program: {
    readonly about: string
    readonly commands: string
    readonly settings: string
    /** After the list of commands. */
    readonly more: string
    readonly version: string
    readonly unknownCommand: (name: string) => string
    readonly noCommand: string
    readonly notALanguage: (given: string) => string
    readonly seeHelp: (command: string) => string
  }
  readonly serve: {
    readonly about: string
    readonly port: string
    readonly host: string
    readonly dataDir: string
    readonly lan: string
    readonly examples: readonly [string, string, string]
    readonly settings: string
    readonly page: string
    readonly terminal: string
    readonly phone: string
    readonly phoneHow: (command: string) => string
    readonly everybody: string
    readonly stopHow: string
    readonly stopping: string
    /** `how`: the command that takes another one. */
    readonly portTaken: (port: string, how: string) => string
    readonly portForbidden: (port: string, how: string) => string
    readonly noSuchAddress: (host: string) => string
  }
  readonly probe: {
    readonly about: string
    readonly url: string
    readonly json: string
    readonly timeout: string
    readonly examples: readonly [string, string, string]
    readonly reading: (url: string) => string
    readonly steps: Readonly<Record<StepName, (detail: string) => string>>
    readonly failures: Readonly<Record<FailureName, string>>
  }
  readonly challenge: {
    readonly about: string
    readonly port: string
    readonly greeting: string
    readonly delay: string
    readonly examples: readonly [string, string]
    readonly listening: (url: string, greeting: string) => string
    readonly portTaken: (port: string) => string
  }
  readonly audit: {
    readonly about: string
    readonly url: string
    readonly json: string
    readonly only: string
    readonly list: string
    readonly examples: readonly [string, string, string]
    readonly unknown: (id: string) => string
    readonly begins: (count: number, url: string) => string
    readonly progress: (done: string, total: string) => string
    readonly noServer: (why: string) => string
    /** Accounts that could not be deleted. */
    readonly left: (count: number) => string
    readonly status: Readonly<Record<'ok' | 'failed' | 'skipped', string>>
    readonly summary: (counts: Readonly<Record<'ok' | 'failed' | 'skipped', number>>, mustFailed: number) => string
  }
  /** Which space a command is about. */
  readonly place: {
    readonly dataDir: string
    readonly redis: string
    readonly space: string
    readonly either: string
    readonly interrupted: string
  }
  readonly progress: {
    readonly rows: (done: string, total: string) => string
    readonly mebibytes: (done: string, total: string) => string
    /** `shown` is the count as people write it. */
    readonly kinds: Readonly<
      Record<'account' | 'session' | 'message' | 'revision' | 'nonce', (count: number, shown: string) => string>
    >
  }
  readonly backup: {
    readonly about: string
    readonly file: string
    readonly examples: readonly [string, string]
    readonly whereTo: string
    readonly redis: string
    readonly begins: (from: string) => string
    readonly checking: string
    readonly done: (file: string, size: string, messages: string) => string
  }
  readonly export: {
    readonly about: string
    readonly file: string
    readonly live: string
    readonly examples: readonly [string, string, string]
    readonly liveRedis: string
    readonly terminal: string
    readonly exists: (file: string) => string
    readonly begins: (from: string) => string
    readonly done: (counts: string) => string
  }
  readonly import: {
    readonly about: string
    readonly file: string
    readonly move: string
    readonly examples: readonly [string, string, string]
    readonly terminal: string
    readonly moveOfLive: string
    readonly begins: (to: string) => string
    readonly done: (counts: string) => string
    readonly moved: (epoch: string) => string
    readonly restored: (epoch: string) => string
  }
  /** By the codes of server/store/archive/archive-error.ts. */
  readonly archive: Readonly<Record<'NOT_AN_ARCHIVE' | 'TOO_NEW' | 'TRUNCATED' | 'DAMAGED', string>> & {
    readonly nothingKept: string
  }
}

/** What every command of the program is given: these words, and those that it shares with the chat. */
export type ProgramTexts = Texts & CommandTexts

const en: CommandTexts = {
  program: {
    about: 'Recado, a chat that loses nothing: server, terminal and pipes.',
    commands: 'Commands',
    settings: 'Settings (environment variables)',
    more: '`npx recado <command> --help` explains a command.',
    version: 'Shows the version',
    unknownCommand: name => `There is no command ${name}.`,
    noCommand: 'Which command?',
    notALanguage: given => `--lang takes pt or en, not ${given}.`,
    seeHelp: command => `See \`${command} --help\`.`,
  },
  serve: {
    about: 'Starts the server: the page, GraphQL over HTTP, SSE and WebSocket, GraphiQL, health and metrics.',
    port: 'TCP port (PORT)',
    host: 'Address to listen on (HOST)',
    dataDir: 'Folder that keeps everything (DATA_DIR)',
    lan: 'Lets other devices on this network in (HOST=0.0.0.0)',
    examples: ['on this computer, port 4000', 'phones on the same network too', 'another port, other data'],
    settings: 'Every setting is an environment variable; 0 turns a limit off.',
    page: 'chat',
    terminal: 'terminal',
    phone: 'phone',
    phoneHow: command => `only this computer gets in; ${command} lets phones on this network in`,
    everybody: 'everybody on this network can open it',
    stopHow: 'Ctrl-C stops it.',
    stopping: 'Stopping: finishing what is under way. Ctrl-C again ends it at once.',
    portTaken: (port, how) => `Port ${port} is taken: another server runs there. Choose another one: ${how}.`,
    portForbidden: (port, how) => `This user may not listen on port ${port}. Choose one above 1023: ${how}.`,
    noSuchAddress: host => `This computer has no address ${host}.`,
  },
  probe: {
    about: 'Reads the first message of a challenge server and prints it alone on standard output.',
    url: 'ws or wss address',
    json: 'One JSON object on standard output instead',
    timeout: 'Seconds that it may take to open; a sleeping server takes up to a minute',
    examples: [
      'the challenge server of the assignment',
      'a local one: start it with npx recado challenge',
      'message, steps and times as JSON',
    ],
    reading: url => `Reading ${url}`,
    steps: {
      lookup: detail => `name found: ${detail}`,
      connect: detail => `connected to ${detail}`,
      secure: detail => `encrypted (${detail})`,
      upgrade: () => 'WebSocket open',
      message: detail => `message read, ${detail} bytes`,
      close: detail => `closed (${detail})`,
      waking: () => 'no answer yet: the server is waking up…',
    },
    failures: {
      'unknown-host': 'nobody knows that host name',
      refused: 'the connection was refused',
      'no-route': 'there is no way to that host',
      closed: 'it closed before sending a message',
      redirect: 'it redirects elsewhere, which is not followed',
      status: 'it answered with HTTP instead of opening a WebSocket',
      tls: 'it has no valid TLS certificate, or speaks no TLS',
      'not-websocket': 'it does not speak WebSocket',
      'open-timeout': 'it did not open a WebSocket in time',
      'message-timeout': 'it opened, but sent no message in time',
      binary: 'it sent a binary message',
      'too-large': 'its message is larger than 64 KiB',
      empty: 'its message is empty',
      'broken-frame': 'it sent what is not a WebSocket message',
      other: 'it cannot be reached',
    },
  },
  challenge: {
    about: 'Starts a local challenge server that greets every WebSocket.',
    port: 'TCP port; 0 takes any free one',
    greeting: 'What it says',
    delay: 'Seconds that it sleeps before it opens a WebSocket',
    examples: ['then, elsewhere: npx recado probe ws://127.0.0.1:4001', 'one that has to wake up first'],
    listening: (url, greeting) => `${url} greets with ${greeting}. Ctrl-C stops it.`,
    portTaken: port => `Port ${port} is taken. Choose one with --port.`,
  },
  audit: {
    about: 'Asks a running server whether it keeps the protocol (docs/PROTOCOL.md), clause by clause, over the wire.',
    url: 'The server: an empty one, for tests, since what is said to everyone stays in it',
    json: 'An array of { id, level, sentence, status, reason } on standard output instead',
    only: 'Only these audits, parted by commas: ids, clauses or sections (ENTER-3b, ENTER-3, ENTER)',
    list: 'Lists the audits and looks at no server',
    examples: ['an empty test server on this computer', 'some of it, elsewhere', 'every audit there is'],
    unknown: id => `There is no audit ${id}.`,
    begins: (count, url) =>
      `Looking at ${url}: ${count} ${count === 1 ? 'audit' : 'audits'}. Its accounts are deleted at the end; what they say to everyone stays.`,
    progress: (done, total) => `${done} of ${total} audits`,
    noServer: why => `There is nothing to audit: ${why}.`,
    left: count => `${count} ${count === 1 ? 'account' : 'accounts'} of this run could not be deleted.`,
    status: { ok: 'ok', failed: 'FAILED', skipped: 'skipped' },
    summary: ({ ok, failed, skipped }, mustFailed) =>
      `${ok} ok, ${failed} failed, ${skipped} skipped: ${
        mustFailed === 0
          ? 'the server keeps the protocol.'
          : `${mustFailed} that MUST hold ${mustFailed === 1 ? 'does' : 'do'} not.`
      }`,
  },
  place: {
    dataDir: 'Folder of the SQLite database (DATA_DIR)',
    redis: 'Redis instead of a folder (REDIS_URL, which hides a password better)',
    space: 'Which chat (SPACE)',
    either: '--data-dir and --redis exclude each other.',
    interrupted: 'Interrupted: nothing was kept.',
  },
  progress: {
    rows: (done, total) => `${done} of ${total} rows`,
    mebibytes: (done, total) => `${done} of ${total} MiB`,
    kinds: {
      account: (count, shown) => `${shown} ${count === 1 ? 'account' : 'accounts'}`,
      session: (count, shown) => `${shown} ${count === 1 ? 'session' : 'sessions'}`,
      message: (count, shown) => `${shown} ${count === 1 ? 'message' : 'messages'}`,
      revision: (count, shown) => `${shown} ${count === 1 ? 'edit or deletion' : 'edits and deletions'}`,
      nonce: (count, shown) => `${shown} ${count === 1 ? 'nonce' : 'nonces'}`,
    },
  },
  backup: {
    about: 'Copies the SQLite database of a server that may run, and checks the copy.',
    file: 'Where to; a file that does not exist',
    examples: ['the data folder of the settings', 'of another data folder'],
    whereTo: 'Where to? Give a file.',
    redis: 'A backup is of a data folder. Redis has its own: see docs/operations.md.',
    begins: from => `Copying ${from}`,
    checking: 'Copied; checking the copy',
    done: (file, size, messages) => `${file}: ${size}, ${messages} messages, whole.`,
  },
  export: {
    about: 'Writes everything that a chat keeps as JSON Lines: for moving it, or for a backup.',
    file: 'Where to; - or nothing: standard output',
    live: 'While the server runs (SQLite only): as of this moment, for a backup',
    examples: ['of the settings’ data folder or Redis', 'compressed', 'from a folder to a Redis, in one go'],
    liveRedis: '--live is for SQLite. Stop all servers on this Redis first.',
    terminal: 'An archive has password hashes and sessions, and is not for a terminal: give a file, or a pipe.',
    exists: file => `${file} exists: it is left as it is.`,
    begins: from => `Exporting ${from}`,
    done: counts => `Exported ${counts}.`,
  },
  import: {
    about: 'Reads what `recado export` wrote into an empty place: all of it, or nothing.',
    file: 'The archive; - or nothing: standard input',
    move: 'The history goes on here: same epoch, all cursors stay good. Only if the old place is never served again',
    examples: ['the chat goes on in Redis', 'a backup: another history, clients begin anew', 'compressed'],
    terminal: 'Give a file, or an archive on standard input.',
    moveOfLive: '--move needs an export of a server that was stopped; this one was written with --live.',
    begins: to => `Importing into ${to}`,
    done: counts => `Imported ${counts}.`,
    moved: epoch => `The history goes on with epoch ${epoch}. Never start a server on the old place again.`,
    restored: epoch => `It is another history now, epoch ${epoch}: clients are told HISTORY_RESET and begin anew.`,
  },
  archive: {
    NOT_AN_ARCHIVE: 'That is no archive of `recado export`.',
    TOO_NEW: 'A newer version of Recado wrote that archive.',
    TRUNCATED: 'The archive ends before its end: it was cut.',
    DAMAGED: 'The archive is damaged.',
    nothingKept: 'Nothing of it was kept.',
  },
}

const pt: CommandTexts = {
  program: {
    about: 'Recado, um chat que não perde nada: servidor, terminal e pipes.',
    commands: 'Comandos',
    settings: 'Configurações (variáveis de ambiente)',
    more: '`npx recado <comando> --help` explica um comando.',
    version: 'Mostra a versão',
    unknownCommand: name => `Não há um comando ${name}.`,
    noCommand: 'Qual comando?',
    notALanguage: given => `--lang aceita pt ou en, não ${given}.`,
    seeHelp: command => `Veja \`${command} --help\`.`,
  },
  serve: {
    about: 'Inicia o servidor: a página, GraphQL por HTTP, SSE e WebSocket, GraphiQL, saúde e métricas.',
    port: 'Porta TCP (PORT)',
    host: 'Endereço em que escuta (HOST)',
    dataDir: 'Pasta que guarda tudo (DATA_DIR)',
    lan: 'Deixa entrar outros aparelhos desta rede (HOST=0.0.0.0)',
    examples: ['neste computador, porta 4000', 'também celulares da mesma rede', 'outra porta, outros dados'],
    settings: 'Cada configuração é uma variável de ambiente; 0 desliga um limite.',
    page: 'chat',
    terminal: 'terminal',
    phone: 'celular',
    phoneHow: command => `só este computador entra; ${command} deixa entrar celulares desta rede`,
    everybody: 'todos nesta rede podem abrir',
    stopHow: 'Ctrl-C encerra.',
    stopping: 'Encerrando: terminando o que está em andamento. Outro Ctrl-C encerra já.',
    portTaken: (port, how) => `A porta ${port} está ocupada: outro servidor roda ali. Escolha outra: ${how}.`,
    portForbidden: (port, how) => `Este usuário não pode escutar na porta ${port}. Escolha uma acima de 1023: ${how}.`,
    noSuchAddress: host => `Este computador não tem o endereço ${host}.`,
  },
  probe: {
    about: 'Lê a primeira mensagem de um servidor de desafio e a imprime sozinha na saída padrão.',
    url: 'endereço ws ou wss',
    json: 'Em vez disso, um objeto JSON na saída padrão',
    timeout: 'Segundos que pode levar para abrir; um servidor adormecido leva até um minuto',
    examples: ['o servidor do desafio', 'um local: inicie com recado challenge', 'mensagem, passos e tempos como JSON'],
    reading: url => `Lendo ${url}`,
    steps: {
      lookup: detail => `nome encontrado: ${detail}`,
      connect: detail => `conectado a ${detail}`,
      secure: detail => `cifrado (${detail})`,
      upgrade: () => 'WebSocket aberto',
      message: detail => `mensagem lida, ${detail} bytes`,
      close: detail => `fechado (${detail})`,
      waking: () => 'ainda sem resposta: o servidor está acordando…',
    },
    failures: {
      'unknown-host': 'ninguém conhece esse nome de servidor',
      refused: 'a conexão foi recusada',
      'no-route': 'não há caminho até esse servidor',
      closed: 'ele fechou antes de mandar uma mensagem',
      redirect: 'ele redireciona para outro lugar, o que não é seguido',
      status: 'ele respondeu com HTTP em vez de abrir um WebSocket',
      tls: 'ele não tem um certificado TLS válido, ou não fala TLS',
      'not-websocket': 'ele não fala WebSocket',
      'open-timeout': 'ele não abriu um WebSocket a tempo',
      'message-timeout': 'ele abriu, mas não mandou mensagem a tempo',
      binary: 'ele mandou uma mensagem binária',
      'too-large': 'a mensagem dele passa de 64 KiB',
      empty: 'a mensagem dele está vazia',
      'broken-frame': 'ele mandou o que não é uma mensagem WebSocket',
      other: 'não é possível alcançá-lo',
    },
  },
  challenge: {
    about: 'Inicia um servidor de desafio local que cumprimenta cada WebSocket.',
    port: 'Porta TCP; 0 usa uma livre',
    greeting: 'O que ele diz',
    delay: 'Segundos que ele dorme antes de abrir um WebSocket',
    examples: ['depois, em outro lugar: npx recado probe ws://127.0.0.1:4001', 'um que precisa acordar primeiro'],
    listening: (url, greeting) => `${url} cumprimenta com ${greeting}. Ctrl-C encerra.`,
    portTaken: port => `A porta ${port} está ocupada. Escolha outra com --port.`,
  },
  audit: {
    about: 'Pergunta a um servidor se ele cumpre o protocolo (docs/PROTOCOL.md), cláusula por cláusula, pela rede.',
    url: 'O servidor: um vazio, de teste, pois o que é dito a todos fica nele',
    json: 'Em vez disso, um vetor de { id, level, sentence, status, reason } na saída padrão',
    only: 'Só estas verificações, separadas por vírgulas: ids, cláusulas ou seções (ENTER-3b, ENTER-3, ENTER)',
    list: 'Lista as verificações e não olha nenhum servidor',
    examples: [
      'um servidor de teste, vazio, neste computador',
      'uma parte, em outro lugar',
      'todas as verificações que há',
    ],
    unknown: id => `Não há verificação ${id}.`,
    begins: (count, url) =>
      `Verificando ${url}: ${count} ${count === 1 ? 'verificação' : 'verificações'}. As contas usadas são apagadas no fim; o que dizem a todos fica.`,
    progress: (done, total) => `${done} de ${total} verificações`,
    noServer: why => `Não há o que verificar: ${why}.`,
    left: count =>
      `${count} ${count === 1 ? 'conta desta verificação não pôde ser apagada' : 'contas desta verificação não puderam ser apagadas'}.`,
    status: { ok: 'ok', failed: 'FALHOU', skipped: 'pulada' },
    summary: ({ ok, failed, skipped }, mustFailed) =>
      `${ok} ok, ${failed} ${failed === 1 ? 'falhou' : 'falharam'}, ${skipped} ${skipped === 1 ? 'pulada' : 'puladas'}: ${
        mustFailed === 0
          ? 'o servidor cumpre o protocolo.'
          : mustFailed === 1
            ? '1 que é obrigatória (MUST) não se cumpre.'
            : `${mustFailed} que são obrigatórias (MUST) não se cumprem.`
      }`,
  },
  place: {
    dataDir: 'Pasta do banco SQLite (DATA_DIR)',
    redis: 'Redis em vez de uma pasta (REDIS_URL, que esconde melhor uma senha)',
    space: 'Qual chat (SPACE)',
    either: '--data-dir e --redis se excluem.',
    interrupted: 'Interrompido: nada foi guardado.',
  },
  progress: {
    rows: (done, total) => `${done} de ${total} linhas`,
    mebibytes: (done, total) => `${done} de ${total} MiB`,
    kinds: {
      account: (count, shown) => `${shown} ${count === 1 ? 'conta' : 'contas'}`,
      session: (count, shown) => `${shown} ${count === 1 ? 'sessão' : 'sessões'}`,
      message: (count, shown) => `${shown} ${count === 1 ? 'mensagem' : 'mensagens'}`,
      revision: (count, shown) => `${shown} ${count === 1 ? 'edição ou exclusão' : 'edições e exclusões'}`,
      nonce: (count, shown) => `${shown} ${count === 1 ? 'nonce' : 'nonces'}`,
    },
  },
  backup: {
    about: 'Copia o banco SQLite de um servidor, mesmo rodando, e confere a cópia.',
    file: 'Para onde; um arquivo que não existe',
    examples: ['a pasta de dados das configurações', 'de outra pasta de dados'],
    whereTo: 'Para onde? Dê um arquivo.',
    redis: 'Um backup é de uma pasta de dados. O Redis tem o dele: veja docs/pt-BR/operations.md.',
    begins: from => `Copiando ${from}`,
    checking: 'Copiado; conferindo a cópia',
    done: (file, size, messages) => `${file}: ${size}, ${messages} mensagens, íntegro.`,
  },
  export: {
    about: 'Escreve tudo que um chat guarda como JSON Lines: para mudá-lo de lugar, ou como backup.',
    file: 'Para onde; - ou nada: a saída padrão',
    live: 'Com o servidor rodando (só SQLite): como está neste momento, para um backup',
    examples: [
      'da pasta de dados ou do Redis das configurações',
      'comprimido',
      'de uma pasta para um Redis, de uma vez',
    ],
    liveRedis: '--live é para SQLite. Encerre antes todos os servidores deste Redis.',
    terminal: 'Um arquivo desses tem hashes de senhas e sessões, e não é para um terminal: dê um arquivo, ou um pipe.',
    exists: file => `${file} já existe: fica como está.`,
    begins: from => `Exportando ${from}`,
    done: counts => `Exportado: ${counts}.`,
  },
  import: {
    about: 'Lê o que `recado export` escreveu para um lugar vazio: tudo, ou nada.',
    file: 'O arquivo; - ou nada: a entrada padrão',
    move: 'A história continua aqui: mesma época, os cursores seguem valendo. Só se o lugar antigo nunca mais for servido',
    examples: ['o chat continua no Redis', 'um backup: outra história, os clientes recomeçam', 'comprimido'],
    terminal: 'Dê um arquivo, ou um export na entrada padrão.',
    moveOfLive: '--move precisa do export de um servidor parado; este foi escrito com --live.',
    begins: to => `Importando para ${to}`,
    done: counts => `Importado: ${counts}.`,
    moved: epoch => `A história continua com a época ${epoch}. Nunca mais inicie um servidor no lugar antigo.`,
    restored: epoch => `Agora é outra história, época ${epoch}: os clientes recebem HISTORY_RESET e recomeçam.`,
  },
  archive: {
    NOT_AN_ARCHIVE: 'Isso não é um arquivo do `recado export`.',
    TOO_NEW: 'Uma versão mais nova do Recado escreveu esse arquivo.',
    TRUNCATED: 'O arquivo acaba antes do fim: foi cortado.',
    DAMAGED: 'O arquivo está danificado.',
    nothingKept: 'Nada dele foi guardado.',
  },
}

const TEXTS: Readonly<Record<Language, CommandTexts>> = { pt, en }

export function programTextsFor(language: Language): ProgramTexts {
  return { ...textsFor(language), ...TEXTS[language] }
}
