// Every sentence that the commands show to people, in Brazilian Portuguese and English. What goes into pipes (JSON,
// error codes) is in neither.
import type { RecadoErrorCode } from '../core/errors.ts'

export type Language = 'pt' | 'en'

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

export interface Texts {
  /** As `Intl` takes it. */
  readonly locale: string
  readonly help: {
    readonly about: string
    readonly usage: string
    readonly commands: string
    readonly args: string
    readonly options: string
    readonly examples: string
    readonly settings: string
    /** After the list of commands. */
    readonly more: string
    readonly byDefault: (value: string) => string
    readonly lang: string
    readonly help: string
    readonly version: string
    readonly exitCodes: string
  }
  readonly usage: {
    readonly unknownCommand: (name: string) => string
    readonly unknownOption: (name: string) => string
    readonly needsValue: (option: string) => string
    readonly notANumber: (option: string, given: string, from: number, to: number) => string
    readonly tooManyArguments: (given: string) => string
    readonly notAnUrl: (given: string, schemes: string) => string
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
    readonly left: (count: number) => string
    readonly online: (names: readonly string[], more: boolean) => string
    readonly tooLong: string
  }
  /** The screen of `recado chat`. */
  readonly full: {
    readonly plain: string
    readonly help: string
    readonly everyone: string
    readonly notes: string
    readonly online: string
    readonly onlineCount: (count: number) => string
    readonly gone: string
    readonly empty: string
    readonly loading: string
    readonly waiting: string
    readonly deleted: string
    readonly today: string
    readonly yesterday: string
    readonly newBelow: string
    readonly behind: (unread: number) => string
    readonly unread: (count: number) => string
    readonly typing: (names: readonly string[]) => string
    readonly editing: string
    readonly answering: (name: string) => string
    readonly nothingOwn: string
    readonly nothingToAnswer: string
    readonly searchHow: string
    readonly newDevice: (device: string) => string
    readonly devicesEnded: (devices: readonly string[]) => string
    readonly found: (count: number, words: string) => string
    readonly hint: string
    readonly connection: Readonly<Record<'idle' | 'connecting' | 'behind' | 'live' | 'offline' | 'closed', string>>
  }
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
  /** By code; one that is missing here is shown with the server's own sentence. */
  readonly errors: Readonly<Partial<Record<RecadoErrorCode, string>>>
}

const en: Texts = {
  locale: 'en',
  help: {
    about: 'Recado, a chat that loses nothing: server, terminal and pipes.',
    usage: 'Usage',
    commands: 'Commands',
    args: 'Arguments',
    options: 'Options',
    examples: 'Examples',
    settings: 'Settings (environment variables)',
    more: '`npx recado <command> --help` explains a command.',
    byDefault: value => `(${value} by default)`,
    lang: 'Language of what is shown: pt or en (by default that of the system)',
    help: 'Shows this',
    version: 'Shows the version',
    exitCodes: 'Exit codes: 0 done, 1 it failed, 2 called wrongly.',
  },
  usage: {
    unknownCommand: name => `There is no command ${name}.`,
    unknownOption: name => `There is no option ${name}.`,
    needsValue: option => `${option} needs a value.`,
    notANumber: (option, given, from, to) => `${option} takes a whole number from ${from} to ${to}, not ${given}.`,
    tooManyArguments: given => `Too many arguments: ${given}.`,
    notAnUrl: (given, schemes) => `${given} is not a URL that begins with ${schemes}.`,
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
    left: count => `${count} not sent yet: the next chat under this name sends them.`,
    online: (names, more) => `Online: ${names.join(', ')}${more ? ', …' : ''}`,
    tooLong: 'That line is too long.',
  },
  full: {
    plain: 'A line a message, without the full screen (as in a pipe)',
    help: [
      '  /msg joao text    to joao alone (also /w, /dm); without a text, opens that conversation',
      '  //text            a text that starts with /',
      '  /reply text       answers the last message here; /edit, /delete: your own last one',
      '  /search words     looks in this conversation, or from everyone in all; /who: who is online',
      '  /end               ends the devices that have entered since you did',
      '  /quit             leaves (also Ctrl+C)',
      '  Tab               completes commands and names; Alt+Enter or Ctrl+J: a new line',
      '  Alt+↑ Alt+↓       other conversations (also Ctrl+P, Ctrl+N); Alt+1 to Alt+9: by number',
      '  PgUp PgDn         pages; Home, End: as far as it is loaded, and back to the newest',
      '  ↑ ↓               what was written before; Esc: closes this; Ctrl+L: draws anew',
    ].join('\n'),
    everyone: 'Everyone',
    notes: 'Notes to yourself',
    online: 'online',
    onlineCount: count => `${count} online`,
    gone: 'This account was deleted: nothing can be sent to it.',
    empty: 'No messages yet.',
    loading: 'Loading…',
    waiting: 'waiting',
    deleted: 'message deleted',
    today: 'Today',
    yesterday: 'Yesterday',
    newBelow: 'New messages',
    behind: unread => (unread > 0 ? `↓ ${unread} new below · End` : '↓ newer below · End'),
    unread: count => `${count} unread elsewhere`,
    typing: names =>
      names.length > 2
        ? 'several people are writing…'
        : `${names.join(', ')} ${names.length > 1 ? 'are' : 'is'} writing…`,
    editing: 'Editing your message · Esc leaves it as it was',
    answering: name => `Answering ${name} · Esc`,
    nothingOwn: 'There is no message of yours here.',
    nothingToAnswer: 'There is no message of somebody else here.',
    searchHow: 'Which words? /search words',
    newDevice: device => `Another device has entered as you: ${device}. If that was not you: /end`,
    devicesEnded: devices =>
      devices.length === 0 ? 'No device has entered since you did.' : `Ended: ${devices.join(', ')}.`,
    found: (count, words) => (count === 0 ? `Nothing has “${words}”.` : `“${words}”, the newest ${count}:`),
    hint: '/help',
    connection: {
      idle: 'connecting…',
      connecting: 'connecting…',
      behind: 'catching up…',
      live: 'live',
      offline: 'reconnecting… what you write is kept',
      closed: 'ended',
    },
  },
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
  errors: {
    UNAUTHENTICATED: 'this session has ended',
    USERNAME_TAKEN: 'that name belongs to somebody',
    USERNAME_INVALID: 'that is not a username',
    INVITATION_REQUIRED: 'new people need an invitation here: --invitation; or the name’s password is wrong',
    INVITATION_INVALID: 'that invitation is not good (any more)',
    BANNED: 'this account was closed by those who run the server',
    TOKEN_INVALID: 'that token is not good (any more)',
    PASSWORD_INVALID: 'a password has 8 to 256 characters',
    UNKNOWN_RECIPIENT: 'nobody has that name',
    RECIPIENT_UNAVAILABLE: 'that person can’t be written to',
    MUTED: 'you may not write to everyone for now',
    UNKNOWN_COMMAND: 'unknown command; a text that starts with / is written with //',
    TEXT_EMPTY: 'the text has no visible character',
    TEXT_TOO_LONG: 'the text is too long',
    TEXT_INVALID: 'the text has characters that no message may have',
    UNKNOWN_MESSAGE: 'that message is not there any more',
    NOT_AUTHOR: 'that message is somebody else’s',
    NOT_ADMINISTRATOR: 'only administrators may do this',
    CODE_INVALID: 'that code is not good (any more)',
    RATE_LIMITED: 'too many in too little time; try again later',
    STORAGE_UNAVAILABLE: 'the server cannot write at the moment',
    DRAINING: 'the server is about to stop',
    CURSOR_INVALID: 'that cursor is damaged',
    CURSOR_EXPIRED: 'what followed that cursor is gone',
    HISTORY_RESET: 'that cursor is of another history',
    NETWORK: 'the server does not answer',
    CLOSED: 'left before it was sent',
    OUTBOX_FULL: 'too many messages wait already',
    ALREADY_ENTERED: 'this session is already somebody else’s',
    CODE_PENDING: 'the other device has not agreed yet',
    NONCE_REUSED: 'that was sent before, as something else',
    BAD_USER_INPUT: 'that is not possible like this',
    BAD_REQUEST: 'the server does not understand this program',
    GRAPHQL_PARSE_FAILED: 'the server does not understand this program',
    GRAPHQL_VALIDATION_FAILED: 'the server is another version than this program',
    SUBSCRIPTION_LIMIT: 'too much is open from here already',
    FORBIDDEN: 'the server does not take this from there',
    CHALLENGE_UNREACHABLE: 'the challenge server can’t be reached',
    CHALLENGE_TIMEOUT: 'the challenge server does not answer in time',
    CHALLENGE_INVALID: 'the challenge server answers with something else than a message',
    INTERNAL_SERVER_ERROR: 'something is wrong with the server',
    DISCARDED: 'it was taken back',
  },
}

const pt: Texts = {
  locale: 'pt-BR',
  help: {
    about: 'Recado, um chat que não perde nada: servidor, terminal e pipes.',
    usage: 'Uso',
    commands: 'Comandos',
    args: 'Argumentos',
    options: 'Opções',
    examples: 'Exemplos',
    settings: 'Configurações (variáveis de ambiente)',
    more: '`npx recado <comando> --help` explica um comando.',
    byDefault: value => `(padrão: ${value})`,
    lang: 'Idioma do que é mostrado: pt ou en (padrão: o do sistema)',
    help: 'Mostra isto',
    version: 'Mostra a versão',
    exitCodes: 'Códigos de saída: 0 feito, 1 falhou, 2 mal chamado.',
  },
  usage: {
    unknownCommand: name => `Não há um comando ${name}.`,
    unknownOption: name => `Não há uma opção ${name}.`,
    needsValue: option => `${option} precisa de um valor.`,
    notANumber: (option, given, from, to) => `${option} aceita um número inteiro de ${from} a ${to}, não ${given}.`,
    tooManyArguments: given => `Argumentos demais: ${given}.`,
    notAnUrl: (given, schemes) => `${given} não é uma URL que começa com ${schemes}.`,
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
    left: count => `${count} ainda por enviar: o próximo chat com este nome envia.`,
    online: (names, more) => `Online: ${names.join(', ')}${more ? ', …' : ''}`,
    tooLong: 'Essa linha é longa demais.',
  },
  full: {
    plain: 'Uma linha por mensagem, sem a tela cheia (como num pipe)',
    help: [
      '  /msg joao texto   só para joao (também /w, /dm); sem texto, abre essa conversa',
      '  //texto           um texto que começa com /',
      '  /responder texto  à última mensagem daqui; /editar, /apagar: a sua última',
      '  /buscar palavras  nesta conversa, ou a partir de todos em todas; /quem: quem está online',
      '  /encerrar         encerra os aparelhos que entraram depois de você',
      '  /sair             sai (também Ctrl+C)',
      '  Tab               completa comandos e nomes; Alt+Enter ou Ctrl+J: nova linha',
      '  Alt+↑ Alt+↓       outras conversas (também Ctrl+P, Ctrl+N); Alt+1 a Alt+9: pelo número',
      '  PgUp PgDn         páginas; Home, End: até onde está carregado, e de volta às mais novas',
      '  ↑ ↓               o que foi escrito antes; Esc: fecha isto; Ctrl+L: redesenha',
    ].join('\n'),
    everyone: 'Todos',
    notes: 'Notas para si',
    online: 'online',
    onlineCount: count => `${count} online`,
    gone: 'Esta conta foi excluída: nada pode ser enviado a ela.',
    empty: 'Ainda não há mensagens.',
    loading: 'Carregando…',
    waiting: 'esperando',
    deleted: 'mensagem apagada',
    today: 'Hoje',
    yesterday: 'Ontem',
    newBelow: 'Novas mensagens',
    behind: unread =>
      unread > 0 ? `↓ ${unread} ${unread === 1 ? 'nova' : 'novas'} abaixo · End` : '↓ mais novas abaixo · End',
    unread: count => `${count} ${count === 1 ? 'não lida' : 'não lidas'} em outras conversas`,
    typing: names =>
      names.length > 2
        ? 'várias pessoas estão escrevendo…'
        : `${names.join(', ')} ${names.length > 1 ? 'estão' : 'está'} escrevendo…`,
    editing: 'Editando a sua mensagem · Esc deixa como estava',
    answering: name => `Respondendo a ${name} · Esc`,
    nothingOwn: 'Não há mensagem sua aqui.',
    nothingToAnswer: 'Não há mensagem de outra pessoa aqui.',
    searchHow: 'Quais palavras? /buscar palavras',
    newDevice: device => `Outro aparelho entrou como você: ${device}. Se não foi você: /encerrar`,
    devicesEnded: devices =>
      devices.length === 0 ? 'Nenhum aparelho entrou depois de você.' : `Encerrado: ${devices.join(', ')}.`,
    found: (count, words) => (count === 0 ? `Nada tem “${words}”.` : `“${words}”, as ${count} mais novas:`),
    hint: '/ajuda',
    connection: {
      idle: 'conectando…',
      connecting: 'conectando…',
      behind: 'atualizando…',
      live: 'ao vivo',
      offline: 'reconectando… o que você escrever é guardado',
      closed: 'terminou',
    },
  },
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
  errors: {
    UNAUTHENTICATED: 'esta sessão terminou',
    USERNAME_TAKEN: 'esse nome é de alguém',
    USERNAME_INVALID: 'isso não é um nome de usuário',
    INVITATION_REQUIRED: 'aqui pessoas novas precisam de um convite: --invitation; ou a senha do nome está errada',
    INVITATION_INVALID: 'esse convite não vale (mais)',
    BANNED: 'esta conta foi encerrada por quem cuida do servidor',
    TOKEN_INVALID: 'esse token não vale (mais)',
    PASSWORD_INVALID: 'uma senha tem de 8 a 256 caracteres',
    UNKNOWN_RECIPIENT: 'ninguém tem esse nome',
    RECIPIENT_UNAVAILABLE: 'não dá para escrever a essa pessoa',
    MUTED: 'você não pode escrever para todos por enquanto',
    UNKNOWN_COMMAND: 'comando desconhecido; um texto que começa com / se escreve com //',
    TEXT_EMPTY: 'o texto não tem nenhum caractere visível',
    TEXT_TOO_LONG: 'o texto é longo demais',
    TEXT_INVALID: 'o texto tem caracteres que nenhuma mensagem pode ter',
    UNKNOWN_MESSAGE: 'essa mensagem não existe mais',
    NOT_AUTHOR: 'essa mensagem é de outra pessoa',
    NOT_ADMINISTRATOR: 'só quem administra pode fazer isso',
    CODE_INVALID: 'esse código não vale (mais)',
    RATE_LIMITED: 'muitas em pouco tempo; tente mais tarde',
    STORAGE_UNAVAILABLE: 'o servidor não consegue gravar no momento',
    DRAINING: 'o servidor está para encerrar',
    CURSOR_INVALID: 'esse cursor está danificado',
    CURSOR_EXPIRED: 'o que seguia esse cursor não existe mais',
    HISTORY_RESET: 'esse cursor é de outra história',
    NETWORK: 'o servidor não responde',
    CLOSED: 'saiu antes de ser enviada',
    OUTBOX_FULL: 'já há mensagens demais esperando',
    ALREADY_ENTERED: 'esta sessão já é de outra pessoa',
    CODE_PENDING: 'o outro aparelho ainda não aprovou',
    NONCE_REUSED: 'isso já foi enviado antes, como outra coisa',
    BAD_USER_INPUT: 'assim não é possível',
    BAD_REQUEST: 'o servidor não entende este programa',
    GRAPHQL_PARSE_FAILED: 'o servidor não entende este programa',
    GRAPHQL_VALIDATION_FAILED: 'o servidor é de outra versão que este programa',
    SUBSCRIPTION_LIMIT: 'já há coisas demais abertas daqui',
    FORBIDDEN: 'o servidor não aceita isto vindo dali',
    CHALLENGE_UNREACHABLE: 'não dá para alcançar o servidor do desafio',
    CHALLENGE_TIMEOUT: 'o servidor do desafio não responde a tempo',
    CHALLENGE_INVALID: 'o servidor do desafio responde com algo que não é uma mensagem',
    INTERNAL_SERVER_ERROR: 'algo está errado com o servidor',
    DISCARDED: 'foi tirada da fila',
  },
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
