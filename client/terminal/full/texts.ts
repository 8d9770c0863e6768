// The words of the screen of `recado chat`, in Brazilian Portuguese and English.

export interface FullTexts {
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

export const EN_FULL: FullTexts = {
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
}

export const PT_FULL: FullTexts = {
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
}
